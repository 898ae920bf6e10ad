"""Writes docs/models.md: python models_table.py PUDU FOLDER [NAME...]

Compiles every network that export.py wrote to FOLDER with the program PUDU, runs it on the held-out sample, and compares
with torch's float outputs. Figures stay in FOLDER/figures.json, so that a run with NAMEs (parts of names, as for
export.py) renews only those rows. Needs numpy.
"""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "models.md"
FULL_SIZE = ("tv/mobilenet_v2_224", "tv/mobilenet_v3_small_224", "tv/mobilenet_v3_large_224")
LIBRARIES = {"own": "written out in `examples/export/own_networks.py`", "tv": "torchvision 0.28", "timm": "timm 1.0.31",
             "rnn": "torch", "tx": "torch"}


def run(command):
    """Exit code, error output, CPU seconds and peak memory in MB of a command."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        errors.seek(0)
        return os.waitstatus_to_exitcode(status), errors.read().decode(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def sqnr_db(expected, actual):
    """Ratio of the power of the float outputs and that of the difference, over all outputs, in dB."""
    signal = sum(float((x.astype(float) ** 2).sum()) for x in expected)
    noise = sum(float(((x.astype(float) - y.astype(float).reshape(x.shape)) ** 2).sum()) for x, y in zip(expected, actual))
    return 10 * math.log10(signal / noise) if noise > 0 else math.inf


def arrays(path):
    with numpy.load(path) as file:
        return [file[f"out{i}"] for i in range(len(file.files))]


def run_outputs(path):
    """Of `pudu run`: in the order of the model's outputs."""
    if path.with_suffix(".npy").exists():
        return [numpy.load(path.with_suffix(".npy"))]
    with numpy.load(path) as file:
        return [file[name] for name in file.files]


def figures_of(pudu, model):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "out"
        calibration, held_out = model.with_suffix(".calibration.npz"), model.with_suffix(".input.npz")
        code, errors, seconds, megabytes = run(
            [pudu, "compile", model, "--calibration", calibration, "--io", "float32", "-q", "-o", output])
        if code != 0:
            reasons = [line.removeprefix("error: ").removeprefix(str(model) + ": ") for line in errors.splitlines()]
            return {"refused": reasons[0] if reasons else f"exit code {code}"}
        report = json.loads((output / "report.json").read_text())
        expected = arrays(model.with_suffix(".output.npz"))
        result = pathlib.Path(folder) / ("result.npy" if len(expected) == 1 else "result.npz")
        code, errors, _, _ = run([pudu, "run", output, "--input", held_out, "--output", result, "-q"])
        if code != 0:
            raise SystemExit(f"{model}: {errors}")
        return {
            "layers": len(report["layers"]),
            "float": report["float_operators"],
            "transposes": report["transposes"],
            "arena": report["arena_bytes"],
            "flash": report["weights_bytes"],
            "macs": report["macs"],
            "sqnr": sqnr_db(expected, run_outputs(result)),
            "seconds": seconds,
            "megabytes": megabytes,
        }


def text_of_size(size):
    return f"{size / 2**20:.2f} MB" if size >= 2**20 else f"{size / 2**10:.1f} KB"


def row(name, shape, nodes, figures):
    size = "x".join(str(x) for x in shape[1:])
    if "refused" in figures:
        reason = figures["refused"].replace("|", "/")
        return f"| {name} | {size} | {nodes} | refused: {reason} | | | | | | | |"
    floats = figures["float"]
    lowered = "all int8" if not floats else f"float: {', '.join(floats)}"
    sqnr = "exact" if math.isinf(figures["sqnr"]) else f"{figures['sqnr']:.1f}"
    return (f"| {name} | {size} | {nodes} | {lowered} | {figures['layers']} | {len(figures['transposes'])} | "
            f"{text_of_size(figures['arena'])} | {text_of_size(figures['flash'])} | {figures['macs'] / 1e6:.1f} | {sqnr} | "
            f"{figures['seconds']:.1f} s, {figures['megabytes']:.0f} MB |")


def document(rows):
    survey = [figures for name, figures in rows.items() if not name.startswith("own/") and name not in FULL_SIZE]
    lowered = sum("refused" not in f and not f["float"] for f in survey)
    lines = [
        "# Networks",
        "Written by `examples/export/models_table.py`; do not edit. How to make the networks and this table again:",
        "[examples/export](../examples/export/README.md).",
        "",
        f"Of {len(survey)} popular small networks of torchvision, timm and torch, {lowered} compile with no float operator.",
        "",
        "Weights are random with a fixed seed, batch norms settled on random images, calibration on 8 random samples, so",
        "accuracy of a class says nothing here. SQNR compares the int8 outputs with torch's float outputs, on a sample that",
        "is none of the 8. The outputs of a deep network of random weights hardly depend on its input, and rounding errors",
        "grow from layer to layer, so the figures of deep networks are low; they serve to compare versions of Pudu. What",
        "trained networks keep stands in [quantization.md](quantization.md).",
        "Target cortex-m55, arena and flash (constants) as compiled for it; MACs in millions;",
        "cost of the compilation as CPU seconds and peak memory of `pudu compile`. Transposes include the one at an image",
        "input, which `--input-layout nhwc` removes.",
        "",
        "`own/` is " + LIBRARIES["own"] + "; `tv/` " + LIBRARIES["tv"] + "; `timm/` " + LIBRARIES["timm"] + ".",
        "",
        "| network | input | nodes | lowered | kernel calls | transposes | arena | flash | MACs (M) | SQNR (dB) | compiled in |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    pudu, folder, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    store = folder / "figures.json"
    known = json.loads(store.read_text()) if store.exists() else {}
    networks = json.loads((folder / "networks.json").read_text())
    for name, facts in networks.items():
        if name in known and not any(part in name for part in names):
            continue
        known[name] = figures_of(pudu, folder / (name + ".pt2"))
        store.write_text(json.dumps(known, indent=1))
        print(row(name, facts["shape"], facts["nodes"], known[name]), flush=True)
    text = document({name: known[name] for name in networks})
    text += "".join(row(name, facts["shape"], facts["nodes"], known[name]) + "\n" for name, facts in networks.items())
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
