"""Draws docs/pictures/memory_map.svg: one network's arena layer by layer and row by row, to one scale.

usage: draw_memory_map.py LAYERWISE_REPORT.json STREAMED_REPORT.json      prints the SVG

Both are report.json of the same network (docs/report.md has the fields). Time goes to the right, a step each; addresses
go down. Colors are readable on a light and on a dark page.
"""

import html
import json
import sys

PANEL_WIDTH, PIXELS_PER_KIB, GAP, LEFT, TOP = 380, 6.0, 40, 60, 30
COLORS = {"input": "#3b82c4", "output": "#3b82c4", "activation": "#7e57c2", "scratch": "#e08a2c"}
TEXT = 'font-family="sans-serif" font-size="12" fill="#888"'


def extents_of(buffer):
    """(begin step, end step, first byte, last byte + 1 in the arena) of the parts of a buffer that are alive."""
    parts = buffer["extents"] or [[buffer["begin_step"], buffer["end_step"], 0, buffer["bytes"]]]
    return [(begin, end, buffer["offset"] + first, buffer["offset"] + last) for begin, end, first, last in parts]


def draw_panel(report, left, title):
    steps = len(report["steps"]) or len(report["layers"])
    across, down = PANEL_WIDTH / steps, PIXELS_PER_KIB / 1024
    lines = [f'<text x="{left}" y="{TOP - 10}" {TEXT}>{html.escape(title)}: {report["arena_bytes"]:,} bytes</text>']
    for buffer in report["buffers"]:
        color = COLORS[buffer["kind"]]
        lines.append(f'<g fill="{color}" stroke="{color}" stroke-width="0.3"><title>{html.escape(buffer["name"])}</title>')
        for begin, end, first, last in extents_of(buffer):
            lines.append(f'<rect x="{left + begin * across:.1f}" y="{TOP + first * down:.1f}" '
                         f'width="{(end - begin) * across:.1f}" height="{(last - first) * down:.1f}" fill-opacity="0.75"/>')
        lines.append("</g>")
    bottom = TOP + report["arena_bytes"] * down
    lines.append(f'<path d="M{left} {bottom:.1f}h{PANEL_WIDTH}" stroke="#c62828" stroke-dasharray="4 3"/>')
    return lines


def draw(layerwise, streamed):
    height = TOP + layerwise["arena_bytes"] * PIXELS_PER_KIB / 1024 + 40
    width = LEFT + 2 * PANEL_WIDTH + GAP + 10
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" role="img">',
             f"<title>The arena of {html.escape(layerwise['model'])}, layer by layer and row by row</title>"]
    for kib in range(0, layerwise["arena_bytes"] // 1024 + 1, 16):
        y = TOP + kib * PIXELS_PER_KIB
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" {TEXT}>{kib} KiB</text>')
        lines.append(f'<path d="M{LEFT} {y:.1f}H{width - 10}" stroke="#888" stroke-opacity="0.3"/>')
    lines += draw_panel(layerwise, LEFT, "layer by layer")
    lines += draw_panel(streamed, LEFT + PANEL_WIDTH + GAP, "row by row")
    for number, (kind, color) in enumerate((("inputs and outputs", "#3b82c4"), ("activations", "#7e57c2"), ("scratch", "#e08a2c"))):
        x = LEFT + 160 * number
        lines.append(f'<rect x="{x}" y="{height - 22:.0f}" width="12" height="12" fill="{color}"/>')
        lines.append(f'<text x="{x + 18}" y="{height - 12:.0f}" {TEXT}>{kind}</text>')
    return "\n".join(lines + ["</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    reports = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            reports.append(json.load(file))
    sys.stdout.write(draw(*reports))


if __name__ == "__main__":
    main()
