"""Writes models/rescaled_channels.*: a small MobileNet with relu whose channels differ by up to three orders
of magnitude. Every channel between two layers is divided by a random factor that the next layer multiplies by, which
changes nothing in float32. `calib0` and `in0` are samples on axis 0, `out0` is what torch computes of the latter.
Needs torch 2.13.0. Usage: make_rescaled_channels.py
"""

import warnings
from pathlib import Path

import numpy
import torch
from torch import nn

HERE = Path(__file__).resolve().parent


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.expand = nn.Conv2d(channels, 2 * channels, 1)
        self.depthwise = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels)
        self.project = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x):
        return x + self.project(torch.relu(self.depthwise(torch.relu(self.expand(x)))))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, stride=2, padding=1)
        self.first, self.second = Block(12), Block(12)
        self.head = nn.Conv2d(12, 24, 1)
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        x = self.second(self.first(torch.relu(self.stem(x))))
        return self.fc(torch.relu(self.head(x)).mean((2, 3)))


def rescale(writers, readers, factors):
    for layer in writers:
        layer.weight.data /= factors.reshape(-1, *[1] * (layer.weight.dim() - 1))
        layer.bias.data /= factors
    for layer in readers:
        shape = (-1, 1, 1, 1) if layer.weight.shape[1] == 1 else (1, -1) + (1,) * (layer.weight.dim() - 2)
        layer.weight.data *= factors.reshape(shape)


def main():
    warnings.filterwarnings("ignore")
    torch.manual_seed(20)
    model = Network().eval()

    def factors(count):
        return 10.0 ** (torch.rand(count) * 3 - 1.5)

    with torch.no_grad():
        blocks = (model.first, model.second)
        rescale([model.stem, *(block.project for block in blocks)],
                [*(block.expand for block in blocks), model.head], factors(12))
        for block in blocks:
            rescale([block.expand], [block.depthwise], factors(24))
            rescale([block.depthwise], [block.project], factors(24))
        rescale([model.head], [model.fc], factors(24))
        samples = torch.randn(32, 1, 3, 16, 16)
        outputs = torch.stack([model(sample) for sample in samples[8:]])
    torch.export.save(torch.export.export(model, (samples[0],)), HERE / "models" / "rescaled_channels.pt2")
    for name, data in (("calib0", samples[:8]), ("in0", samples[8:]), ("out0", outputs)):
        numpy.save(HERE / "models" / f"rescaled_channels.{name}.npy", data[:, 0].numpy())


if __name__ == "__main__":
    main()
