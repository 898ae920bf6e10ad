"""Writes models/three_convs.pt2 with its input, output and calibration data: three stacked 2-D convolutions.

The network of docs/memory.md: its second convolution needs most memory and, as a 1x1, no scratch, so that the scratch of
the other two fits into an arena of the same size.

Written by torch 2.13.0. Usage: make_three_convs.py FOLDER
"""

import pathlib
import sys

import numpy
import torch


class ThreeConvs(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.conv2 = torch.nn.Conv2d(8, 32, 1)
        self.conv3 = torch.nn.Conv2d(32, 8, 3, stride=2, padding=1)

    def forward(self, x):
        return self.conv3(self.conv2(self.conv1(x).relu()).relu()).relu()


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(3)
    model = ThreeConvs().eval()
    image = torch.randn(1, 1, 32, 32)
    calibration = torch.randn(4, 1, 32, 32)
    torch.export.save(torch.export.export(model, (image,)), folder / "three_convs.pt2")
    numpy.save(folder / "three_convs.in0.npy", image.numpy())
    numpy.save(folder / "three_convs.out0.npy", model(image).detach().numpy())
    numpy.save(folder / "three_convs.calib0.npy", calibration.numpy())


if __name__ == "__main__":
    main()
