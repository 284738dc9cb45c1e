"""Small pictures of figures: SVG with a title and a description for readers, coloured by the page's own style.

Everything that comes in is escaped by markupsafe; nothing here needs a style attribute or a script.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from staff.figures.protect import Range

WIDTH, VALUE = 500, 80
LABEL, MOST, LETTER = 165, 260, 9  # the room for what bars are called: the least, the most, what a letter takes
ROW, BAR = 26, 14
HEIGHT, EDGE = 170, 24
SVG = Markup(
    '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
    '<title id="{name}-t">{title}</title><desc id="{name}-d">{text}</desc>{inside}</svg>'
)


@dataclass(frozen=True)
class Point:
    """Hold one bar or one point of a line: what it is called, what is known of it, and how that is said."""

    label: str
    known: Range
    said: str


def bars(name: str, title: str, points: Sequence[Point]) -> Markup:
    """Draw a bar for each point, full as far as it is sure, then pale; `name` is unique on the page."""
    most = max((point.known.high for point in points), default=0) or 1
    start = min(MOST, max([LABEL, *(8 + LETTER * len(point.label) for point in points)]))
    rows = (_bar(place, point, start, (WIDTH - start - VALUE) / most) for place, point in enumerate(points))
    return _svg(name, title, points, len(points) * ROW + 4, Markup("").join(rows))


def _bar(place: int, point: Point, start: int, scale: float) -> Markup:
    top, sure, perhaps = place * ROW + 4, point.known.low * scale, point.known.high * scale
    return Markup(
        '<text class="name" x="{end}" y="{base}">{label}</text>'
        '<rect class="maybe" x="{start}" y="{top}" width="{perhaps:.1f}" height="{bar}" rx="2"/>'
        '<rect class="sure" x="{start}" y="{top}" width="{sure:.1f}" height="{bar}" rx="2"/>'
        '<text class="value" x="{after:.1f}" y="{base}">{said}</text>'
    ).format(
        label=point.label, said=point.said, start=start, end=start - 8, top=top, base=top + 12, bar=BAR,
        sure=sure, perhaps=max(perhaps, 1), after=start + max(perhaps, 1) + 6,
    )  # fmt: skip


def line(name: str, title: str, points: Sequence[Point]) -> Markup:
    """Draw a line through the points in their order; where little is known, a pale column shows from where to where."""
    most = max((point.known.high for point in points), default=0) or 1
    step = (WIDTH - 2 * EDGE) / max(1, len(points) - 1)
    places = [(EDGE + step * place if len(points) > 1 else WIDTH / 2, point) for place, point in enumerate(points)]
    path = " ".join(f"{x:.1f},{_height(_middle(point.known), most):.1f}" for x, point in places)
    inside = [
        Markup('<line class="ground" x1="0" x2="{}" y1="{}" y2="{}"/>').format(WIDTH, HEIGHT - EDGE, HEIGHT - EDGE)
    ]
    inside += [Markup('<polyline class="line" points="{}"/>').format(path)] if len(points) > 1 else []
    inside += [_dot(x, point, most) for x, point in places]
    return _svg(name, title, points, HEIGHT, Markup("").join(inside))


def _dot(x: float, point: Point, most: int) -> Markup:
    top, bottom = _height(point.known.high, most), _height(point.known.low, most)
    return Markup(
        '<rect class="maybe" x="{left:.1f}" y="{top:.1f}" width="10" height="{tall:.1f}" rx="2"/>'
        '<circle class="sure" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        '<text class="at" x="{x:.1f}" y="{above:.1f}">{said}</text>'
        '<text class="at" x="{x:.1f}" y="{foot}">{label}</text>'
    ).format(
        left=x - 5, top=top, tall=max(0.0, bottom - top), x=x, y=_height(_middle(point.known), most),
        above=max(12.0, top - 9), said=point.said, foot=HEIGHT - 6, label=point.label,
    )  # fmt: skip


def _middle(known: Range) -> float:
    return (known.low + known.high) / 2


def _height(value: float, most: int) -> float:
    return HEIGHT - EDGE - value / most * (HEIGHT - 3 * EDGE)


def _svg(name: str, title: str, points: Sequence[Point], height: int, inside: Markup) -> Markup:
    text = "; ".join(f"{point.label}: {point.said}" for point in points)
    return SVG.format(width=WIDTH, height=height, name=name, title=title, text=text, inside=inside)
