"""Networks of torchvision and timm: the 62 of docs/models.md whose operators make tests/data/op_frequency.tsv, and a few more.

Each entry builds the network with random weights; nothing is downloaded. Inputs are smaller than the authors' where the
architecture allows it, so that a run over all of them takes minutes.
"""

import torch
from torch import nn

try:
    import torchvision
except RuntimeError:
    # torchvision's compiled operators do not load beside a torch built for another device; none of these networks calls
    # one, but importing torchvision registers functions for them, which must exist.
    OPERATORS = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        OPERATORS.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

import timm

from network import Network, image

CLASSES = 10

TORCHVISION = {
    "alexnet": 96,
    "convnext_tiny": 64,
    "densenet121": 64,
    "efficientnet_b0": 96,
    "efficientnet_v2_s": 96,
    "googlenet": 96,
    "inception_v3": 139,
    "mnasnet0_5": 96,
    "mobilenet_v2": 96,
    "mobilenet_v3_large": 96,
    "mobilenet_v3_small": 96,
    "regnet_x_400mf": 96,
    "regnet_y_400mf": 96,
    "resnet18": 64,
    "resnet50": 64,
    "shufflenet_v2_x0_5": 96,
    "squeezenet1_1": 96,
    "swin_t": 64,
    "vgg11_bn": 64,
    "vit_b_16": 64,
}

SEGMENTATION = {"deeplabv3_mobilenet_v3_large": 96, "lraspp_mobilenet_v3_large": 96}

TIMM = {
    "convnext_atto": 64,
    "cspresnet50": 64,
    "deit_tiny_patch16_224": 224,
    "dla34": 64,
    "dpn48b": 64,
    "edgenext_xx_small": 96,
    "efficientformerv2_s0": 224,
    "efficientvit_b0": 96,
    "efficientvit_m0": 224,
    "fasternet_t0": 96,
    "fbnetc_100": 96,
    "ghostnet_100": 96,
    "ghostnetv2_100": 96,
    "hardcorenas_a": 96,
    "lcnet_050": 96,
    "levit_128s": 224,
    "mambaout_femto": 96,
    "mixnet_s": 96,
    "mobilenet_edgetpu_v2_xs": 96,
    "mobilenetv2_035": 96,
    "mobilenetv3_small_050": 96,
    "mobilenetv4_conv_small": 96,
    "mobileone_s0": 96,
    "mobilevit_xxs": 96,
    "poolformer_s12": 96,
    "repghostnet_050": 96,
    "repvgg_a0": 64,
    "repvit_m0_9": 96,
    "resnet10t": 64,
    "semnasnet_075": 96,
    "shvit_s1": 96,
    "spnasnet_100": 96,
    "starnet_s1": 96,
    "test_convnext": 96,
    "tf_efficientnet_lite0": 96,
    "tinynet_e": 96,
    "vovnet39a": 64,
    "xcit_nano_12_p16_224": 224,
}

# Hidden layers of 4096 would make the file of these two hundreds of megabytes, and teach nothing.
NARROW_CLASSIFIER = {"alexnet": (256, 6), "vgg11_bn": (512, 7)}


def from_torchvision(name, size):
    options = {"weights": None, "num_classes": CLASSES}
    if name in ("googlenet", "inception_v3"):
        options.update(aux_logits=False, init_weights=False)
    if name == "vit_b_16":  # 4 of its 12 equal layers
        return torchvision.models.VisionTransformer(size, 16, 4, 12, 768, 3072, num_classes=CLASSES)
    model = torchvision.models.get_model(name, **options)
    if name in NARROW_CLASSIFIER:
        channels, side = NARROW_CLASSIFIER[name]
        model.classifier = nn.Sequential(
            nn.Linear(channels * side * side, 128), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(128, CLASSES))
    return model


def segmentation(name):
    return torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=CLASSES)


class Recurrent(nn.Module):
    """A bidirectional layer over features, and scores from its last step."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.scores = nn.Linear(2 * layer.hidden_size, CLASSES)

    def forward(self, x):
        return self.scores(self.layer(x)[0][:, -1])


def recurrent(kind):
    return Recurrent(kind(40, 64, batch_first=True, bidirectional=True))


def encoder():
    layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.1, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def survey():
    """The 62 networks whose operators were counted."""
    networks = {}
    for name, size in TORCHVISION.items():
        networks["tv/" + name] = Network(lambda name=name, size=size: from_torchvision(name, size), image(size))
    for name, size in SEGMENTATION.items():
        networks["tv/" + name] = Network(lambda name=name: segmentation(name), image(size))
    for name, size in TIMM.items():
        networks["timm/" + name] = Network(
            lambda name=name: timm.create_model(name, num_classes=CLASSES), image(size))
    networks["rnn/lstm"] = Network(lambda: recurrent(nn.LSTM), ((1, 25, 40),))
    networks["rnn/gru"] = Network(lambda: recurrent(nn.GRU), ((1, 25, 40),))
    networks["tx/encoder"] = Network(encoder, ((1, 32, 64),))
    return networks


def full_size():
    """Two of them as their authors run them."""
    return {
        "tv/mobilenet_v2_224": Network(lambda: from_torchvision("mobilenet_v2", 224), image(224)),
        "tv/mobilenet_v3_small_224": Network(lambda: from_torchvision("mobilenet_v3_small", 224), image(224)),
        "tv/mobilenet_v3_large_224": Network(lambda: from_torchvision("mobilenet_v3_large", 224), image(224)),
    }
