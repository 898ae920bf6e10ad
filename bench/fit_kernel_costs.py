"""Fits what kernels cost to counts in QEMU, and writes src/driver/kernel_cost_table.inc, from which pudu estimate works.

Networks of tests/data are compiled and benched for a core of each ISA. Of each kernel and ISA, the instructions of a call
are fitted by a sum with no negative part: something for each call, multiply-accumulate, element read, element written, and
instruction that the model which chose the kernel predicts. Relative errors are minimized, so that small layers count as
much as large ones. Cycles of an instruction are the mean over the calls of a kernel, code is fitted by the number of
kernels and calls. Kernels that only plans by rows choose are measured there; of them only the model's part is fitted, since
it knows the steps and a report does not.

usage: fit_kernel_costs.py PUDU WORK_DIR [--write [--keep]]
       without --write: prints the errors only; with --keep only rows are written that the table does not have
"""

import argparse
import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "tests" / "data"
CORES = {"cortex-m0": ("Scalar", "M0"), "cortex-m4": ("Dsp", "M4"), "cortex-m55": ("Mve", "DualBeat")}
NETWORKS = "tiny_cnn ds_cnn resnet8 deep_autoencoder mobilenet_v1_025 mobilenet_v3_small_025 three_convs".split()
DIGITS = ["digits_cnn", "digits_ds"]
QUANTIZED = ["kws", "ic", "vww", "ad"]
BY_ROWS = {("ic_by_rows", "cortex-m4"): [DATA / "mlperf_tiny" / "ic.tflite", "--ram", "14700"]}
# Of one width, and with int8 values between those of int16: kernels from one to the other.
INT16 = {
    "ds_cnn": ["all:conv2d,linear", "conv2d,conv2d_2,conv2d_3,conv2d_5,linear"],
    "digits_ds": ["all:conv2d,linear", "conv2d_1,conv2d_3"],
    "digits_cnn": ["all:conv2d,linear", "conv2d_1"],
    "mobilenet_v1_025": ["all:conv2d,linear", "conv2d_1,conv2d_2,conv2d_5,conv2d_6,conv2d_9,linear"],
    "resnet8": ["all:conv2d,linear"],
    "deep_autoencoder": ["all:linear", "linear_1,linear_3,linear_5"],
}
KERNELS_BY_ROWS = {"conv2d_winograd_rows_dsp_s8"}
# Layers of probes are tiny: they count where no network has the kernel.
FEATURES = ["per_call", "per_mac", "per_read", "per_written", "per_modelled"]


def int16_sources():
    """Networks with values of 16 bits, by the name of the network, "@int16" and a number."""
    for name, lists in INT16.items():
        calibration = "digits_calib.npy" if name in DIGITS else f"{name}.calib0.npy"
        for number, values in enumerate(lists):
            arguments = [DATA / "models" / f"{name}.pt2", "--calibration", DATA / "models" / calibration, "--int16", values]
            yield f"{name}@int16_{number}", arguments


def sources():
    for name in NETWORKS:
        yield name, [DATA / "models" / f"{name}.pt2", "--calibration", DATA / "models" / f"{name}.calib0.npy"]
    for name in DIGITS:
        yield name, [DATA / "models" / f"{name}.pt2", "--calibration", DATA / "models" / "digits_calib.npy"]
    for name, arguments in int16_sources():
        yield name, arguments
    for name in QUANTIZED:
        yield name, [DATA / "mlperf_tiny" / f"{name}.tflite"]
    for file in sorted((DATA / "probes").glob("*.pt2")) + sorted((DATA / "operators").glob("*.pt2")):
        yield f"probe_{file.stem}", [file]


def measure(pudu: str, work: Path, core: str, name: str, arguments: list) -> dict | None:
    """The report of a benched model; made once. None where the network does not compile."""
    file = work / f"{name}.{core}.json"
    if not file.exists() or file.stat().st_size == 0:
        folder = work / f"o_{name}.{core}"
        compiled = [pudu, "compile", *map(str, arguments), "--target", core, "-o", str(folder), "-q", "--effort", "fast"]
        if name.startswith("probe_"):
            compiled.append("--quantize")
        if subprocess.run(compiled, capture_output=True).returncode != 0:
            return None
        result = subprocess.run([pudu, "bench", str(folder), "--json"], capture_output=True, text=True)
        if result.returncode != 0:
            return None
        file.write_text(result.stdout)
    return json.loads(file.read_text())


def rows_of(report: dict):
    """(kernel, features, instructions, cycles) of each layer."""
    for index, layer in enumerate(report["layers"]):
        if not layer.get("instructions"):
            continue
        written = float(np.prod(layer["output_shape"]))
        read = float(sum(b["bytes"] for b in report["buffers"] if index in b.get("read_by", []) and b["kind"] != "scratch"))
        features = [1.0, float(layer["macs"]), read, written, float(layer.get("estimated_instructions") or 0)]
        cycles = (layer.get("executed") or {}).get("cycles")
        yield layer["kernel"], features, float(layer["instructions"]), cycles


def fit(features: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares of relative errors without negative parts (Lawson and Hanson's active set, small enough to be plain)."""
    matrix = features / wanted[:, None]
    target = np.ones(len(wanted))
    used = [i for i in range(matrix.shape[1]) if matrix[:, i].any()]
    while used:
        # A little towards zero: with two layers, five parts are not determined.
        scale = np.linalg.norm(matrix[:, used], axis=0)
        scaled = matrix[:, used] / scale
        found = np.linalg.solve(scaled.T @ scaled + 1e-4 * np.eye(len(used)), scaled.T @ target) / scale
        if (found >= 0).all():
            result = np.zeros(matrix.shape[1])
            result[used] = found
            return result
        used.remove(used[int(np.argmin(found * scale))])
    return np.zeros(matrix.shape[1])


def of_networks(rows: list) -> list:
    """Those whose last part says that they are of networks; all where none is."""
    return [row for row in rows if row[-1]] or rows


def fit_all(reports: dict) -> tuple[dict, dict, dict]:
    """Costs by (kernel, isa), cycles by (kernel, model), code by isa; the empty kernel is the ordinary one."""
    layers, code = defaultdict(list), defaultdict(list)
    for (name, core), report in reports.items():
        isa, model = CORES[core]
        is_network = not name.startswith("probe_")
        if (name, core) in BY_ROWS:
            for kernel, features, instructions, cycles in rows_of(report):
                if kernel in KERNELS_BY_ROWS:
                    layers[kernel, isa, model].append(([0.0] * 4 + features[4:], instructions, cycles, is_network))
            continue
        for kernel, features, instructions, cycles in rows_of(report):
            layers[kernel, isa, model].append((features, instructions, cycles, is_network))
            layers["", isa, model].append((features[:4] + [0.0], instructions, cycles, is_network))
        if report.get("code_bytes"):
            kernels = len({layer["kernel"] for layer in report["layers"]})
            code[isa].append((kernels, len(report["layers"]), report["code_bytes"], is_network))
    costs, cycles_of = {}, {}
    for (kernel, isa, model), all_rows in layers.items():
        rows = of_networks(all_rows)
        costs[kernel, isa] = fit(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))
        counted = [(r[2], r[1]) for r in rows if r[2] is not None]
        if counted:
            cycles_of[kernel, model] = float(np.mean([c / i for c, i in counted]))
    codes = {}
    for isa, rows in code.items():
        table = np.array(of_networks(rows), float)
        codes[isa] = fit(np.column_stack([np.ones(len(table)), table[:, 0], table[:, 1]]), table[:, 2])
    return costs, cycles_of, codes


def whole_errors(reports: dict, costs: dict) -> dict:
    """By network and core: estimated instructions of its layers over those counted, minus 1."""
    errors = {}
    for (name, core), report in reports.items():
        if (name, core) in BY_ROWS:
            continue
        isa = CORES[core][0]
        rows = list(rows_of(report))
        counted = sum(row[2] for row in rows)
        if not rows:
            continue
        estimate = sum(float(np.dot(costs.get((row[0], isa), costs["", isa]), row[1])) for row in rows)
        errors[name, core] = estimate / counted - 1
    return errors


def network_of(name: str) -> str:
    return name.split("@")[0]


def held_out_errors(reports: dict) -> dict:
    """As whole_errors, each network with costs that were fitted without it (and without what is made of it)."""
    errors = {}
    for network in dict.fromkeys(network_of(name) for name, _ in reports):
        rest = {key: report for key, report in reports.items() if network_of(key[0]) != network}
        costs, _, _ = fit_all(rest)
        errors.update(whole_errors({key: report for key, report in reports.items() if network_of(key[0]) == network}, costs))
    return errors


def rows_of_table(file: Path) -> dict:
    """Lines of the table by what they begin with, up to the figures: kernel and instruction set, or core."""
    lines = (line for line in file.read_text().splitlines() if line.startswith("    {"))
    return {re.match(r'    {("[^"]*", )?[A-Za-z]+::[A-Za-z0-9]+, ', line)[0]: line for line in lines}


def write_table(costs: dict, cycles: dict, codes: dict, file: Path, kept: dict) -> None:
    lines = ["// Written by bench/fit_kernel_costs.py from counts in QEMU; not to be edited.", ""]
    lines.append(f"constexpr std::array<CostRow, {len(costs)}> cost_rows = {{{{")
    for (kernel, isa), cost in sorted(costs.items()):
        parts = ", ".join(f".{name} = {value:.6g}" for name, value in zip(FEATURES, cost, strict=True) if value > 0)
        lines.append(f'    {{"{kernel}", Isa::{isa}, {{{parts}}}}},')
    lines += ["}};", "", f"constexpr std::array<CycleRow, {len(cycles)}> cycle_rows = {{{{"]
    for (kernel, model), value in sorted(cycles.items()):
        lines.append(f'    {{"{kernel}", CycleModel::{model}, {value:.4g}}},')
    lines += ["}};", "", f"constexpr std::array<CodeRow, {len(codes)}> code_rows = {{{{"]
    for isa, value in sorted(codes.items()):
        lines.append(f"    {{Isa::{isa}, {value[0]:.6g}, {value[1]:.6g}, {value[2]:.6g}}},")
    lines += ["}};", ""]
    begins = sorted(kept, key=len, reverse=True)
    lines = [next((kept[begin] for begin in begins if line.startswith(begin)), line) for line in lines]
    file.write_text("\n".join(lines))


def print_errors(title: str, errors: dict) -> None:
    print(title)
    for core in CORES:
        of_core = {name: error for (name, c), error in errors.items() if c == core and not name.startswith("probe_")}
        text = ", ".join(f"{name} {error:+.1%}" for name, error in of_core.items())
        if of_core:
            print(f"  {core}: mean of magnitudes {np.mean([abs(e) for e in of_core.values()]):.1%}; {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pudu")
    parser.add_argument("work", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--keep", action="store_true", help="rows that the table has stay as they are")
    parser.add_argument("--measured-only", action="store_true", help="what WORK_DIR has, without measuring more")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    reports = {}
    for core in CORES:
        by_rows = [(name, source) for (name, of), source in BY_ROWS.items() if of == core]
        for name, source in [*sources(), *by_rows]:
            if arguments.measured_only and not (arguments.work / f"{name}.{core}.json").exists():
                continue
            report = measure(arguments.pudu, arguments.work, core, name, source)
            if report is not None:
                reports[name, core] = report
    costs, cycles, codes = fit_all(reports)
    print_errors("estimated instructions against counted ones", whole_errors(reports, costs))
    print_errors("the same, each network with costs fitted without it", held_out_errors(reports))
    if arguments.write:
        table = REPOSITORY / "src" / "driver" / "kernel_cost_table.inc"
        write_table(costs, cycles, codes, table, rows_of_table(table) if arguments.keep else {})


if __name__ == "__main__":
    main()
