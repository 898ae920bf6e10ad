"""Writes tests/data/plans: a small network whose plan went wrong once, for every_plan_test.

It holds seeded random weights. The test compares plans with each other, so that no samples or outputs lie beside it.

Written by torch 2.13.0. Usage: make_plan_networks.py FOLDER
"""

import pathlib
import sys

import torch


class OutputReadLater(torch.nn.Module):
    """The last layer reads an image that is an output as well: nothing may be written over it.

    Images of one channel are outputs as they lie; others would be transposed first, and read no more.
    """

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(1, 1, 3, padding=1)
        self.second = torch.nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x):
        features = self.first(x)
        return features, self.second(features)


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    exported = torch.export.export(OutputReadLater().eval(), (torch.randn(1, 1, 16, 16),))
    for node in exported.graph.nodes:
        node.meta.pop("stack_trace", None)  # it holds the paths of this machine
    torch.export.save(exported, folder / "output_read_later.pt2")


if __name__ == "__main__":
    main()
