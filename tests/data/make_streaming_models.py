"""Writes states/NAME.pt2 and states/NAME.npz: small streaming networks whose buffers keep state from run to run, with a
sequence of inputs (`in0`, one sample after the other on axis 0) and torch's outputs for it (`out0`). `calib0` is another
sequence. Needs torch 2.13.0. Usage: make_streaming_models.py
"""

import warnings
from pathlib import Path

import numpy
import torch
from torch import nn

HERE = Path(__file__).resolve().parent
STEPS = 24


class Streaming(nn.Module):
    """A convolution over a window of three frames that slides, then a GRU cell, then a classifier."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(4, 8, 3)
        self.cell = nn.GRUCell(8, 6)
        self.head = nn.Linear(6, 3)
        self.register_buffer("frames", torch.zeros(1, 4, 2))
        self.register_buffer("hidden", torch.full((1, 6), 0.25))

    def forward(self, frame):
        window = torch.cat([self.frames, frame], dim=2)
        hidden = self.cell(torch.relu(self.convolution(window)).flatten(1), self.hidden)
        self.keep(window, hidden)
        return self.head(hidden)

    def keep(self, window, hidden):
        self.frames.copy_(window[:, :, 1:])
        self.hidden.copy_(hidden)


class Assigned(Streaming):
    """The same by assignment."""

    def keep(self, window, hidden):
        self.frames = window[:, :, 1:]
        self.hidden = hidden


def sequence(seed):
    """Frames that change slowly, as audio features do."""
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randn(STEPS, 1, 4, 1, generator=generator)
    return torch.cumsum(0.5 * steps, dim=0).clamp(-2, 2)


def write(name, model_class, decompose):
    torch.manual_seed(7)
    model = model_class().eval()
    program = torch.export.export(model, (torch.zeros(1, 4, 1),))
    if decompose:
        program = program.run_decompositions()
    torch.export.save(program, HERE / "states" / f"{name}.pt2")
    torch.manual_seed(7)
    reference = model_class().eval()
    frames = sequence(1)
    with torch.no_grad():
        outputs = torch.stack([reference(frame) for frame in frames])
    numpy.savez_compressed(HERE / "states" / f"{name}.npz", in0=frames.numpy(), out0=outputs.numpy(),
                           calib0=sequence(2).numpy())


def main():
    warnings.filterwarnings("ignore")
    (HERE / "states").mkdir(exist_ok=True)
    write("streaming", Streaming, decompose=False)
    write("streaming_assigned", Assigned, decompose=False)
    write("streaming_decomposed", Streaming, decompose=True)


if __name__ == "__main__":
    main()
