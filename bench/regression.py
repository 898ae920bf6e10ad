"""Compares results with bench/expected.json, and checks the fixed limits."""

from dataclasses import dataclass
from enum import Enum

TOLERANCE = 0.02
# Per target. Less is better.
FIGURES = ("instructions", "arena_bytes", "code_bytes")
# These depend on the cross compiler: with another version than expected.json's they are shown and not enforced.
COMPILER_FIGURES = ("instructions", "code_bytes")

# network -> what compiling it may take.
MAX_WALL_SECONDS = {"mv2_96": 3.0}
MAX_PEAK_BYTES = {"mv2_96": 400_000_000}


class Verdict(Enum):
    REGRESSED = "regressed"  # the run fails
    UNEXPECTED = "not in expected.json"  # the run fails
    IMPROVED = "improved"
    OTHER_COMPILER = "differs, with another cross compiler"


FAILURES = (Verdict.REGRESSED, Verdict.UNEXPECTED)


@dataclass(frozen=True)
class Finding:
    verdict: Verdict
    network: str
    cpu: str
    figure: str
    expected: int
    measured: int

    def __str__(self) -> str:
        place = f"{self.network} on {self.cpu}"
        if self.verdict is Verdict.UNEXPECTED:
            return f"{place}: {self.verdict.value}; bench/run --bless adds it"
        percent = 100 * (self.measured / self.expected - 1) if self.expected else float("inf")
        return f"{place}: {self.figure} {self.verdict.value}: {self.measured:,} instead of {self.expected:,} ({percent:+.1f} %)"


def compare(results: dict, expected: dict) -> list[Finding]:
    """Every figure that differs by more than TOLERANCE, and every target that expected.json lacks."""
    same_compiler = results["toolchain"] == expected["toolchain"]
    findings = []
    groups = ("networks", "tflite")
    measured = {name: (network, group) for group in groups for name, network in results.get(group, {}).items()}
    for name, (network, group) in measured.items():
        known = expected.get(group, {}).get(name, {}).get("targets", {})
        for cpu, target in network["targets"].items():
            if cpu not in known:
                findings.append(Finding(Verdict.UNEXPECTED, name, cpu, "", 0, 0))
                continue
            for figure in FIGURES:
                before, now = known[cpu][figure], target[figure]
                if abs(now - before) <= TOLERANCE * before:
                    continue
                verdict = Verdict.REGRESSED if now > before else Verdict.IMPROVED
                if figure in COMPILER_FIGURES and not same_compiler:
                    verdict = Verdict.OTHER_COMPILER
                findings.append(Finding(verdict, name, cpu, figure, before, now))
    return findings


def exceeded_limits(results: dict) -> list[str]:
    """One line for each limit that a measured network does not keep."""
    lines = []
    for name, network in results["networks"].items():
        took = network["compile"]
        if name in MAX_WALL_SECONDS and took["wall_seconds"] >= MAX_WALL_SECONDS[name]:
            lines.append(f"{name}: compiling took {took['wall_seconds']:.2f} s of wall time ({took['cpu_seconds']:.2f} s of CPU "
                         f"time); it must be less than {MAX_WALL_SECONDS[name]:g} s")
        if name in MAX_PEAK_BYTES and took["peak_bytes"] >= MAX_PEAK_BYTES[name]:
            lines.append(f"{name}: compiling took {took['peak_bytes'] / 1e6:.0f} MB; it must be less than "
                         f"{MAX_PEAK_BYTES[name] / 1e6:.0f} MB")
    return lines
