"""What a network of this folder is, and how it becomes files that Pudu reads."""

import dataclasses
import io
import contextlib
import pathlib
import typing
import zlib

import numpy
import torch
from torch import nn

CALIBRATION_SAMPLES = 8


@dataclasses.dataclass(frozen=True)
class Network:
    build: typing.Callable[[], nn.Module]
    shapes: tuple  # of every input, batch included
    dtypes: tuple = ()  # float32 where none is given


def image(size, channels=3):
    return ((1, channels, size, size),)


def inputs(network, generator):
    return tuple(torch.randn(shape, generator=generator) for shape in network.shapes)


def randomize(model, generator):
    """Parameters that start as one constant get values, too: with all biases 0, or a layer scale of 1e-6, whole branches
    of a network would do nothing."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 2 or parameter.numel() < 2 or parameter.max() != parameter.min():
                continue
            noise = torch.rand(parameter.shape, generator=generator)
            parameter.copy_(0.2 * noise - 0.1 if parameter.flatten()[0] == 0 else 0.5 + noise)


def settle_batch_norms(model, network, generator):
    """Running statistics of the activations that random inputs make, as training leaves them."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.train()
        norm.momentum = None  # the plain average
    if norms:
        batches = [torch.cat(parts) for parts in zip(*(inputs(network, generator) for _ in range(4)))]
        with torch.no_grad():
            model(*batches)
    model.eval()


def outputs_of(result):
    """Tensors of a result in the order of the exported program's outputs."""
    return list(torch.utils._pytree.tree_leaves(result))


def prepare(name, network):
    seed = zlib.crc32(name.encode())
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = network.build().eval()
    randomize(model, generator)
    settle_batch_norms(model, network, generator)
    return model, generator


def export(name, network, folder):
    """Writes NAME.pt2, NAME.calibration.npz, NAME.input.npz and NAME.output.npz; returns the number of nodes."""
    model, generator = prepare(name, network)
    samples = [inputs(network, generator) for _ in range(CALIBRATION_SAMPLES)]
    held_out = inputs(network, generator)
    with torch.no_grad():
        expected = outputs_of(model(*held_out))
        program = torch.export.export(model, held_out, strict=False)
    path = pathlib.Path(folder) / (name + ".pt2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        torch.export.save(program, path)
    stack = {f"in{i}": torch.stack(parts).numpy() for i, parts in enumerate(zip(*samples))}
    numpy.savez(path.with_suffix(".calibration.npz"), **stack)
    numpy.savez(path.with_suffix(".input.npz"), **{f"in{i}": x[None].numpy() for i, x in enumerate(held_out)})
    numpy.savez(path.with_suffix(".output.npz"), **{f"out{i}": x[None].numpy() for i, x in enumerate(expected)})
    return program
