"""A compiled model in Python."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from . import _pudu
from ._arrays import like, write_inputs
from ._call import Call, call
from ._errors import Diagnostic, LimitExceededError, UnsupportedError, warn
from ._progress import callback_of
from ._report import Report, report_from_json

#: The ExecuTorch program in a folder that holds C++ as well, as `pudu compile --emit cpp,pte` names it.
_PTE_NAME = "model.pte"


class Artifact:
    """A model compiled for one target. It runs on the host, is written as C++ or as an ExecuTorch program, and is saved
    and loaded as the folder that `pudu compile` writes."""

    def __init__(self, model: _pudu.Model, folder: Path | None = None) -> None:
        self._model = model
        self._folder = folder
        self._report: Report | None = None

    @property
    def report(self) -> Report:
        """Everything known of the model: arena, weights, MACs, layers, memory map; after bench() what was measured."""
        if self._report is None:
            self._report = report_from_json(self._model.report_json())
        return self._report

    @property
    def warnings(self) -> list[str]:
        """What was found about the calibration data."""
        return list(self._model.warnings)

    def run(self, *inputs: Any, raw: bool = False, reset_each_sample: bool = False, progress: Any = None) -> Any:
        """Runs samples on the host, bit for bit as the device does.

        Args:
            inputs: an array for each input of the model, or one mapping by name, or paths of .npy and .npz files.
                float32 is quantized; codes of the input's own type, int8 or int16, are taken as they are. An array has
                the model's shape, or samples on an axis in front of it or in the place of the model's batch of 1.
            raw: return the integers that the model returns, instead of what they stand for.
            reset_each_sample: a model with state starts each sample anew; else the samples are one sequence.

        Returns:
            The samples' outputs on the first axis; a tuple for several outputs. NumPy arrays, or the kind of the first
            input: torch tensors for tensors.

        Warns:
            PuduWarning: values are far from what calibration saw, as where both are not prepared in the same way.

        Raises:
            InvalidInputError: shape, data type or values do not fit the model.
        """
        with call() as current, callback_of(progress) as callback:
            files = current.name_files(write_inputs(inputs, current.folder, "input"), "input")
            results, warnings = self._model.run(files, raw, reset_each_sample, progress=callback)
        warn(warnings)
        return _like_inputs(results, inputs)

    def write_cpp(self, folder: str | os.PathLike[str], *, progress: Any = None) -> Path:
        """Writes model.hpp, model.cpp, CMakeLists.txt, the kernels they call and the report. Other files stay, but for
        a model.pte of Pudu's of another model that was there.

        Raises:
            InvalidInputError: files of these names that Pudu has not written; or the folder cannot be written.
        """
        target = Path(folder)
        if self._folder is not None:
            if target.resolve() != self._folder.resolve():
                _pudu.check_model_folder(target, (self._folder / _PTE_NAME).is_file())
                outdated = _pudu.outdated_program(target, self._folder)
                shutil.copytree(self._folder, target, dirs_exist_ok=True)
                if outdated is not None and not (self._folder / _PTE_NAME).is_file():
                    outdated.unlink()
            return target
        with callback_of(progress) as callback:
            self._model.write_folder(target, progress=callback)
        return target

    def write_pte(
        self,
        path: str | os.PathLike[str],
        *,
        pte_operators: Literal["nhwc", "classic"] = "nhwc",
        memory: Literal["layerwise", "streamed", "auto"] | None = None,
        ram: int | str | None = None,
        plan_time: float | None = None,
        progress: Any = None,
    ) -> dict[str, Any]:
        """Writes an ExecuTorch program.

        Args:
            pte_operators: operators on images: "nhwc", which ExecuTorch 1.5 has, or "classic", for older runtimes, too.
            memory: "layerwise", "streamed": layers take turns by strips of rows, or "auto": only where whole layers do
                not fit `ram`. None, as for `ram` and `plan_time`: what the model was compiled with.
            ram: bytes that the program's arena may have, or text such as "96K".
            plan_time: seconds that the search for the smallest arena may take.

        Returns:
            Its `bytes`, its `arena_bytes`, its `own_operators`, which a stock runtime does not have, and `spared_bytes`,
            by which scratch for CMSIS-NN's kernels would have raised the arena; of a copied program the first three.

        Raises:
            LimitExceededError: the arena is larger than `ram`, or the constants than the model's `flash`.
            UnsupportedError: parts of the model that no operator of ExecuTorch computes, all of them; weights of 4 bits; or
                a model that was loaded from a folder, which holds no model.pte, or whose operators or plan are to be
                others.
        """
        plan = {"memory": memory, "ram": ram, "plan_time": plan_time}
        if self._folder is not None:
            operators = None if pte_operators == "nhwc" else pte_operators
            _check_as_saved(self._folder, {"pte_operators": operators, **plan})
            return _copy_pte(self._folder, Path(path))
        texts = {name: "" if value is None else str(value) for name, value in plan.items()}
        with callback_of(progress) as callback:
            return self._model.write_pte(Path(path), pte_operators, progress=callback, **texts)

    def save(self, folder: str | os.PathLike[str], *, progress: Any = None) -> Path:
        """Writes what load() and `pudu run` read: write_cpp(), and model.pte where the model can be one that fits. An
        older model.pte of Pudu's goes where it cannot."""
        if self._folder is None:
            _pudu.check_model_folder(Path(folder), True)
        target = self.write_cpp(folder, progress=progress)
        if self._folder is None:
            try:
                self.write_pte(target / _PTE_NAME, progress=progress)
            except (UnsupportedError, LimitExceededError):
                (target / _PTE_NAME).unlink(missing_ok=True)
        return target

    def bench(
        self,
        *inputs: Any,
        target: str = "",
        board: str = "",
        work_dir: str | os.PathLike[str] = "",
        cmsis_nn_root: str | os.PathLike[str] = "",
        progress: Any = None,
    ) -> Report:
        """Counts the instructions of an inference on the emulated board, layer by layer, and estimates cycles. Needs
        arm-none-eabi-g++ and qemu-system-arm. Returns the report with them; `report` has them from then on."""
        with call() as current, callback_of(progress) as callback:
            request = _pudu.BenchRequest()
            request.folder = str(self._folder or self._write_for_bench(current))
            request.target, request.board = target, board
            request.work_dir, request.cmsis_nn_root = os.fspath(work_dir), os.fspath(cmsis_nn_root)
            if inputs:
                request.inputs = current.name_files(write_inputs(inputs, current.folder, "input"), "input")
            self._report = report_from_json(_pudu.bench(request, progress=callback))
        return self._report

    def _write_for_bench(self, current: Call) -> Path:
        folder = current.folder / "model"
        self._model.write_folder(folder)
        current.names[str(folder)] = "the compiled model"
        return folder

    def _repr_html_(self) -> str:
        return self.report._repr_html_()

    def __repr__(self) -> str:
        return repr(self.report).replace("pudu.Report", "pudu.Artifact")


def _check_as_saved(folder: Path, plan: Mapping[str, Any]) -> None:
    """The program in a folder has its operators and its plan."""
    for name, value in plan.items():
        if value is not None:
            found = "given for a model that was loaded from a folder"
            allowed = "models that pudu.compile() returned"
            raise UnsupportedError([Diagnostic(file=str(folder), where=name, found=found, allowed=allowed)])


def _copy_pte(folder: Path, path: Path) -> dict[str, Any]:
    source = folder / _PTE_NAME
    if not source.is_file():
        raise UnsupportedError(
            [
                Diagnostic(
                    file=str(folder),
                    found=f"was saved without {_PTE_NAME}",
                    allowed="a model that was saved as an ExecuTorch program, too",
                    hint="compile the model again, and write_pte() what pudu.compile() returns",
                )
            ]
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.resolve() != source.resolve():
        shutil.copyfile(source, path)
    options = _pudu.ModelOptions()
    options.model = str(source)
    report = report_from_json(_pudu.analyze(options))
    own = sorted({layer.kernel for layer in report.layers if layer.kernel.startswith("pudu::")})
    return {"bytes": source.stat().st_size, "arena_bytes": report.arena_bytes, "own_operators": own}


class Program:
    """An ExecuTorch program in a .pte file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._report: Report | None = None

    @property
    def report(self) -> Report:
        """What pudu.analyze() says of it: arena, weights, operators, memory map."""
        if self._report is None:
            options = _pudu.ModelOptions()
            options.model = str(self.path)
            self._report = report_from_json(_pudu.analyze(options))
        return self._report

    def run(self, *inputs: Any, raw: bool = False, progress: Any = None) -> Any:
        """Runs samples on ExecuTorch's runtime, in a process of its own. Inputs and outputs are as those of Artifact.run().

        Raises:
            InvalidInputError: shape, data type or values do not fit the program, or the runtime refuses it.
            UnsupportedError: this package was built without ExecuTorch's runtime.
        """
        with call() as current, callback_of(progress) as callback:
            files = current.name_files(write_inputs(inputs, current.folder, "input"), "input")
            results, _ = _pudu.run_program(self.path, files, raw, progress=callback)
        return _like_inputs(results, inputs)

    def __repr__(self) -> str:
        return repr(self.report).replace("pudu.Report", "pudu.Program")


def _like_inputs(results: list[Any], inputs: tuple[Any, ...]) -> Any:
    """Arrays of the kind of the first input; a tuple for several outputs."""
    first = next(iter(inputs[0].values()), None) if isinstance(inputs[0], Mapping) else inputs[0]
    outputs = tuple(like(np.asarray(result), first) for result in results)
    return outputs[0] if len(outputs) == 1 else outputs


def load(path: str | os.PathLike[str]) -> Artifact | Program:
    """A model from the folder that Artifact.save() or `pudu compile` wrote; or a .pte file as a Program.

    Raises:
        InvalidInputError: it is neither, it is damaged, or this version's kernels do not fit it.
    """
    folder = Path(path)
    if folder.suffix == ".pte":
        program = Program(folder)
        program.report  # noqa: B018 - says what is wrong with the file
        return program
    return Artifact(_pudu.load(Path(folder)), Path(folder))
