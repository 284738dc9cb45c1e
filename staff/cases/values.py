"""Read the values of an entry: whatever a colleague's key may have signed becomes something harmless."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from programme.hours import ZONE
from staff.cases.model import Window
from staff.entry import Entry

LONGEST = 400  # characters of a line
EARLIEST, LATEST = date(2000, 1, 1), date(2150, 1, 1)


def text(entry: Entry, name: str) -> str:
    """Give a text as it was typed."""
    return entry.fields.get(name, "")


def line(entry: Entry, name: str, longest: int = LONGEST) -> str:
    """Give a text as one line."""
    return " ".join(text(entry, name)[: 4 * longest].split())[:longest]


def flag(entry: Entry, name: str) -> bool:
    """Tell whether a field says yes."""
    return text(entry, name) == "yes"


def day(entry: Entry, name: str) -> date | None:
    """Give a day such as 2026-12-01, or None."""
    return read_day(text(entry, name))


def read_day(written: str) -> date | None:
    """Read a day such as 2026-12-01, or nothing."""
    try:
        found = date.fromisoformat(written.strip()[:10])
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def read_time(written: str) -> datetime | None:
    """Read a day and time such as 2026-12-01T09:30 in Swedish time, or nothing."""
    try:
        found = datetime.fromisoformat(written.strip()[:25])
    except ValueError:
        return None
    if not EARLIEST <= found.date() <= LATEST:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZONE)).astimezone(UTC)


def of(entry: Entry, name: str, known: Iterable[str], otherwise: str) -> str:
    """Give a value that is one of a few."""
    found = text(entry, name)
    return found if found in known else otherwise


def items(entry: Entry, name: str) -> tuple[str, ...]:
    """Give the lines of a field that holds several values."""
    return read_items(text(entry, name))


def read_items(written: str) -> tuple[str, ...]:
    """Split a text that holds one value a line."""
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in written.split("\n")))))


def write_items(values: Iterable[str]) -> str:
    """Write several values as one text, one a line."""
    return "\n".join(" ".join(value.split()) for value in values)


def read_windows(written: str) -> tuple[Window, ...]:
    """Read times to call, one a line: `01234 480 720` is weekdays from 8 to 12."""
    return tuple(filter(None, map(_window, read_items(written)[:7])))


def _window(written: str) -> Window | None:
    parts = written.split()
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 8 for part in parts):
        return None
    days = tuple(sorted({int(digit) for digit in parts[0] if digit in "0123456"}))
    start, end = int(parts[1]), int(parts[2])
    return Window(days, start, end) if days and 0 <= start < end <= 24 * 60 else None


def write_windows(windows: Iterable[Window]) -> str:
    """Write times to call as `read_windows` reads them."""
    return "\n".join(f"{''.join(map(str, one.days))} {one.start} {one.end}" for one in windows)


def is_open_at(windows: Iterable[Window], now: datetime) -> bool:
    """Tell whether somebody may be called now."""
    local = now.astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    return any(local.weekday() in one.days and one.start <= minute < one.end for one in windows)
