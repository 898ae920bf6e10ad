"""Renders results beside the baselines as Markdown tables, aligned so that they also read well on a terminal, and keeps
the blocks of the documents that hold these tables equal to expected.json.

A block of a document stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; NAME is a key of blocks().
"""

import re
from pathlib import Path

from suite import HOST_CPU, REPOSITORY

MIB = 1024 * 1024
# Documents that may hold blocks. README.md shows what it wants of them.
DOCUMENTS = (REPOSITORY / "docs" / "benchmarks.md", REPOSITORY / "docs" / "comparison.md", REPOSITORY / "README.md")
_BLOCK = re.compile(r"(<!-- bench:([a-z_]+) -->\n).*?(<!-- /bench:\2 -->)", re.DOTALL)

NONE = "-"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table. The first column and CPUs are left-aligned, the others, which hold figures, right-aligned."""
    left = [column == 0 or title == "CPU" for column, title in enumerate(header)]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(cells: list[str]) -> str:
        padded = [cell.ljust(width) if left[column] else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(cells, widths))]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * width if left[column] else "-" * (width - 1) + ":") for column, width in enumerate(widths)]
    return "\n".join([line(header), line(rule), *map(line, rows)]) + "\n"


def _count(value: int | None) -> str:
    return NONE if value is None else f"{value:,}"


def _decimal(value: float | None, digits: int = 1) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def _ratio(ours: float, theirs: float | None) -> str:
    """Ours in theirs: below 1.00 where ours is less."""
    return NONE if theirs is None else f"{ours / theirs:.2f}"


def _baseline(baselines: dict, network: str, figure: str, cpu: str | None = None):
    value = baselines["networks"].get(network, {}).get(figure)
    return value.get(cpu) if value is not None and cpu is not None else value


def compile_table(results: dict, baselines: dict) -> str:
    rows = []
    for name, network in results["networks"].items():
        took = network["compile"]
        rows.append([
            name, _count(network["parameters"]), _decimal(took["wall_seconds"], 2), _decimal(took["cpu_seconds"], 2),
            _decimal(_baseline(baselines, name, "cpu_seconds")), _decimal(took["peak_bytes"] / MIB, 0),
            _count(_baseline(baselines, name, "peak_mib")),
        ])
    return table(["network", "parameters", "wall s", "CPU s", "ExecuTorch CPU s", "peak MiB", "ExecuTorch peak MiB"], rows)


def stages_table(results: dict) -> str:
    """Where the time of the largest network goes. What would show as 0.000 is summed up in one row."""
    name, network = max(results["networks"].items(), key=lambda item: item[1]["parameters"])
    stages = network["compile"]["stages"]
    short = [seconds for seconds in stages.values() if seconds < 0.0005]
    hidden = len(short) > 1
    rows = [[stage, _decimal(seconds, 3)] for stage, seconds in stages.items() if not hidden or seconds >= 0.0005]
    if hidden:
        rows.append([f"{len(short)} others", _decimal(sum(short), 3)])
    return table([f"stage of {name}", "s"], rows)


def memory_table(results: dict, baselines: dict) -> str:
    rows = []
    for name, network in results["networks"].items():
        for cpu, target in network["targets"].items():
            rows.append([
                name, cpu, _count(target["arena_bytes"]), _count(target["lower_bound_bytes"]),
                _count(_baseline(baselines, name, "planned_bytes", cpu)), _count(target["stack_bytes"]),
                _count(network["weights_bytes"]), _count(_baseline(baselines, name, "pte_bytes", cpu)),
            ])
    return table(["network", "CPU", "arena B", "lower bound B", "ExecuTorch planned B", "stack B", "weights B",
                  "ExecuTorch .pte B"], rows)


def _executorch_flash(baselines: dict, name: str, cpu: str) -> int | None:
    runtime = _baseline(baselines, name, "runtime_bytes", cpu)
    return None if runtime is None else runtime + _baseline(baselines, name, "pte_bytes", cpu)


def target_table(results: dict, baselines: dict) -> str:
    rows = []
    for name, network in results["networks"].items():
        for cpu, target in network["targets"].items():
            theirs = _baseline(baselines, name, "instructions", cpu)
            rows.append([
                name, cpu, _count(target["instructions"]), _decimal(target["instructions"] / network["macs"], 2),
                _count(theirs), _ratio(target["instructions"], theirs), _count(target["code_bytes"]),
                _count(_baseline(baselines, name, "runtime_bytes", cpu)),
                _count(target["code_bytes"] + target["constants_bytes"]), _count(_executorch_flash(baselines, name, cpu)),
            ])
    return table(["network", "CPU", "instructions", "per MAC", "ExecuTorch", "ours / theirs", "code B", "ExecuTorch code B",
                  "flash B", "ExecuTorch flash B"], rows)


def tflm_table(results: dict, baselines: dict) -> str:
    """Against TFLM's interpreter with CMSIS-NN on the same .tflite files."""
    rows = []
    for name, network in results["tflite"].items():
        theirs = baselines["tflm"]["networks"].get(name, {})
        for cpu, target in network["targets"].items():
            instructions = theirs.get("instructions", {}).get(cpu)
            code = theirs.get("flash_bytes", {}).get(cpu)
            rows.append([
                name, cpu, _count(target["instructions"]), _decimal(target["instructions"] / network["macs"], 2),
                _count(instructions), _ratio(target["instructions"], instructions), _count(target["arena_bytes"]),
                _count(theirs.get("arena_bytes", {}).get(cpu)), _count(target["code_bytes"]), _count(code),
                _count(target["code_bytes"] + target["constants_bytes"]),
                _count(None if code is None else code + theirs["tflite_bytes"]),
            ])
    return table(["network", "CPU", "instructions", "per MAC", "TFLM", "ours / theirs", "arena B", "TFLM arena B", "code B",
                  "TFLM code B", "flash B", "TFLM flash B"], rows)


def _percent(correct: int | None, samples: int) -> str:
    return NONE if correct is None else f"{100 * correct / samples:.2f} %"


def quality_table(results: dict, baselines: dict) -> str:
    rows = []
    for name, network in results["networks"].items():
        quality = network["quality"]
        samples = quality["samples"]
        rows.append([
            name, _count(network["calibration_samples"]), _count(samples), _decimal(quality["sqnr_db"]),
            _decimal(_baseline(baselines, name, "sqnr_db")), _percent(quality.get("float_correct"), samples),
            _percent(quality.get("correct"), samples), _percent(_baseline(baselines, name, "correct"), samples),
        ])
    return table(["network", "calibration samples", "samples", "SQNR dB", "ExecuTorch SQNR dB", "float accuracy",
                  "int8 accuracy", "ExecuTorch accuracy"], rows)


def summary_table(results: dict, baselines: dict) -> str:
    """For the README: the networks that have a baseline on target, on the Cortex-M55, ours before ExecuTorch's."""
    rows = []
    for name, network in results["networks"].items():
        theirs = _baseline(baselines, name, "instructions", HOST_CPU)
        target = network["targets"].get(HOST_CPU)
        if theirs is None or target is None:
            continue
        took, quality = network["compile"], network["quality"]
        pairs = [
            (_decimal(took["cpu_seconds"], 2), _decimal(_baseline(baselines, name, "cpu_seconds"))),
            (_decimal(took["peak_bytes"] / MIB, 0), _count(_baseline(baselines, name, "peak_mib"))),
            (_count(target["arena_bytes"]), _count(_baseline(baselines, name, "planned_bytes", HOST_CPU))),
            (_count(target["code_bytes"] + target["constants_bytes"]), _count(_executorch_flash(baselines, name, HOST_CPU))),
            (_count(target["instructions"]), _count(theirs)),
            (_decimal(quality["sqnr_db"]), _decimal(_baseline(baselines, name, "sqnr_db"))),
        ]
        rows.append([name, *(f"{ours} / {other}" for ours, other in pairs)])
    return table(["Pudu / ExecuTorch", "compile CPU s", "compile peak MiB", "arena B", "flash B", "instructions",
                  "SQNR dB"], rows)


def blocks(results: dict, baselines: dict) -> dict[str, str]:
    """Every table, by the name that documents call it."""
    return {
        "compile": compile_table(results, baselines),
        "stages": stages_table(results),
        "memory": memory_table(results, baselines),
        "target": target_table(results, baselines),
        "tflm": tflm_table(results, baselines),
        "quality": quality_table(results, baselines),
        "summary": summary_table(results, baselines),
    }


def document(results: dict, baselines: dict) -> str:
    """results.md: all tables with their titles."""
    tables = blocks(results, baselines)
    titles = {
        "compile": f"Compiling for {HOST_CPU}",
        "stages": "Stages of the compilation",
        "quality": "Quality of the int8 network against the float network",
        "memory": "Memory",
        "target": "On target: instructions per inference (instructions, not cycles) and flash",
        "tflm": "MLPerf Tiny's int8 .tflite files, beside TFLM with CMSIS-NN",
    }
    parts = [f"# Results\n\nCross compiler: {results['toolchain']}. Baselines: {baselines['source']}\n"]
    parts += [f"## {title}\n\n{tables[name]}" for name, title in titles.items()]
    return "\n".join(parts)


def rewrite_blocks(text: str, tables: dict[str, str]) -> str:
    """The document with its blocks filled anew; KeyError for a block that is no table."""
    return _BLOCK.sub(lambda match: match[1] + tables[match[2]] + match[3], text)


def block_names(text: str) -> list[str]:
    return [match[2] for match in _BLOCK.finditer(text)]


def update_documents(expected: dict, baselines: dict) -> list[Path]:
    """Fills the blocks of DOCUMENTS from expected.json; returns what changed."""
    tables = blocks(expected, baselines)
    changed = []
    for file in DOCUMENTS:
        if not file.exists():
            continue
        text = file.read_text(encoding="utf-8")
        rewritten = rewrite_blocks(text, tables)
        if rewritten != text:
            file.write_text(rewritten, encoding="utf-8")
            changed.append(file)
    return changed
