"""Curves on logarithmic scales as one small SVG: no script, no font, readable in light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 220, 20, 48
DASHES = ("", "6 4", "2 3", "10 4 2 4", "1 5", "12 6", "4 2", "8 2 2 2")  # told apart without colour
STYLE = (
    "text{font:13px sans-serif;fill:#1a1a1a}line,polyline{stroke:#1a1a1a;fill:none}.g{stroke:#ccc}"
    "@media(prefers-color-scheme:dark){text{fill:#eee}line,polyline{stroke:#eee}.g{stroke:#555}}"
)


@dataclass(frozen=True)
class Curve:
    """One named curve through (how many, milliseconds), both above zero."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(curves: Sequence[Curve], across: str, up: str) -> str:
    """Give the picture; each curve is named at its right end, and its dashes are its own."""
    xs = _decades([x for curve in curves for x, _ in curve.points])
    ys = _decades([y for curve in curves for _, y in curve.points])
    scale = _Scale(xs, ys)
    parts = [*_grid(scale), *_named(curves, scale)]
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">{escape(across)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 6}">{escape(up)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    return "\n".join([head, f"<title>{escape(up)}, {escape(across)}</title><style>{STYLE}</style>", *parts, "</svg>\n"])


@dataclass(frozen=True)
class _Scale:
    """From figures to places in the picture; both ends are whole powers of ten."""

    xs: tuple[int, int]
    ys: tuple[int, int]

    def x(self, value: float) -> float:
        return LEFT + (math.log10(value) - self.xs[0]) / (self.xs[1] - self.xs[0]) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        up = (math.log10(value) - self.ys[0]) / (self.ys[1] - self.ys[0])
        return HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _grid(scale: _Scale) -> list[str]:
    parts = []
    for power in range(scale.xs[0], scale.xs[1] + 1):
        x = scale.x(10**power)
        parts.append(f'<line class="g" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    for power in range(scale.ys[0], scale.ys[1] + 1):
        y = scale.y(10.0**power)
        parts.append(f'<line class="g" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    return parts


def _named(curves: Sequence[Curve], scale: _Scale) -> list[str]:
    """Draw the curves from the highest end to the lowest; names that would meet move apart."""
    parts, lowest = [], float("-inf")
    for number, curve in enumerate(sorted(curves, key=lambda one: -one.points[-1][1])):
        line = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in curve.points)
        dashes = f' stroke-dasharray="{DASHES[number % len(DASHES)]}"' if number % len(DASHES) else ""
        parts.append(f'<polyline points="{line}" stroke-width="2"{dashes}/>')
        end, y = scale.x(curve.points[-1][0]), scale.y(curve.points[-1][1])
        lowest = max(y + 4, lowest + 16)
        parts.append(f'<text x="{end + 8:.1f}" y="{lowest:.1f}">{escape(curve.name)}</text>')
    return parts
