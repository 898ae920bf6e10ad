"""The exceptions of Pudu: one class for each exit code of the command line, with the text that it prints."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterable, Mapping
from typing import Any


class PuduWarning(UserWarning):
    """What the command line prints as a warning: data do not look as they should, and the call goes on."""


def warn(texts: Iterable[str]) -> None:
    """Warns whoever called the function that calls this."""
    for text in texts:
        warnings.warn(text, PuduWarning, stacklevel=3)


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """One fault: where it is, what was found, what is allowed, what to do. Fields that say nothing are empty."""

    file: str = ""
    where: str = ""
    found: str = ""
    allowed: str = ""
    hint: str = ""

    def __str__(self) -> str:
        from . import _pudu

        return _pudu.format_diagnostic(self.file, self.where, self.found, self.allowed, self.hint)


class Error(Exception):
    """What went wrong, a diagnostic for each fault: a model with five unsupported nodes has five."""

    #: The exit code of the command line for such an error.
    exit_code: int = 70

    def __init__(self, diagnostics: Iterable[Diagnostic] | str = ()) -> None:
        if isinstance(diagnostics, str):
            diagnostics = [Diagnostic(found=diagnostics)]
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)

    def _rename_files(self, names: Mapping[str, str]) -> None:
        """Puts what the caller passed in the place of the temporary files that it was written to."""

        def renamed(text: str) -> str:
            for path, name in names.items():
                text = text.replace(path, name)
            return text

        self.diagnostics = tuple(
            Diagnostic(**{field: renamed(value) for field, value in dataclasses.asdict(diagnostic).items()})
            for diagnostic in self.diagnostics
        )
        self.args = (self.diagnostics,)


class UsageError(Error, ValueError):
    """An option has a value that it cannot have."""

    exit_code = 1


class InvalidInputError(Error, ValueError):
    """A file or an array is broken, or does not fit the model."""

    exit_code = 2


class UnsupportedError(Error):
    """An operator, data type or target that Pudu does not handle."""

    exit_code = 3


class LimitExceededError(Error):
    """The model does not fit `ram` or `flash`."""

    exit_code = 4
    #: Of `pudu.analyze`: what the model needs.
    report: Any = None


class InternalError(Error):
    """A defect of Pudu."""

    exit_code = 70
