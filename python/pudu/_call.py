"""What every call has in common: a private folder for what must be a file, options as text, errors about what the caller
passed instead of about the temporary files it was written to."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _pudu
from ._arrays import is_path
from ._errors import Diagnostic, Error, UsageError

#: The file name of a program that was never in a file.
EXPORTED_NAME = "exported_program.pt2"

#: Keyword -> field of the options, and whether it is given several times. The names are those of the command line.
_FIELDS = {
    "target": "target",
    "isa": "isa",
    "kernels": "kernels",
    "io": "io",
    "input_layout": "input_layout",
    "effort": "effort",
    "ranges": "ranges",
    "equalize": "equalize",
    "bias_correction": "bias_correction",
    "linear_weights": "linear_weights",
    "optimize": "optimize",
    "weights": "weights",
    "keep_float": "keep_float",
    "int16": "int16",
    "accuracy": "accuracy",
    "batch": "batch",
    "jobs": "jobs",
    "plan_time": "plan_time",
    "memory": "memory",
    "feed": "feed",
    "ram": "ram",
    "flash": "flash",
    "memories": "memories",
    "intermediates": "intermediates",
    "disable_pass": "disabled_passes",
}
_LISTS = {"keep_float", "int16", "disable_pass"}
_FLAGS = {"equalize"}


class Call:
    """One call of the compiler and the files that it lives by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, str] = {}  # of temporary files: what they stand for

    def name_files(self, files: Sequence[str], name: str) -> list[str]:
        """Messages say `name` for those that lie in the private folder."""
        for index, file in enumerate(files):
            if Path(file).parent == self.folder:
                self.names[file] = name if len(files) == 1 else f"{name}[{index}]"
        return list(files)

    def options(self, model: Any, example_inputs: Any, keywords: Mapping[str, Any]) -> _pudu.ModelOptions:
        options = _pudu.ModelOptions()
        for keyword, value in keywords.items():
            if value is None:
                continue
            if keyword not in _FIELDS:
                raise _unknown_option(keyword)
            if keyword == "memories" and not is_path(value):
                value = self.memories_file(value)
            setattr(options, _FIELDS[keyword], _option(keyword, value))
        options.model = self.model_file(model, example_inputs)
        return options

    def memories_file(self, lines: Sequence[str]) -> str:
        """Lines of a description of memories, as the file that it would be."""
        file = self.folder / "memories.txt"
        file.write_text("".join(f"{line}\n" for line in lines))
        self.names[str(file)] = "memories"
        return str(file)

    def model_file(self, model: Any, example_inputs: Any = None) -> str:
        """The path of a model: itself, or where the private folder has it."""
        if is_path(model):
            return os.fspath(model)
        torch = sys.modules.get("torch")
        program = model
        if example_inputs is not None and torch is not None and isinstance(model, torch.nn.Module):
            program = torch.export.export(model.eval(), tuple(example_inputs))
        if torch is None or not _is_exported_program(program):
            raise _no_model(model)
        file = self.folder / EXPORTED_NAME
        torch.export.save(program, str(file))
        self.names[str(file)] = EXPORTED_NAME
        return str(file)


def _is_exported_program(value: Any) -> bool:
    """Without importing torch: somebody who has an ExportedProgram has imported it."""
    return any(
        base.__name__ == "ExportedProgram" and base.__module__.startswith("torch.export") for base in type(value).__mro__
    )


def _no_model(model: Any) -> Error:
    kind = type(model)
    hint = ""
    if any(base.__name__ == "Module" and base.__module__.startswith("torch.nn") for base in kind.__mro__):
        hint = "torch.export.export(model.eval(), example_inputs), or pass example_inputs="
    return UsageError(
        [
            Diagnostic(
                where="model",
                found=f"a {kind.__module__}.{kind.__qualname__}",
                allowed="the path of a .pt2 or .tflite file, or a torch.export.ExportedProgram",
                hint=hint,
            )
        ]
    )


def _unknown_option(keyword: str) -> Error:
    near = difflib.get_close_matches(keyword, _FIELDS, 1)
    hint = f"did you mean '{near[0]}'?" if near else ""
    return UsageError([Diagnostic(where=keyword, found="unknown option", allowed=", ".join(_FIELDS), hint=hint)])


def _option(keyword: str, value: Any) -> bool | str | list[str]:
    if keyword in _FLAGS:
        return bool(value)
    return _text_list(value) if keyword in _LISTS else _text(value)


def _text(value: Any) -> str:
    return "on" if value is True else "off" if value is False else os.fspath(value) if is_path(value) else str(value)


def _text_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [_text(item) for item in value]


@contextlib.contextmanager
def call() -> Iterator[Call]:
    """The private folder is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="pudu-") as folder:
        current = Call(Path(folder))
        try:
            yield current
        except Error as error:
            error._rename_files(current.names)
            raise
