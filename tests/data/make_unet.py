"""Writes models/unet.pt2: a small U-Net for images of 48x48 with one channel and a mask of two classes: two levels down
by pools, two up by a transposed convolution and by nearest upsampling, concatenations with the skips; an input and what
torch computes from it, and inputs to calibrate with. Weights and inputs are random and seeded.

Written by torch 2.13.0. Usage: make_unet.py
"""

import pathlib
import re

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


def layer(channels, outputs):
    return nn.Sequential(nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU())


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fine, self.middle, self.coarse = layer(1, 8), layer(8, 16), layer(16, 24)
        self.up_middle, self.up_fine = layer(16 + 16, 16), layer(16 + 8, 8)
        self.mask = nn.Conv2d(8, 2, 1)
        self.pool = nn.MaxPool2d(2)
        self.spread, self.upsample = nn.ConvTranspose2d(24, 16, 2, stride=2), nn.Upsample(scale_factor=2)

    def forward(self, x):
        fine = self.fine(x)
        middle = self.middle(self.pool(fine))
        coarse = self.coarse(self.pool(middle))
        middle = self.up_middle(torch.cat([self.spread(coarse), middle], 1))
        fine = self.up_fine(torch.cat([self.upsample(middle), fine], 1))
        return self.mask(fine)


def images(count):
    """Blobs: what is smooth, as images are."""
    noise = torch.randn(count, 1, 12, 12)
    return nn.functional.interpolate(noise, scale_factor=4, mode="bilinear").clamp(-2, 2)


def main():
    torch.manual_seed(12)
    model = UNet().eval()
    program = torch.export.export(model, (torch.zeros(1, 1, 48, 48),))
    for node in program.graph.nodes:
        if "stack_trace" in node.meta:  # without the folders of this machine
            node.meta["stack_trace"] = re.sub(r'"/[^"]*/(site-packages|data)/', r'"\1/', node.meta["stack_trace"])
    torch.export.save(program, HERE / "models" / "unet.pt2")
    image = images(1)
    np.save(HERE / "models" / "unet.in0.npy", image.numpy())
    np.save(HERE / "models" / "unet.out0.npy", model(image).detach().numpy())
    np.save(HERE / "models" / "unet.calib0.npy", images(4).numpy())


if __name__ == "__main__":
    main()
