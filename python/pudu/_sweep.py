"""pudu.sweep: many networks on many targets, on all cores of this machine or on a Ray cluster.

A job is one network on one target: an estimate, and, where samples are given, a compilation and the accuracy of its bits.
Each job's result is a Parquet file of one row, named after a hash of everything that it depends on, so that a sweep
that was stopped goes on where it was, and one with more networks or targets does only what is new.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import json
import multiprocessing
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__, _pudu
from ._arrays import write_samples
from ._call import Call, call
from ._errors import Error, PuduWarning, warn
from ._estimate import estimate
from ._pareto import Axis, pareto_front, pareto_svg
from ._progress import callback_of
from ._report import Record

#: Columns of a result, and their type in Parquet. None where a job failed, or was not asked for them.
COLUMNS = {
    "name": "string",
    "target": "string",
    "isa": "string",
    "ram_bytes": "int64",
    "arena_bytes": "int64",
    "streamed": "bool",
    "flash_bytes": "int64",
    "constants_bytes": "int64",
    "macs": "int64",
    "instructions": "int64",
    "cycles": "int64",
    "fits": "bool",
    "accuracy": "double",
    "samples": "int64",
    "error": "string",
    "warnings": "string",
    "seconds": "double",
    "key": "string",
    "pudu_version": "string",
}


@dataclasses.dataclass(frozen=True)
class Job:
    """One network on one target. Travels to other processes and machines, so that it holds bytes and no paths."""

    key: str
    name: str
    suffix: str
    model: bytes
    target: str
    options: dict[str, Any]
    limits: dict[str, int]  #: "ram", "flash": a network beyond them is not compiled
    samples: dict[str, bytes]  #: "calibration", "inputs", "labels": .npy or .npz; empty: estimates only
    sample_suffixes: dict[str, str]


def run_job(job: Job) -> dict[str, Any]:
    """The row of a job. An error of Pudu is a result; a defect is not."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"name": job.name, "target": job.target, "key": job.key, "pudu_version": __version__}
    # sweep() warns, in the process of whoever called it.
    with call() as current, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PuduWarning)
        model = current.folder / f"model{job.suffix}"
        model.write_bytes(job.model)
        current.names[str(model)] = job.name
        try:
            _evaluate(job, model, current, row)
        except Error as error:
            if error.exit_code == 70:
                raise
            error._rename_files(current.names)
            row["error"] = str(error)
    texts = dict.fromkeys(str(each.message) for each in caught if issubclass(each.category, PuduWarning))
    row["warnings"] = "\n".join(texts) or None
    return row


def _evaluate(job: Job, model: Path, current: Call, row: dict[str, Any]) -> None:
    ram, flash = job.limits.get("ram"), job.limits.get("flash")
    # What whole layers do not fit may fit by rows, unless memory="layerwise" says otherwise.
    options = {"jobs": 1, "ram": ram, **job.options}
    (found,) = estimate(model, job.target, progress=False, **options)
    names = "isa ram_bytes arena_bytes streamed flash_bytes constants_bytes macs instructions cycles seconds".split()
    row |= {name: found[name] for name in names}
    row["fits"] = (ram is None or found.ram_bytes <= ram) and (flash is None or found.flash_bytes <= flash)
    if not job.samples or not row["fits"]:
        return
    from ._commands import compile as compile_model

    files = {}
    for name, data in job.samples.items():
        files[name] = current.folder / f"{name}{job.sample_suffixes[name]}"
        files[name].write_bytes(data)
        current.names[str(files[name])] = name
    artifact = compile_model(model, calibration=files["calibration"], target=job.target, progress=False, **options)
    outputs = artifact.run(files["inputs"], progress=False)
    scores = np.asarray(outputs[0] if isinstance(outputs, tuple) else outputs)
    labels = np.load(files["labels"])
    row["accuracy"] = float((scores.reshape(len(labels), -1).argmax(1) == labels).mean())
    row["samples"] = len(labels)
    row["arena_bytes"] = artifact.report.arena_bytes


class Sweep(Sequence[Record]):
    """The results of a sweep: a row for each network and target, in the order of the arguments."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.rows = [Record(row) for row in rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __iter__(self) -> Iterator[Record]:
        return iter(self.rows)

    def fitting(self) -> list[Record]:
        """Those that were evaluated and fit the limits."""
        return [row for row in self.rows if row.error is None and row.fits]

    def best(self, by: str = "accuracy") -> Record:
        """The one that fits with the greatest value; of equals the one with fewest instructions."""
        rows = [row for row in self.fitting() if row[by] is not None]
        if not rows:
            raise ValueError(f"no network that fits has {by}")
        return max(rows, key=lambda row: (row[by], -row.instructions))

    def pareto(self, axes: Sequence[Axis] | None = None) -> list[Record]:
        """Those that fit and that no other beats on every axis: by default latency, RAM and, where there is one,
        accuracy."""
        return pareto_front(self.fitting(), list(axes or self._axes()))

    def plot(self, path: str | os.PathLike[str] | None = None, *, title: str = "Networks") -> str:
        """An SVG of instructions against RAM, coloured by accuracy, with the Pareto front; hover for names."""
        text = pareto_svg(self.fitting(), self.pareto(), title)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def _repr_html_(self) -> str:
        return self.plot()

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """All rows in one file."""
        _write_parquet(self.rows, Path(path))

    def _axes(self) -> list[Axis]:
        axes = [Axis("instructions", "least"), Axis("ram_bytes", "least")]
        if any(row.accuracy is not None for row in self.rows):
            axes.append(Axis("accuracy", "most"))
        return axes

    def __repr__(self) -> str:
        return f"<pudu.Sweep of {len(self)} results, {len(self.fitting())} fit>"


def sweep(
    models: Mapping[str, Any] | Iterable[Any],
    targets: str | Iterable[str] = "cortex-m55",
    *,
    calibration: Any = None,
    inputs: Any = None,
    labels: Any = None,
    ram: int | str | None = None,
    flash: int | str | None = None,
    results: str | os.PathLike[str] | None = None,
    address: str | None = None,
    workers: int | None = None,
    progress: Any = None,
    **options: Any,
) -> Sweep:
    """Evaluates networks on targets: RAM, flash, instructions, cycles, and accuracy where samples are given.

    Args:
        models: networks by name, or paths, whose stems are the names. Each as for pudu.compile().
        targets: CPUs of pudu.targets().
        calibration, inputs, labels: samples as for pudu.validate(): what fits is compiled and run for its accuracy.
        ram, flash: limits in bytes, or text such as "64K". A network whose whole layers need more RAM is planned by rows (`streamed`), unless
            `memory="layerwise"`. Networks beyond the limits are estimated, not compiled: `fits` is false.
        results: a folder for the results. What is there already is not done again.
        address: of a Ray cluster ("auto", "local", "ray://host:port"); None: a pool of processes on this machine.
        workers: processes of the pool, or CPUs of a local Ray; None: one a core.
        progress: as for pudu.compile(); a job is a unit.
        options: keywords of pudu.compile() that estimates and compilations share: memory, feed, input_layout, plan_time,
            optimize, isa, io, batch and others.

    Warns:
        PuduWarning: samples do not look as they should; `warnings` of a row has what was found there.

    Raises:
        UsageError, InvalidInputError: of the arguments. What a network is refused for is in its row's `error`.
    """
    names = [targets] if isinstance(targets, str) else list(targets)
    limits = {
        name: _pudu.parse_size(str(value), f"--{name}") for name, value in (("ram", ram), ("flash", flash)) if value is not None
    }
    samples = _samples(calibration, inputs, labels)
    jobs = [
        _job(name, suffix, model, target, options, limits, samples)
        for name, suffix, model in _model_bytes(models)
        for target in names
    ]
    folder = None if results is None else Path(results)
    done = {} if folder is None else _read_results(folder, {job.key for job in jobs})
    waiting = list({job.key: job for job in jobs if job.key not in done}.values())
    with callback_of(progress) as callback:
        for row in _run(waiting, address, workers):
            done[row["key"]] = row
            if folder is not None:
                _write_parquet([row], folder / f"{row['key']}.parquet")
            if callback is not None:
                callback("sweep", len(done), len({job.key for job in jobs}))
    # The same network under two names is one job.
    found = Sweep({**done[job.key], "name": job.name} for job in jobs)
    # What is said of the samples is the same for every target.
    warn(dict.fromkeys(f"{row.name}: {text}" for row in found for text in (row.warnings or "").splitlines()))
    return found


def _run(jobs: list[Job], address: str | None, workers: int | None) -> Iterator[dict[str, Any]]:
    if not jobs:
        return
    if address is not None:
        yield from _run_on_ray(jobs, address, workers)
        return
    # Not forked: the extension has threads.
    context = multiprocessing.get_context("spawn")
    count = min(workers or os.cpu_count() or 1, len(jobs))
    with concurrent.futures.ProcessPoolExecutor(count, mp_context=context) as pool:
        try:
            for future in concurrent.futures.as_completed([pool.submit(run_job, job) for job in jobs]):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _run_on_ray(jobs: list[Job], address: str, workers: int | None) -> Iterator[dict[str, Any]]:
    import ray

    started_here = not ray.is_initialized()
    if started_here:
        local = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
        ray.init(address=address, log_to_driver=False, **local)
    try:
        remote = ray.remote(num_cpus=1)(run_job)
        waiting = [remote.remote(job) for job in jobs]
        while waiting:
            ready, waiting = ray.wait(waiting)
            yield from ray.get(ready)
    finally:
        if started_here:
            ray.shutdown()


def _model_bytes(models: Mapping[str, Any] | Iterable[Any]) -> Iterator[tuple[str, str, bytes]]:
    """Name, suffix and file of each network."""
    if not isinstance(models, Mapping):
        paths = list(models)
        models = {Path(path).stem: path for path in paths}
        if len(models) != len(paths):
            raise ValueError("two networks have the same name: give a mapping of names to networks")
    for name, model in models.items():
        with call() as current:
            file = Path(current.model_file(model))
            if not file.is_file():
                estimate(file)  # raises what is wrong with it
            yield name, file.suffix, file.read_bytes()


def _samples(calibration: Any, inputs: Any, labels: Any) -> dict[str, tuple[str, bytes]]:
    """The files of samples, by argument: suffix and bytes. None or all three."""
    given = {"calibration": calibration, "inputs": inputs, "labels": labels}
    if all(value is None for value in given.values()):
        return {}
    if any(value is None for value in given.values()):
        raise ValueError("accuracy needs calibration, inputs and labels")
    result = {}
    for name, value in given.items():
        with call() as current:
            files = write_samples(value, current.folder, name)
            if len(files) != 1:
                raise ValueError(f"{name}: give a mapping, or one .npz, for a model of several inputs")
            result[name] = (Path(files[0]).suffix, Path(files[0]).read_bytes())
    return result


def _job(
    name: str,
    suffix: str,
    model: bytes,
    target: str,
    options: dict[str, Any],
    limits: dict[str, int],
    samples: dict[str, tuple[str, bytes]],
) -> Job:
    parts = [__version__.encode(), suffix.encode(), model, target.encode()]
    parts.append(json.dumps([options, limits], sort_keys=True, default=str).encode())
    for kind, (kind_suffix, data) in sorted(samples.items()):
        parts += [kind.encode(), kind_suffix.encode(), data]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return Job(
        key=digest.hexdigest()[:32],
        name=name,
        suffix=suffix,
        model=model,
        target=target,
        options=options,
        limits=limits,
        samples={kind: data for kind, (_, data) in samples.items()},
        sample_suffixes={kind: suffix for kind, (suffix, _) in samples.items()},
    )


def _write_parquet(rows: list[Any], file: Path) -> None:
    """Whole or not at all."""
    import pyarrow
    import pyarrow.parquet

    types = {"string": pyarrow.string(), "int64": pyarrow.int64(), "double": pyarrow.float64(), "bool": pyarrow.bool_()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    table = pyarrow.Table.from_pylist([{name: row[name] for name in COLUMNS} for row in rows], schema=schema)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    pyarrow.parquet.write_table(table, temporary)
    os.replace(temporary, file)


def _read_results(folder: Path, keys: set[str]) -> dict[str, dict[str, Any]]:
    """The rows of those keys that the folder has."""
    if not folder.is_dir():
        return {}
    import pyarrow.parquet

    rows = {}
    for key in keys:
        file = folder / f"{key}.parquet"
        if file.exists():
            (row,) = pyarrow.parquet.read_table(file).to_pylist()
            rows[key] = {**dict.fromkeys(COLUMNS), **row}  # of a version with fewer columns, too
    return rows
