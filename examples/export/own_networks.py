"""Small networks written out in plain torch, for devices of this size, that no library has."""

import torch
from torch import nn
from torch.nn import functional

from network import Network, image


def conv_norm(inputs, outputs, size=3, stride=1, groups=1, activation=nn.ReLU6):
    layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


def separable(inputs, outputs, stride=1, activation=nn.ReLU):
    return nn.Sequential(
        conv_norm(inputs, inputs, stride=stride, groups=inputs, activation=activation),
        conv_norm(inputs, outputs, 1, activation=activation),
    )


def head(channels, classes=10):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def mobilenet_v1(width=0.25):
    """Howard et al. 2017, with the width of MLPerf Tiny's visual wake words."""
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    channels = int(32 * width)
    layers = [conv_norm(3, channels, stride=2, activation=nn.ReLU)]
    for outputs, stride in plan:
        layers.append(separable(channels, int(outputs * width), stride))
        channels = int(outputs * width)
    return nn.Sequential(*layers, head(channels, 2))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expand, size, stride):
        super().__init__()
        inner = inputs * expand
        self.body = nn.Sequential(
            conv_norm(inputs, inner, 1),
            conv_norm(inner, inner, size, stride, groups=inner),
            conv_norm(inner, outputs, 1, activation=None),
        )
        self.has_shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.has_shortcut else self.body(x)


def mcunet_like():
    """Inverted residuals with kernels of 3, 5 and 7 and changing expansions, as in MCUNet's searched networks."""
    plan = [(8, 1, 3, 1), (16, 3, 7, 2), (16, 3, 3, 1), (24, 5, 3, 2), (24, 5, 5, 1), (40, 4, 7, 2), (40, 5, 5, 1),
            (48, 4, 5, 1), (96, 5, 3, 2), (96, 4, 5, 1), (160, 3, 3, 1)]
    layers = [conv_norm(3, 16, stride=2)]
    channels = 16
    for outputs, expand, size, stride in plan:
        layers.append(InvertedResidual(channels, outputs, expand, size, stride))
        channels = outputs
    return nn.Sequential(*layers, head(channels))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(inputs, outputs, 3, stride, activation=nn.ReLU), conv_norm(outputs, outputs, activation=None))
        self.shortcut = conv_norm(inputs, outputs, 1, stride, activation=None) if stride > 1 else nn.Identity()

    def forward(self, x):
        return functional.relu(self.body(x) + self.shortcut(x))


def resnet8():
    """MLPerf Tiny's network for CIFAR-10."""
    return nn.Sequential(
        conv_norm(3, 16, activation=nn.ReLU), Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2), head(64))


def ds_cnn():
    """Zhang et al. 2017, keyword spotting: 49 frames of 10 coefficients."""
    layers = [nn.Conv2d(1, 64, (10, 4), 2, (5, 1), bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.Dropout(0.2)]
    return nn.Sequential(*layers, *[separable(64, 64) for _ in range(4)], nn.Dropout(0.4), head(64, 12))


def deep_autoencoder():
    """MLPerf Tiny's anomaly detection."""
    sizes = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(128, 640))


class Detector(nn.Module):
    """Two scales with upsampling and concatenation, and boxes decoded as YOLO decodes them."""

    def __init__(self, anchors=3, classes=4):
        super().__init__()
        silu = nn.SiLU
        self.anchors, self.values = anchors, 5 + classes
        self.stem = nn.Sequential(conv_norm(3, 16, stride=2, activation=silu), conv_norm(16, 32, stride=2, activation=silu))
        self.fine = nn.Sequential(conv_norm(32, 64, stride=2, activation=silu), conv_norm(64, 64, activation=silu))
        self.coarse = nn.Sequential(conv_norm(64, 128, stride=2, activation=silu), conv_norm(128, 64, 1, activation=silu))
        self.pools = nn.MaxPool2d(5, 1, 2)
        self.merge = conv_norm(64 + 64, 64, activation=silu)
        self.spread = conv_norm(4 * 64, 64, 1, activation=silu)
        self.outputs = nn.ModuleList(nn.Conv2d(64, anchors * self.values, 1) for _ in range(2))

    def decode(self, x, layer):
        n, _, rows, columns = x.shape
        raw = layer(x).view(n, self.anchors, self.values, rows, columns).permute(0, 1, 3, 4, 2)
        return torch.sigmoid(raw).reshape(n, -1, self.values)

    def forward(self, x):
        fine = self.fine(self.stem(x))
        coarse = self.coarse(fine)
        pooled = [coarse]
        for _ in range(3):
            pooled.append(self.pools(pooled[-1]))
        coarse = self.spread(torch.cat(pooled, 1))
        up = functional.interpolate(coarse, scale_factor=2, mode="nearest")
        fine = self.merge(torch.cat([up, fine], 1))
        return torch.cat([self.decode(fine, self.outputs[0]), self.decode(coarse, self.outputs[1])], 1)


class UNet(nn.Module):
    """Ronneberger et al. 2015, three levels of few channels."""

    def __init__(self, channels=(16, 32, 64), classes=3):
        super().__init__()
        def double(inputs, outputs):
            return nn.Sequential(conv_norm(inputs, outputs, activation=nn.ReLU), conv_norm(outputs, outputs, activation=nn.ReLU))
        sizes = (3, *channels)
        self.down = nn.ModuleList(double(a, b) for a, b in zip(sizes, channels))
        self.bottom = double(channels[-1], 2 * channels[-1])
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, 2) for c in reversed(channels))
        self.merge = nn.ModuleList(double(2 * c, c) for c in reversed(channels))
        self.scores = nn.Conv2d(channels[0], classes, 1)

    def forward(self, x):
        skipped = []
        for block in self.down:
            x = block(x)
            skipped.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([skipped.pop(), up(x)], 1))
        return self.scores(x)


class Keyword(nn.Module):
    """Recurrent layers over 49 frames of 10 coefficients, scores from the last step."""

    def __init__(self, kind, layers):
        super().__init__()
        self.layers = kind(10, 64, layers, batch_first=True)
        self.scores = nn.Linear(64, 12)

    def forward(self, x):
        return self.scores(self.layers(x)[0][:, -1])


def wav2letter_like(features=39, letters=29):
    """Collobert et al. 2016 with a tenth of its channels."""
    layers = [nn.Conv1d(features, 32, 48, 2, 23), nn.ReLU()]
    for _ in range(7):
        layers += [nn.Conv1d(32, 32, 7, padding=3), nn.ReLU()]
    layers += [nn.Conv1d(32, 128, 32, padding=16), nn.ReLU(), nn.Conv1d(128, 128, 1), nn.ReLU(), nn.Conv1d(128, letters, 1)]
    return nn.Sequential(*layers, nn.LogSoftmax(1))


class VisionTransformer(nn.Module):
    """Dosovitskiy et al. 2021: patches of 8, 64 features, 4 heads, 4 blocks, attention by nn.MultiheadAttention."""

    def __init__(self, size=32, patch=8, features=64, blocks=4, classes=10):
        super().__init__()
        self.patches = nn.Conv2d(3, features, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, features))
        self.positions = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, features))
        layer = nn.TransformerEncoderLayer(
            features, 4, 2 * features, activation="gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, blocks, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(features)
        self.scores = nn.Linear(features, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.scores(self.norm(self.blocks(x))[:, 0])


class Causal(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.past = 2 * dilation
        self.first = nn.Conv1d(inputs, outputs, 3, dilation=dilation)
        self.second = nn.Conv1d(outputs, outputs, 3, dilation=dilation)
        self.shortcut = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x):
        y = functional.relu(self.first(functional.pad(x, (self.past, 0))))
        y = functional.relu(self.second(functional.pad(y, (self.past, 0))))
        return functional.relu(y + self.shortcut(x))


def tcn():
    """Bai et al. 2018: dilated causal convolutions over 9 sensors."""
    sizes = (9, 24, 24, 32, 32)
    blocks = [Causal(a, b, 2**i) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(32, 6))


class VoiceActivity(nn.Module):
    """Like Silero's detector: a learned spectrum of 576 samples, four convolutions, an LSTM whose state the caller keeps."""

    def __init__(self):
        super().__init__()
        self.spectrum = nn.Conv1d(1, 258, 256, 128, bias=False)
        sizes = (129, 128, 64, 64, 128)
        strides = (1, 2, 2, 1)
        self.encoder = nn.Sequential(*(
            nn.Sequential(nn.Conv1d(a, b, 3, stride, 1), nn.ReLU()) for a, b, stride in zip(sizes, sizes[1:], strides)))
        self.memory = nn.LSTM(128, 128)
        self.decision = nn.Conv1d(128, 1, 1)

    def forward(self, samples, hidden, cell):
        x = self.spectrum(functional.pad(samples.unsqueeze(1), (0, 64), mode="reflect"))
        real, imaginary = x.chunk(2, 1)
        x = self.encoder(torch.sqrt(real**2 + imaginary**2))
        x, (hidden, cell) = self.memory(x.permute(2, 0, 1), (hidden, cell))
        x = self.decision(functional.relu(x.permute(1, 2, 0)))
        return torch.sigmoid(x).mean(2), hidden, cell


def own():
    return {
        "own/mobilenet_v1_025": Network(mobilenet_v1, image(96)),
        "own/mcunet_like": Network(mcunet_like, image(96)),
        "own/resnet8": Network(resnet8, image(32)),
        "own/ds_cnn": Network(ds_cnn, ((1, 1, 49, 10),)),
        "own/deep_autoencoder": Network(deep_autoencoder, ((1, 640),)),
        "own/detector": Network(Detector, image(96)),
        "own/unet": Network(UNet, image(64)),
        "own/keyword_lstm": Network(lambda: Keyword(nn.LSTM, 1), ((1, 49, 10),)),
        "own/keyword_gru": Network(lambda: Keyword(nn.GRU, 2), ((1, 49, 10),)),
        "own/wav2letter_like": Network(wav2letter_like, ((1, 39, 96),)),
        "own/vision_transformer": Network(VisionTransformer, image(32)),
        "own/tcn": Network(tcn, ((1, 9, 128),)),
        "own/voice_activity": Network(VoiceActivity, ((1, 576), (1, 1, 128), (1, 1, 128))),
    }
