"""Writes detector.pt2, a network with an operator of its own, with samples and what torch makes of them. Needs torch."""

import numpy as np
import torch
from torch import nn


@torch.library.custom_op("detector::keep_peaks", mutates_args=())
def keep_peaks(heat: torch.Tensor, radius: int) -> torch.Tensor:
    largest = nn.functional.max_pool2d(heat, 2 * radius + 1, stride=1, padding=radius)
    return torch.where(heat == largest, heat, torch.zeros_like(heat))


@keep_peaks.register_fake
def _(heat, radius):
    return torch.empty_like(heat)


class Detector(nn.Module):
    """Heat maps of three kinds of objects, with their peaks."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1), nn.ReLU())

    def forward(self, image):
        return keep_peaks(self.features(image), 1)


def main():
    torch.manual_seed(0)
    model = Detector().eval()
    samples = torch.randn(8, 1, 24, 24)
    torch.export.save(torch.export.export(model, (samples[:1],)), "detector.pt2")
    np.save("samples.npy", samples.numpy())
    with torch.no_grad():
        np.save("outputs.npy", torch.cat([model(sample[None]) for sample in samples]).numpy())


if __name__ == "__main__":
    main()
