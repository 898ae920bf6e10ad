"""Trains the candidates of the search and exports each as a .pt2 file; the search itself needs none of this.

A candidate is a small network of depthwise-separable blocks for 8x8 digits, as in MCUNet (arXiv:2007.10319) with three
knobs: the resolution that the image is first brought to, the width of the stem, and the number of blocks. Needs torch and
scikit-learn; takes a few minutes on a CPU, and leaves out candidates that are in FOLDER already. Seeds are fixed; another version of torch may give slightly different weights.

usage: train_candidates.py FOLDER TEST_IMAGES.npy      (the images that must not be trained on)
"""

import itertools
import sys
from pathlib import Path

import numpy
import torch
from sklearn.datasets import load_digits
from torch import nn

# (resolution, width, blocks); the last one is wider than the RAM of the search allows.
KNOBS = [*itertools.product((8, 16, 32), (8, 24), (1, 3)), (32, 64, 1)]
EPOCHS = 12
BATCH = 32
SEED = 7


def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU6(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


def candidate(resolution: int, width: int, blocks: int) -> nn.Sequential:
    """[N, 1, 8, 8] with values from -1 to 1, to [N, 10] logits."""
    layers: list[nn.Module] = []
    if resolution != 8:
        layers.append(nn.Upsample(size=(resolution, resolution), mode="nearest"))
    layers += [nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6()]
    channels = width
    for index in range(blocks):
        outputs = max(channels, min(channels * 2, 64))
        layers.append(block(channels, outputs, 2 if index < 2 else 1))
        channels = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def training_data(test_images: numpy.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """All of scikit-learn's digits but the test images."""
    digits = load_digits()
    images = digits.images.astype(numpy.float32)[:, None] / 8 - 1
    held_out = {image.tobytes() for image in test_images}
    kept = [i for i, image in enumerate(images) if image.tobytes() not in held_out]
    return torch.tensor(images[kept]), torch.tensor(digits.target[kept])


def train(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    optimizer = torch.optim.Adam(network.parameters(), 4e-3)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    network.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(images))
        for begin in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[begin : begin + BATCH]
            loss = nn.functional.cross_entropy(network(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def main(folder: Path, test_file: Path) -> None:
    images, labels = training_data(numpy.load(test_file))
    print(f"{len(images)} training images")
    folder.mkdir(parents=True, exist_ok=True)
    for resolution, width, blocks in KNOBS:
        name = f"digits_r{resolution}_w{width}_b{blocks}"
        if (folder / f"{name}.pt2").exists():
            continue
        torch.manual_seed(SEED)
        network = candidate(resolution, width, blocks)
        train(network, images, labels)
        program = torch.export.export(network.eval(), (torch.zeros(1, 1, 8, 8),))
        torch.export.save(program, folder / f"{name}.pt2")
        print(name, (folder / f"{name}.pt2").stat().st_size, "bytes", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
