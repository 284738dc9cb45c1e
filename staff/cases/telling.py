"""Every entry put in words, for the timeline and for whatever leaves the case."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wtforms import SelectMultipleField

from programme.casework import Casework
from staff.cases.forms.base import EntryForm
from staff.cases.phrases import TELLERS, Line, Teller, Told, said_day, said_time
from staff.cases.sources import NOT_DRAWN
from staff.cases.values import read_day, read_items, read_time
from staff.cases.words import BY_KIND, TITLES, form_class
from staff.entry import Entry

UNTOLD = frozenset({"id", "task", "about", "question", "windows", "name"})
LABELS = {"text": "", "line": ""}  # words that need none
_TAUGHT: dict[str, Teller] = {}


def teach(kinds: Mapping[str, Teller]) -> None:
    """Add the words for another package's kinds of entries."""
    _TAUGHT.update(kinds)


def tell(entry: Entry, casework: Casework) -> Told:
    """Put an entry in words, without the real name and without ids.

    A kind that nobody has taught is told by its name alone: its fields may hold what no page should show.
    """
    told, why = _told(entry, casework), entry.fields.get(NOT_DRAWN, "")
    return replace(told, lines=(*told.lines, ("Inte längre från en anhörig", why, True))) if why else told


def _told(entry: Entry, casework: Casework) -> Told:
    teller = _TAUGHT.get(entry.kind) or TELLERS.get(entry.kind)
    if teller is not None:
        return teller(entry)
    name = entry.fields.get("form", "") if entry.kind == "form" else ""
    found = form_class(name, casework) if name else BY_KIND.get(entry.kind)
    title = found.heading if name and found else TITLES.get(entry.kind, entry.kind)
    return Told(title, tuple(_filled(entry, found()))) if found else Told(title, ())


def _filled(entry: Entry, form: EntryForm) -> Iterator[Line]:
    """Give each answer of a form with its label, in the form's order."""
    for field in form:
        text = entry.fields.get(field.short_name, "")
        if text and field.short_name not in UNTOLD:
            yield (LABELS.get(field.short_name, str(field.label.text)), *answer(field, text))


def answer(field: object, text: str) -> tuple[str, bool]:
    """Put one answer in words, and tell whether somebody typed it."""
    choices = {one.value: one.label for one in getattr(field, "choices", None) or ()}
    if isinstance(field, SelectMultipleField):
        return ", ".join(str(choices.get(one, one)) for one in read_items(text)), False
    if choices:
        return str(choices.get(text, text)), text not in choices
    look = (getattr(field, "render_kw", None) or {}).get("type")
    if look == "date":
        return said_day(read_day(text)) or text, False
    if look == "datetime-local":
        return said_time(read_time(text)) or text, False
    return text, True
