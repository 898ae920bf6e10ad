"""Writes large_input.pt2: an image of 4 MiB, pooled to 64 numbers. Many samples of it pass any memory limit.

Written by torch 2.13.0. Usage: make_large_input.py FOLDER
"""

import pathlib
import sys

import torch


class LargeInput(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = torch.nn.AvgPool2d(128)
        self.linear = torch.nn.Linear(64, 4)

    def forward(self, x):
        return self.linear(self.pool(x).flatten(1))


def main():
    torch.manual_seed(5)
    program = torch.export.export(LargeInput().eval(), (torch.randn(1, 1, 1024, 1024),))
    # The example input would be 4 MiB of the file.
    program._example_inputs = None
    torch.export.save(program, pathlib.Path(sys.argv[1]) / "large_input.pt2")


if __name__ == "__main__":
    main()
