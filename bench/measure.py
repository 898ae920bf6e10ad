"""Runs the compiler on the networks and gathers figures. The results are a plain dictionary, the content of results.json
and of expected.json; tables.py renders it and regression.py compares it:

  toolchain  the cross compiler's version line: instructions and code bytes depend on it
  networks   name -> macs, parameters, weights_bytes, calibration_samples,
                     compile  {wall_seconds, cpu_seconds, peak_bytes, stages: name -> seconds}
                     quality  {samples, sqnr_db, and with labels correct, float_correct}
                     targets  cpu -> {isa, arena_bytes, lower_bound_bytes, instructions, code_bytes, constants_bytes,
                                      stack_bytes}
  tflite     name -> macs, weights_bytes, targets as above: of int8 .tflite files, whose outputs are checked
"""

import concurrent.futures
import json
import math
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import npy
import regression
from suite import HOST_CPU, REPOSITORY, Network, TfliteNetwork

# Best of so many compilations: what else the machine does can only slow one down. Where the best is over the limit, up to
# MAX_COMPILE_RUNS, so that a busy machine alone does not fail the run.
COMPILE_RUNS = 3
MAX_COMPILE_RUNS = 8


class BenchError(Exception):
    """A command failed, or gave a wrong result; the message says which."""


@dataclass(frozen=True)
class Usage:
    """What one process took."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


def run_process(command: list[str]) -> tuple[str, Usage]:
    """Runs a command to its end and returns its standard output and what it took; BenchError when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            message = errors.read().decode(errors="replace").strip()
            raise BenchError(f"{' '.join(command)}: exit code {process.returncode}\n{message}")
        # ru_maxrss is in KiB on Linux.
        return output.read().decode(), Usage(wall_seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


class Bench:
    """Measures with one compiler binary; everything it makes goes below `output`."""

    def __init__(self, pudu: Path, output: Path, say: Callable[[str], None]):
        self._pudu = str(pudu)
        self._output = output
        self._say = say

    def _folder(self, network: Network | TfliteNetwork, cpu: str) -> Path:
        return self._output / "artifacts" / network.name / cpu

    def _compile(self, network: Network, cpu: str) -> tuple[dict, Usage]:
        text, usage = run_process([self._pudu, "compile", "--json", str(network.model), "--target", cpu, "--calibration",
                                   str(network.calibration), "-o", str(self._folder(network, cpu))])
        return json.loads(text), usage

    def _simulate(self, network: Network, what: Path, output: Path) -> npy.Array:
        run_process([self._pudu, "run", str(what), "--json", "--input", str(network.inputs), "--output", str(output)])
        return npy.read(output)

    def compile_host(self, network: Network) -> dict:
        """Compiles for HOST_CPU: time, memory, and what does not depend on the CPU."""
        self._say(f"compile {network.name}")
        limit = regression.MAX_WALL_SECONDS.get(network.name, math.inf)
        runs = [self._compile(network, HOST_CPU) for _ in range(COMPILE_RUNS)]
        while min(usage.wall_seconds for _, usage in runs) >= limit and len(runs) < MAX_COMPILE_RUNS:
            runs.append(self._compile(network, HOST_CPU))
        report, best = min(runs, key=lambda run: run[1].wall_seconds)
        return {
            "macs": report["macs"],
            "parameters": report["parameters"],
            "weights_bytes": report["weights_bytes"],
            "calibration_samples": npy.read(network.calibration).shape[0],
            "compile": {
                "wall_seconds": round(best.wall_seconds, 2),
                "cpu_seconds": round(min(usage.cpu_seconds for _, usage in runs), 2),
                "peak_bytes": max(usage.peak_bytes for _, usage in runs),
                "stages": {stage["name"]: round(stage["seconds"], 3) for stage in report["stages"]},
            },
            "quality": self._quality(network),
            "targets": {},
        }

    def _quality(self, network: Network) -> dict:
        """Against torch's float outputs, on the host simulator, which gives the same bytes as every board."""
        folder = self._folder(network, HOST_CPU)
        scores = self._simulate(network, folder, folder / "outputs.npy")
        reference = npy.read(network.float_outputs)
        quality = {"samples": scores.shape[0], "sqnr_db": round(npy.sqnr_db(reference.values, scores.values), 1)}
        if network.labels:
            labels = npy.read(network.labels)
            quality["correct"] = npy.count_correct(scores, labels)
            quality["float_correct"] = npy.count_correct(reference, labels)
        return quality

    def measure_board(self, network: Network, cpu: str) -> dict:
        """Runs the first sample on the emulated board and checks that the host simulator gives the same bytes."""
        self._say(f"{network.name} on {cpu}")
        folder = self._folder(network, cpu)
        report, _ = self._compile(network, cpu)
        arguments = [str(folder), "--json", "--raw", "--limit", "1", "--input", str(network.inputs)]
        text, _ = run_process([self._pudu, "run", *arguments, "--on", "qemu", "--output", str(folder / "board.npy"),
                               "--work-dir", str(self._output / "firmware" / cpu)])
        run_process([self._pudu, "run", *arguments, "--output", str(folder / "host.npy")])
        if (folder / "board.npy").read_bytes() != (folder / "host.npy").read_bytes():
            raise BenchError(f"{network.name} on {cpu}: the emulated board and the host simulator give different bytes")
        return _target_figures(report, json.loads(text))

    def compile_tflite(self, network: TfliteNetwork) -> dict:
        """Compiles for HOST_CPU: what does not depend on the CPU."""
        self._say(f"compile {network.name}.tflite")
        report, _ = self._compile_tflite(network, HOST_CPU)
        return {"macs": report["macs"], "weights_bytes": report["weights_bytes"], "targets": {}}

    def _compile_tflite(self, network: TfliteNetwork, cpu: str) -> tuple[dict, Usage]:
        text, usage = run_process([self._pudu, "compile", "--json", str(network.model), "--target", cpu,
                                   "-o", str(self._folder(network, cpu))])
        return json.loads(text), usage

    def measure_tflite(self, network: TfliteNetwork, cpu: str) -> dict:
        """Runs all samples on the emulated board and checks that the outputs are the recorded ones, byte for byte."""
        self._say(f"{network.name}.tflite on {cpu}")
        folder = self._folder(network, cpu)
        report, _ = self._compile_tflite(network, cpu)
        shape = next(tuple(port["shape"]) for port in report["io"] if port["direction"] == "input")
        samples = [file.read_bytes() for file in network.inputs]
        npy.write_int8(folder / "inputs.npy", (len(samples), *shape), b"".join(samples))
        text, _ = run_process([self._pudu, "run", str(folder), "--json", "--raw", "--on", "qemu", "--input",
                               str(folder / "inputs.npy"), "--output", str(folder / "board.npy"),
                               "--work-dir", str(self._output / "firmware" / cpu)])
        found = bytes(value & 0xFF for value in npy.read(folder / "board.npy").values)
        if found != b"".join(file.read_bytes() for file in network.outputs):
            raise BenchError(f"{network.name}.tflite on {cpu}: the outputs are not those of TensorFlow Lite's interpreter")
        return _target_figures(report, json.loads(text))


def _target_figures(report: dict, board: dict) -> dict:
    return {
        "isa": report["target"]["isa"],
        "arena_bytes": report["arena_bytes"],
        "lower_bound_bytes": report["lower_bound_bytes"],
        "instructions": board["instructions"][0],
        "code_bytes": board["code_bytes"],
        "constants_bytes": board["constants_bytes"],
        "stack_bytes": board["stack_bytes"],
    }


def toolchain() -> str:
    """First line of the cross compiler's version."""
    return run_process(["arm-none-eabi-g++", "--version"])[0].splitlines()[0]


def generate_models(generated: Path) -> None:
    """Writes mv2_96.pt2 where it is missing."""
    model = generated / "mv2_96.pt2"
    if not model.exists():
        generated.mkdir(parents=True, exist_ok=True)
        partial = generated / "mv2_96.part.pt2"
        run_process(["python3", str(REPOSITORY / "tests" / "data" / "make_mv2_96.py"), str(partial)])
        partial.rename(model)


def measure(bench: Bench, networks: list[Network], tflite: list[TfliteNetwork], cpus: tuple[str, ...] | None,
            jobs: int) -> dict:
    """Compiles one after another, since time is measured, then runs the boards of `jobs` CPUs side by side.
    `cpus` limits the boards; None takes all."""
    results = {"toolchain": toolchain(), "networks": {n.name: bench.compile_host(n) for n in networks},
               "tflite": {n.name: bench.compile_tflite(n) for n in tflite}}
    _measure_boards(networks, bench.measure_board, cpus, jobs, results["networks"])
    _measure_boards(tflite, bench.measure_tflite, cpus, jobs, results["tflite"])
    return results


def _measure_boards(networks: list, measure_board: Callable, cpus: tuple[str, ...] | None, jobs: int, results: dict) -> None:
    """Fills the targets of every network in `results`."""
    by_cpu: dict[str, list] = {}
    for network in networks:
        for cpu in network.cpus:
            if cpus is None or cpu in cpus:
                by_cpu.setdefault(cpu, []).append(network)

    # One CPU's boards share a folder of compiled kernels, so they stay in one thread.
    def measure_cpu(cpu: str) -> dict[str, dict]:
        return {network.name: measure_board(network, cpu) for network in by_cpu[cpu]}

    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        figures = dict(zip(by_cpu, pool.map(measure_cpu, by_cpu)))
    for network in networks:
        results[network.name]["targets"] = {cpu: figures[cpu][network.name] for cpu in network.cpus if cpu in figures}
