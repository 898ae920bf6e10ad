"""The options of a compilation, as types: what editors complete, type checkers check and help() shows."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from typing import Literal, TypedDict, TypeVar

_Function = TypeVar("_Function", bound=Callable)


class Options(TypedDict, total=False):
    """Keywords of compile(), validate(), analyze(), estimate() and sweep(): the options of the command line with
    underscores. None is as not given. Sizes are numbers of bytes or text such as "256K"."""

    isa: Literal["scalar", "dsp", "mve"] | None
    """Instruction set, instead of the one that the target has by default."""
    kernels: Literal["builtin", "cmsis-nn"] | None
    """Whose kernels the C++ calls."""
    io: Literal["int8", "float32"] | None
    """What the model takes and returns."""
    input_layout: Literal["nchw", "nhwc"] | None
    """Order in which image inputs are passed, samples included; by default as exported."""
    effort: Literal["fast", "default", "max"] | None
    """How hard the quantizer works."""
    ranges: Literal["mse", "minmax", "percentile", "entropy", "auto"] | None
    """How ranges of activations are chosen."""
    equalize: bool | None
    """Bring channels to similar ranges, for networks whose channels differ a lot."""
    bias_correction: bool | Literal["on", "off"] | None
    """Let biases take back the shift that rounding causes; on by default."""
    linear_weights: Literal["adaptive", "per-channel", "per-tensor"] | None
    """Scales of linear layers."""
    weights: str | None
    """"int8", "int4", or "int4:NAME,..." for some layers."""
    optimize: Literal["speed", "size", "balanced"] | None
    """What the C++'s kernels are chosen for."""
    keep_float: str | Sequence[str] | None
    """Nodes, or operators, that stay float32."""
    int16: str | Sequence[str] | None
    """Values that get 16 bits: names of nodes and inputs, "all:OPERATOR", "auto" or "auto:N"."""
    accuracy: float | None
    """Decibels of signal over noise that the outputs are to reach, by values of 16 bits."""
    batch: int | None
    """Batch size of a model that was exported with a dynamic batch."""
    jobs: int | None
    """Threads that calibration samples run on; by default one a core."""
    plan_time: float | None
    """Seconds that the search for the smallest arena may take; 2 by default."""
    memory: Literal["layerwise", "streamed", "auto"] | None
    """Whole layers, calls that take turns row by row, or rows where only they fit `ram` (the default)."""
    feed: Literal["whole", "rows"] | None
    """Are image inputs passed at once, or row by row while the model runs?"""
    ram: int | str | None
    """Bytes that the arena may have; LimitExceededError beyond."""
    flash: int | str | None
    """Bytes that the constants may have; LimitExceededError beyond."""
    memories: str | os.PathLike[str] | Sequence[str] | None
    """Several memories that arena and constants are divided among: a file, or its lines."""
    intermediates: str | os.PathLike[str] | None
    """A folder for the graph after every pass."""
    disable_pass: str | Sequence[str] | None
    """Passes that are left out."""


def shows_options(function: _Function) -> _Function:
    """Lets help() and notebooks show every option in the place of **options."""
    signature = inspect.signature(function)
    own = [parameter for parameter in signature.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation_text(annotation))
        for name, annotation in Options.__annotations__.items()
        if name not in signature.parameters
    ]
    function.__signature__ = signature.replace(parameters=own + options)  # type: ignore[attr-defined]
    return function


def _annotation_text(annotation: object) -> object:
    """TypedDict wraps annotations that are text."""
    return getattr(annotation, "__forward_arg__", annotation)
