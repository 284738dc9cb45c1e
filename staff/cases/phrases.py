"""The shorter words for the entries that no form fills in by itself, and for days and times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # Any: a field with choices

from programme.hours import ZONE
from staff.cases.forms import acts, stages
from staff.cases.values import read_day, read_items, read_time
from staff.cases.words import FORMS, TITLES
from staff.entry import Entry
from staff.words import DAYS, MONTHS

Line = tuple[str, str, bool]
Lines = tuple[Line, ...]
Teller = Callable[[Entry], "Told"]


SOURCES = {"person": "Personens egen", "relative": "En anhörigs: skyddad källa", "other": "Okänt vems: skyddad källa"}


@dataclass(frozen=True)
class Told:
    """Hold an entry in words: a heading, and for each answer its label, the words, and whether somebody typed them."""

    title: str
    lines: Lines


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


def _title(entry: Entry, more: str = "") -> str:
    title = TITLES.get(entry.kind, entry.kind)
    return f"{title}: {more}" if more else title


def _lines(*lines: Line) -> Lines:
    return tuple(one for one in lines if one[1])


def _note(entry: Entry) -> Told:
    sort = acts.SORTS.get(entry.fields.get("sort", ""), "Anteckning")
    return Told(sort, _lines(("", entry.fields.get("text", ""), True)))


def _attempt(entry: Entry) -> Told:
    form = stages.AttemptForm.of_entry(entry.fields)
    how, result = (_chosen(form[name]) for name in ("how", "result"))
    again = said_time(read_time(entry.fields.get("again", "")))
    title = _title(entry, " · ".join(filter(None, (how, result))))
    text, who = entry.fields.get("text", ""), entry.fields.get("by", "")
    return Told(title, _lines(("Av", who, True), ("Försök igen", again, False), ("", text, True)))


def _chosen(field: Any) -> str:  # Any: a field with choices, for which there are no stubs
    return next((str(one.label) for one in field.choices if one.value == field.data), "")


def _task(entry: Entry) -> Told:
    due = said_day(read_day(entry.fields.get("due", "")))
    waits, owner = entry.fields.get("agency", ""), entry.fields.get("owner", "")
    what = entry.fields.get("title", "")
    return Told(_title(entry), _lines((due, what, True), ("Vem", owner, True), ("Väntar på", waits, True)))


def _flag(entry: Entry) -> Told:
    until = said_day(read_day(entry.fields.get("until", "")))
    return Told(_title(entry), _lines(("", entry.fields.get("text", ""), True), ("Gäller till", until, False)))


def _linked(entry: Entry) -> Told:
    source = SOURCES.get(entry.fields.get("source", ""), "")
    return Told(_title(entry), _lines(("", source, False)))


def _waiting(entry: Entry) -> Told:
    on = entry.fields.get("on", "")
    return Told(_title(entry), (("", on, True),)) if on else Told("Väntar inte längre", ())


def _named(entry: Entry) -> Told:
    return Told(_title(entry), _lines(("", entry.fields.get("working", ""), True)))


def _closed(entry: Entry) -> Told:
    outcome = acts.OUTCOME_LABELS.get(entry.fields.get("outcome", ""), "")
    left = ", ".join(read_items(entry.fields.get("open", "")))
    where, reason = entry.fields.get("where", ""), entry.fields.get("reason", "")
    lines = _lines(("", reason, True), ("Vart", where, True), ("Öppet när det avslutades", left, True))
    return Told(_title(entry, outcome), lines)


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


def _done(entry: Entry) -> Told:
    """Say what is done, and in the heading which form did it."""
    form = FORMS.get(entry.fields.get("form", ""))
    return Told(f"{_title(entry)} i och med {form.heading}" if form else _title(entry), _reasoned(entry))


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


def _plain(lines: Callable[[Entry], Lines]) -> Teller:
    return lambda entry: Told(_title(entry), lines(entry))


def _hidden(_entry: Entry) -> Told:
    return Told(TITLES["real_name"], (("", "Står i det dolda fältet.", False),))


REASONED = ("task_undone", "task_moved", "task_dropped", "flag_lifted", "unlinked", "tested", "same_day")
ERASING = ("erasure_hold", "erasure_release", "erasure_keep", "erasure_due", "reopen")
TELLERS: Mapping[str, Teller] = {
    "note": _note,
    "attempt": _attempt,
    "task": _task,
    "task_done": _done,
    "flag": _flag,
    "linked": _linked,
    "waiting": _waiting,
    "renamed": _named,
    "close": _closed,
    "real_name": _hidden,
    "opened": _plain(_opened),
    "forward": _plain(_stage),
    "back": _plain(_stage),
    "seeded": _plain(_seeded),
    "taken": _plain(_people),
    "helper": _plain(_people),
    "under18": _plain(_yes),
    "protected": _plain(_yes),
    "danger": _plain(_danger),
    **dict.fromkeys((*REASONED, *ERASING), _plain(_reasoned)),
}
