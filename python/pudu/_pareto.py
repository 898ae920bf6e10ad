"""Pareto fronts, and their picture as one SVG file."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Sequence
from typing import Any, Literal


@dataclasses.dataclass(frozen=True)
class Axis:
    """A column of the results, and which end of it is wanted."""

    column: str
    wanted: Literal["least", "most"] = "least"

    def cost(self, row: Any) -> float:
        value = row[self.column]
        if value is None:
            return math.inf
        return float(value) if self.wanted == "least" else -float(value)


def pareto_front(rows: Sequence[Any], axes: Sequence[Axis]) -> list[Any]:
    """The rows that no other is as good as on every axis and better on one, by the first axis."""
    costs = [tuple(axis.cost(row) for axis in axes) for row in rows]
    front = [
        row
        for row, cost in zip(rows, costs, strict=True)
        if not any(other != cost and all(o <= c for o, c in zip(other, cost, strict=True)) for other in costs)
    ]
    return sorted(front, key=lambda row: axes[0].cost(row))


_WIDTH, _HEIGHT = 720, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 120, 44, 56


class _Scale:
    """Values to pixels, by their logarithm; ticks at 1, 2 and 5."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        self._low, self._high = math.log10(min(values) / 1.15), math.log10(max(values) * 1.15)
        self._begin, self._end = begin, end

    def __call__(self, value: float) -> float:
        return self._begin + (math.log10(value) - self._low) / (self._high - self._low) * (self._end - self._begin)

    def ticks(self) -> list[float]:
        powers = range(math.floor(self._low), math.ceil(self._high) + 1)
        ticks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
        return [tick for tick in ticks if self._low <= math.log10(tick) <= self._high]


def _short(value: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g}"


def _colour(share: float) -> str:
    """From a pale to a dark violet: also apart in grey."""
    low, high = (196, 187, 240), (58, 12, 118)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(low, high, strict=True))


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{html.escape(text)}</text>'


def _frame(x: _Scale, y: _Scale) -> list[str]:
    parts = []
    for tick in x.ticks():
        parts.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" class="grid"/>')
        parts.append(_text(x(tick), _HEIGHT - _BOTTOM + 18, _short(tick), 'text-anchor="middle"'))
    for tick in y.ticks():
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" class="grid"/>')
        parts.append(_text(_LEFT - 8, y(tick) + 4, _short(tick), 'text-anchor="end"'))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 14, "instructions per inference", 'text-anchor="middle"'))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(_text(18, middle, "RAM, bytes", f'text-anchor="middle" transform="rotate(-90 18 {middle:.1f})"'))
    return parts


def _legend(low: float, high: float) -> list[str]:
    left = _WIDTH - _RIGHT + 24
    parts = [_text(left, _TOP + 8, "accuracy")]
    for index in range(5):
        value = high - (high - low) * index / 4
        share = 1 - index / 4
        parts.append(f'<circle cx="{left + 6}" cy="{_TOP + 28 + 20 * index}" r="6" fill="{_colour(share)}"/>')
        parts.append(_text(left + 20, _TOP + 32 + 20 * index, f"{100 * value:.1f} %"))
    return parts


def _points(rows: Sequence[Any], front: Sequence[Any], x: _Scale, y: _Scale, low: float, high: float) -> list[str]:
    parts = []
    on_front = {id(row) for row in front}
    for row in rows:
        share = 0.5 if row["accuracy"] is None or high == low else (row["accuracy"] - low) / (high - low)
        words = [row["name"], row["target"], f"{row['instructions']:,} instructions", f"{row['ram_bytes']:,} bytes of RAM"]
        if row["accuracy"] is not None:
            words.append(f"{100 * row['accuracy']:.2f} % accuracy")
        edge = ' class="front"' if id(row) in on_front else ""
        parts.append(
            f'<circle cx="{x(row["instructions"]):.1f}" cy="{y(row["ram_bytes"]):.1f}" r="6" fill="{_colour(share)}"{edge}>'
            f"<title>{html.escape(', '.join(words))}</title></circle>"
        )
    return parts


def pareto_svg(rows: Sequence[Any], front: Sequence[Any], title: str) -> str:
    """Instructions against RAM on logarithmic axes; those of the front have a dark edge. Loads nothing."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img">'
        "<style>text{font:12px sans-serif;fill:#222}.title{font-size:15px}.grid{stroke:#ddd}"
        ".front{stroke:#111;stroke-width:2}</style>"
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    )
    parts = [head, _text(_LEFT, 24, title, 'class="title"')]
    if rows:
        x = _Scale([row["instructions"] for row in rows], _LEFT, _WIDTH - _RIGHT)
        y = _Scale([row["ram_bytes"] for row in rows], _HEIGHT - _BOTTOM, _TOP)
        known = [row["accuracy"] for row in rows if row["accuracy"] is not None]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        parts += _frame(x, y) + _points(rows, front, x, y, low, high)
        parts += _legend(low, high) if known else []
    else:
        parts.append(_text(_LEFT, _HEIGHT / 2, "no network fits"))
    return "\n".join([*parts, "</svg>", ""])
