"""Writes models/wide_stem.pt2: the first layers of MobileNetV3-small for images of 224x224, whose input alone takes
150,528 bytes, and a classifier; an input of small whole numbers, one byte each, and what torch computes from it. Weights
and input are random and seeded.

Written by torch 2.13.0. Usage: make_wide_stem.py
"""

import pathlib

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


class Gate(nn.Module):
    """Squeeze and excite."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        return x * nn.functional.hardsigmoid(self.expand(torch.relu(self.reduce(self.pool(x)))))


def separable(channels, outputs, *between):
    depthwise = nn.Conv2d(channels, channels, 3, stride=2, padding=1, groups=channels)
    return nn.Sequential(depthwise, nn.ReLU(), *between, nn.Conv2d(channels, outputs, 1))


def build():
    first = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.Hardswish())
    expand = nn.Sequential(nn.Conv2d(16, 72, 1), nn.ReLU())
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 10))
    return nn.Sequential(first, separable(16, 16, Gate(16, 8)), expand, separable(72, 24), head)


def main():
    torch.manual_seed(11)
    model = build().eval()
    program = torch.export.export(model, (torch.randn(1, 3, 224, 224),))
    # The example input would be 600 KB of the file.
    program._example_inputs = None
    torch.export.save(program, HERE / "models" / "wide_stem.pt2")
    image = torch.randint(-3, 4, (1, 3, 224, 224), dtype=torch.int8)
    np.save(HERE / "models" / "wide_stem.in0.npy", image.numpy())
    np.save(HERE / "models" / "wide_stem.out0.npy", model(image.float()).detach().numpy())


if __name__ == "__main__":
    main()
