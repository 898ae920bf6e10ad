"""compile, validate, analyze and targets: the commands of the command line as functions."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from . import _pudu
from ._arrays import is_path, write_samples
from ._artifact import Artifact
from ._call import call
from ._errors import Diagnostic, LimitExceededError, UsageError, warn
from ._options import Options, shows_options
from ._progress import callback_of
from ._report import Record, Report, Validation, report_from_json, validation_from_json

if TYPE_CHECKING:
    from typing_extensions import Unpack


@shows_options
def compile(  # noqa: A001 - the name of the command
    model: Any,
    *,
    calibration: Any = None,
    target: str = "cortex-m55",
    example_inputs: Any = None,
    progress: Any = None,
    **options: Unpack[Options],
) -> Artifact:
    """Compiles a network for one Cortex-M.

    Args:
        model: the path of a .pt2 or .tflite file, or a torch.export.ExportedProgram, which needs no file; or a
            torch.nn.Module together with example_inputs.
        calibration: typical inputs, preprocessed as in training: an array with samples on the first axis; an iterable
            of samples, each an array, or a tuple or mapping of the model's inputs; or the path of a .npy or .npz.
            An int8 .tflite needs none.
        target: a CPU of targets(), or "any".
        progress: a callable(stage, done, total), a tqdm bar, False for silence. By default a line on a terminal.
        options: those of `pudu compile` with underscores; pudu.Options says what each is, and which values it takes.

    Warns:
        PuduWarning: the calibration data do not look as they should; `warnings` of the artifact has them, too.

    Raises:
        UsageError, InvalidInputError, UnsupportedError, LimitExceededError: as the exit codes of the command.
    """
    with call() as current, callback_of(progress) as callback:
        chosen = current.options(model, example_inputs, {"target": target, **options})
        if calibration is not None:
            files = write_samples(calibration, current.folder, "calibration")
            chosen.calibration = current.name_files(files, "calibration")
        artifact = Artifact(_pudu.compile(chosen, progress=callback))
    warn(artifact.warnings)
    return artifact


@shows_options
def validate(
    model: Any,
    inputs: Any,
    *,
    calibration: Any = None,
    labels: Any = None,
    target: str = "cortex-m55",
    limit: int | None = None,
    suggestions: bool = True,
    example_inputs: Any = None,
    progress: Any = None,
    **options: Unpack[Options],
) -> Validation:
    """Compares the quantized network with the float one, layer by layer, on samples of your own.

    Args:
        inputs: samples, as calibration of compile(); of an int8 .tflite also the codes that its input takes.
        calibration: as for compile(). An int8 .tflite needs none: it is compared with the numbers that its codes stand
            for, in float arithmetic.
        labels: class numbers, one for each sample: an array or the path of a .npy; accuracy is told then, too.
        limit: only the first so many samples.
        suggestions: also try other options, and say what they gain.

    Warns:
        PuduWarning: the calibration data, or the inputs beside them, do not look as they should; `warnings` of the
            result has them, too.

    Raises:
        UsageError: a float network without calibration.
    """
    with call() as current, callback_of(progress) as callback:
        chosen = current.options(model, example_inputs, {"target": target, **options})
        if calibration is not None:
            files = write_samples(calibration, current.folder, "calibration")
            chosen.calibration = current.name_files(files, "calibration")
        request = _pudu.ValidateRequest()
        request.inputs = current.name_files(write_samples(inputs, current.folder, "input"), "input")
        if labels is not None:
            request.labels = current.name_files(write_samples(labels, current.folder, "labels"), "labels")[0]
        request.limit = "" if limit is None else str(limit)
        request.suggestions = suggestions
        result = validation_from_json(_pudu.validate(chosen, request, progress=callback))
    warn(result.warnings)
    return result


@shows_options
def analyze(
    model: Any,
    *,
    target: str | None = None,
    example_inputs: Any = None,
    progress: Any = None,
    **options: Unpack[Options],
) -> Report:
    """Says what a network needs on a target, before there are calibration data; also of a .pte program.

    Raises:
        LimitExceededError: it does not fit `ram` or `flash`; the exception's `report` says why.
    """
    if is_path(model) and os.fspath(model).endswith(".pte"):
        _check_program_options({"target": target, **options})
    with call() as current, callback_of(progress) as callback:
        chosen = current.options(model, example_inputs, {"target": target, **options})
        try:
            return report_from_json(_pudu.analyze(chosen, progress=callback))
        except LimitExceededError as error:
            error.report = report_from_json(error.report_json)
            raise


def _check_program_options(options: dict[str, Any]) -> None:
    """A program is compiled already: what steers a compilation would be ignored in silence."""
    for name, value in options.items():
        if value is not None and name not in {"isa", "ram", "flash"}:
            found = "given for a program that is compiled already"
            raise UsageError([Diagnostic(where=name, found=found, allowed="with a .pt2 file only")])


def targets() -> list[Record]:
    """Every CPU: name, architecture, isas, default_isa, fpu, compiler_flags, board (None where none is emulated)."""
    return json.loads(_pudu.targets_json(), object_hook=Record)
