"""Every entry put in words, for the timeline and for whatever leaves the case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from wtforms import SelectMultipleField

from programme.casework import Casework
from programme.hours import ZONE
from staff.cases.forms import acts
from staff.cases.values import read_day, read_items, read_time
from staff.cases.words import BY_KIND, TITLES, form_class
from staff.entry import Entry
from staff.words import DAYS, MONTHS

Lines = tuple[tuple[str, str, bool], ...]
UNTOLD = frozenset(
    {"id", "form", "submission", "task", "about", "question", "windows", "name", "seed", "template", "drawn"}
)
OTHERS = {
    "where": "Vart",
    "reason": "Anledning",
    "open": "Öppet när det avslutades",
    "line": "",
    "working": "Arbetsnamn",
}
REASONED = (
    "task_done",
    "task_undone",
    "task_moved",
    "task_dropped",
    "flag_lifted",
    "unlinked",
    "tested",
    "same_day",
)


@dataclass(frozen=True)
class Told:
    """Hold an entry in words: a heading, and for each answer its label, the words, and whether somebody typed them."""

    title: str
    lines: Lines


def tell(entry: Entry, casework: Casework) -> Told:
    """Put an entry in words, without the real name and without ids; unknown kinds are told by their names."""
    name = entry.fields.get("form", "") if entry.kind == "form" else ""
    found = form_class(name, casework) if name else BY_KIND.get(entry.kind)
    title = found.heading if name and found else TITLES.get(entry.kind, entry.kind)
    if entry.kind in SHORT:
        return Told(title, SHORT[entry.kind](entry))
    blank = found() if found else None
    labels = {field.short_name: field for field in blank} if blank else {}
    lines = []
    for key, text in entry.fields.items():
        field = labels.get(key)
        if text and key not in UNTOLD:
            label = str(field.label.text) if field is not None else OTHERS.get(key, key)
            lines.append((label, *_answer(field, text)))
    return Told(title, tuple(lines))


OTHERS = {
    "where": "Vart",
    "reason": "Anledning",
    "open": "Öppet när det avslutades",
    "line": "",
    "working": "Arbetsnamn",
}


def _answer(field: object, text: str) -> tuple[str, bool]:
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


def said_day(day: date | None, today: date | None = None) -> str:
    """Write a day in Swedish: today and its neighbours by name if `today` is given."""
    if day is None:
        return ""
    near = {-1: "i går", 0: "i dag", 1: "i morgon"}.get((day - today).days, "") if today else ""
    year = f" {day.year}" if today is None or day.year != today.year else ""
    return near or f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def said_time(when: datetime | None) -> str:
    """Write a time in Swedish."""
    local = when.astimezone(ZONE) if when else None
    return f"{said_day(local.date())} {local:%H.%M}" if local else ""


def _stage(entry: Entry) -> Lines:
    to = entry.fields.get("to", "")
    label = next((f"{stage.value} {name}" for stage, name in acts.STAGE_LABELS.items() if str(stage.value) == to), to)
    return (("", label, False), ("Anledning", entry.fields.get("reason", ""), True))


def _opened(entry: Entry) -> Lines:
    how = entry.fields.get("how", "")
    found = [
        ("Arbetsnamn", entry.fields.get("working", ""), True),
        ("Hur det kom", acts.HOW_LABELS.get(how, how), False),
    ]
    danger = entry.fields.get("danger", "")
    found += [("Läge", acts.DANGER_LABELS.get(danger, danger), False)] if danger else []
    found += [("Ålder", "Under 18", False)] if entry.fields.get("under18") else []
    found += [("Skydd", "Skyddat ärende", False)] if entry.fields.get("protected") else []
    return tuple(found)


def _seeded(entry: Entry) -> Lines:
    found = []
    for one in read_items(entry.fields.get("tasks", "")):
        due, _, rest = one.partition(" ")
        found.append((said_day(read_day(due)) or "–", rest.partition(" ")[2], False))
    if entry.fields.get("template"):
        return (
            ("Uppföljning", f"{len(found)} datum, från {found[0][0]} till {found[-1][0]}" if found else "–", False),
        )
    return tuple(found)


def _reasoned(entry: Entry) -> Lines:
    due = said_day(read_day(entry.fields.get("due", ""))) if entry.kind == "task_moved" else ""
    found = [("", entry.fields.get("title", ""), True), ("Nytt datum", due, False)]
    found += [("", entry.fields.get("line", ""), True), ("Anledning", entry.fields.get("reason", ""), True)]
    return tuple(one for one in found if one[1])


def _people(entry: Entry) -> Lines:
    who = entry.fields.get("holder", "") or entry.fields.get("who", "")
    out = " slutar" if entry.fields.get("out") else ""
    return (("", f"{who or 'ingen'}{out}", False),)


def _yes(entry: Entry) -> Lines:
    on = entry.fields.get("yes") == "yes"
    named = ", ".join(read_items(entry.fields.get("named", "")))
    text = {"under18": ("Under 18", "18 eller mer"), "protected": (f"Bara {named}", "Hela teamet")}[entry.kind][not on]
    return (("", text, False), *_reasoned(entry))


def _danger(entry: Entry) -> Lines:
    to = entry.fields.get("to", "")
    return (("", acts.DANGER_LABELS.get(to, to), False), *_reasoned(entry))


SHORT: Mapping[str, Callable[[Entry], Lines]] = {
    "opened": _opened,
    "forward": _stage,
    "back": _stage,
    "seeded": _seeded,
    "taken": _people,
    "helper": _people,
    "under18": _yes,
    "protected": _yes,
    "danger": _danger,
    "real_name": lambda _entry: (("", "Står i det dolda fältet.", False),),
    **dict.fromkeys(
        ("task_done", "task_undone", "task_moved", "task_dropped", "flag_lifted", "unlinked", "tested", "same_day"),
        _reasoned,
    ),
}
