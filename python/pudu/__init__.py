"""Pudu compiles trained networks for Arm Cortex-M microcontrollers.

    import pudu
    artifact = pudu.compile(exported_program, calibration=images, target="cortex-m55")
    scores = artifact.run(images)          # the device's own bits, on the host
    artifact.write_cpp("out")              # C++ for the firmware
    artifact.report.arena_bytes

`compile`, `validate`, `analyze` and `estimate` take the options of the command line as keywords. torch is not imported;
an ExportedProgram is saved with the torch that made it.
"""

from ._artifact import Artifact, Program, load
from ._commands import analyze, compile, targets, validate  # noqa: A004 - the name of the command
from ._errors import (
    Diagnostic,
    Error,
    InternalError,
    InvalidInputError,
    LimitExceededError,
    PuduWarning,
    UnsupportedError,
    UsageError,
)
from ._estimate import Estimate, estimate
from ._options import Options
from ._pareto import Axis
from ._pudu import __version__
from ._report import Report, Validation
from ._sweep import Sweep, sweep

__all__ = [
    "Artifact",
    "Axis",
    "Diagnostic",
    "Error",
    "Estimate",
    "InternalError",
    "InvalidInputError",
    "LimitExceededError",
    "Options",
    "Program",
    "PuduWarning",
    "Report",
    "Sweep",
    "UnsupportedError",
    "UsageError",
    "Validation",
    "__version__",
    "analyze",
    "compile",
    "estimate",
    "load",
    "sweep",
    "targets",
    "validate",
]
