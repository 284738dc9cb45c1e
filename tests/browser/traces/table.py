"""docs/traces.md: what was measured, as it was found, and what remains."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.browser.traces.disk import Hit
from tests.browser.traces.visit import AGAIN, BACK, CLOSED, LEFT, READING, REFUSED, SHOWN, TYPED_CODE, TYPING, Outcome
from tests.road import ROOT

FILE = ROOT / "docs" / "traces.md"
MOMENTS = (TYPING, REFUSED, SHOWN, LEFT, BACK, TYPED_CODE, READING, AGAIN, CLOSED)
OTHERS = (TYPING, LEFT, BACK, CLOSED)
BROWSERS = {"chromium": "Chromium", "firefox": "Firefox"}
NOTHING = "nothing"


def found(hits: Iterable[Hit]) -> str:
    """Name what was found."""
    return ", ".join(sorted({hit.what for hit in hits})) or NOTHING


def row(outcome: Outcome) -> str:
    """Return one person's row."""
    paths = sorted({path for path, _ in outcome.history})
    titles = sorted({title for _, title in outcome.history if title})
    remains = f"{' '.join(f'`{path}`' for path in paths)}; titles: {', '.join(titles)}"
    return line([*_who(outcome), *(_at(outcome, moment) for moment in MOMENTS), _back(outcome), remains])


def control_row(outcome: Outcome) -> str:
    """Return the row of a page without our protection."""
    moments = (TYPING, LEFT, BACK, CLOSED)
    return line(
        [BROWSERS[outcome.browser], outcome.form, *(_at(outcome, moment) for moment in moments), _back(outcome)]
    )


def line(cells: Sequence[str]) -> str:
    """Write one line of a table."""
    return f"| {' | '.join(cells)} |"


def table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """Write a whole table."""
    return "\n".join([line(heads), line(["---"] * len(heads)), *rows])


def write(ours: Sequence[Outcome], others: Sequence[Outcome], file: Path = FILE) -> None:
    """Put what was found into the page, between the marks of each part; the words around them are written by hand."""
    versions = {outcome.browser: outcome.version for outcome in (*ours, *others)}
    day = datetime.now(UTC).date().isoformat()
    parts = {
        "run": f"Measured on {day}: Debian's Chromium {versions['chromium']} and Firefox {versions['firefox']}.",
        "ours": table(["browser", "script", "form", *MOMENTS, "Back shows", "the history keeps"], map(row, ours)),
        "others": table(["browser", "page", *OTHERS, "Back shows"], map(control_row, others)),
    }
    text = file.read_text("utf-8")
    for name, part in parts.items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        text = before + mark + part + end + after
    file.write_text(text, "utf-8")


def _who(outcome: Outcome) -> list[str]:
    return [BROWSERS[outcome.browser], "on" if outcome.script else "off", f"`{outcome.form}`"]


def _at(outcome: Outcome, moment: str) -> str:
    return found(outcome.disk[moment])


def _back(outcome: Outcome) -> str:
    return ", ".join(sorted(set(outcome.back))) or NOTHING
