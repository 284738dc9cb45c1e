"""What the day's templates are given."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from staff.accounts.session import Row as Session
from staff.day.cases import Case, Frame, answered_on, held_by, on_shelf
from staff.day.lines import Line, case_line, hide_line, request_line, spot_line
from staff.day.lists import PAGE, SORTS, VIEWS, Asked
from staff.day.memory import Snapshot
from staff.day.queue import queue
from staff.day.today import Group, only_mine, today
from staff.day.words import day_word, said_day, written_day
from staff.inbox.request import Request
from staff.insiders.hiding import HIDDEN, hide_request, lines_of
from staff.insiders.matching import Lines
from staff.office import Office
from staff.onpaper import both, written
from staff.person import Person

FEW = 8  # lines of one group; the rest is one link away
SHOW: dict[str, str] = {  # the view of the list of all cases that holds a group
    "danger": "danger",
    "same_day": "same_day",
    "window": "open",
    "tasks": "due",
    "review": "due",
    "follow_up": "due",
    "answered": "open",
    "asked": "asked",
    "waiting": "waiting",
    "aimless": "aimless",
}
SHOW_REQUESTS: dict[str, str] = {"danger": "danger", "unread": "all", "again": "all", "free": "free"}
Context = dict[str, Any]  # Any: whatever the template needs


@dataclass(frozen=True)
class Section:
    """Hold one group in words; `more` counts what did not fit, `url` leads to it."""

    name: str
    title: str
    count: int
    lines: list[Line]
    more: int
    show: str
    show_requests: str


def frame(person: Person, now: datetime) -> Frame:
    """Say who asks, and when."""
    return Frame(person.name, now)


def refresh(session: Session, person: Person, parts: Office) -> list[Request]:
    """Bring lists and cases up to date, and give the requests as they stand now."""
    session.listing.refresh(parts.casebook, person)
    session.shelf.refresh(parts.casebook, session.keys, person)
    return session.listing.requests(session.listing.batch)


def today_page(session: Session, person: Person, parts: Office, *, mine: bool) -> Context:
    """Give what the front page needs."""
    requests, now = refresh(session, person, parts), frame(person, parts.now())
    groups = today(requests, on_shelf(session.shelf), now, answered_on(session.shelf))
    shown = only_mine(groups, person.name) if mine else groups
    hours, hidden = parts.settings.programme.hours, lines_of(parts, session, person)
    return {
        "sections": [section(group, now, lambda one: request_line(one, now, hours), hidden) for group in shown],
        "total": sum(map(len, groups)),
        "own": sum(map(len, only_mine(groups, person.name))),
        "mine": mine,
        "today_said": written_day(now.today),
        "broken": broken(session),
        "notes": session.notes.take(),
    }


def section(group: Group, now: Frame, write: Callable[[Request], Line], hidden: Lines) -> Section:
    """Write the first lines of a group."""
    lines = [write(hide_request(one, hidden)) for one in group.requests[:FEW]]
    lines += [hide_line(case_line(one, now), hidden) for one in group.cases[: FEW - len(lines)]]
    show, requests = SHOW.get(group.name, ""), SHOW_REQUESTS.get(group.name, "all")
    return Section(
        name=group.name,
        title=day_word("group", group.name),
        count=len(group),
        lines=lines,
        more=len(group) - len(lines),
        show=show if group.cases else "",
        show_requests=requests if group.requests else "",
    )


def broken(session: Session) -> int:
    """Count the folders that this person holds a key to and cannot read."""
    return sum(1 for card in session.shelf.items() if card.problem)


def queue_page(session: Session, person: Person, parts: Office) -> Context:
    """Give what one's own queue needs."""
    requests, now = refresh(session, person, parts), frame(person, parts.now())
    spots = queue(requests, on_shelf(session.shelf), now)
    hidden = lines_of(parts, session, person)
    lines = [hide_line(spot_line(spot, now, parts.settings.programme.hours), hidden) for spot in spots]
    return {
        "ready": [line for line in lines if line.ready][:PAGE],
        "later": [line for line in lines if not line.ready][:PAGE],
        "more": max(0, sum(line.ready for line in lines) - PAGE),
        "notes": session.notes.take(),
    }


def cases_page(asked: Asked, session: Session, person: Person, parts: Office) -> Context:
    """Give what the list of all cases needs: a page of a list that does not move while it is read."""
    now, day = frame(person, parts.now()), session.day
    known = {case.id: case for case in on_shelf(session.shelf)}
    snap = snapshot(asked, session, known, now)
    ids = [row for row in snap.ids if row in known]
    pages = max(1, -(-len(ids) // PAGE))
    page = min(asked.page, pages)
    shown, hidden = ids[(page - 1) * PAGE : page * PAGE], lines_of(parts, session, person)
    return {
        "asked": Asked(asked.view, asked.stage, asked.sort, page, snap.number),
        "lines": [hide_line(case_line(known[row], now), hidden) for row in shown],
        "total": len(ids),
        "pages": pages,
        "first": (page - 1) * PAGE + 1,
        "query": urlencode({"show": asked.view, "stage": asked.stage, "sort": asked.sort, "snap": snap.number}),
        "counts": counts(session, now),
        "new": len(fresh(asked, snap, session, now)),
        "search": day.search,
        "left_out": day.index.left_out if day.search else 0,
        "broken": broken(session),
        "notes": session.notes.take(),
    }


def snapshot(asked: Asked, session: Session, known: dict[bytes, Case], now: Frame) -> Snapshot:
    """Give the list that a page belongs to, or make it anew."""
    day, about = session.day, about_of(asked, session)
    kept = day.snapshot(asked.snap, about)
    if kept is not None:
        return kept
    found = [case for case in known.values() if asked.holds(case, now) and is_found(case.id, session)]
    return day.keep(about, [case.id for case in sorted(found, key=SORTS[asked.sort])])


def about_of(asked: Asked, session: Session) -> tuple[object, ...]:
    """Say what a list is about: a page of it belongs to no other."""
    return asked.view, asked.stage, asked.sort, session.day.search


def is_found(row: bytes, session: Session) -> bool:
    """Tell whether the search lets a case through."""
    return session.day.found is None or row in session.day.found


def fresh(asked: Asked, snap: Snapshot, session: Session, now: Frame) -> list[bytes]:
    """List what belongs to a list by now and was not there when it was made."""
    there = set(snap.ids)
    held = (case for case in on_shelf(session.shelf) if case.id not in there)
    return [case.id for case in held if asked.holds(case, now) and is_found(case.id, session)]


def count_fresh(asked: Asked, session: Session, person: Person, parts: Office) -> int:
    """Count what a shown list lacks by now; 0 for a list that is forgotten."""
    snap = session.day.snapshot(asked.snap, about_of(asked, session))
    return len(fresh(asked, snap, session, frame(person, parts.now()))) if snap else 0


def counts(session: Session, now: Frame) -> dict[str, int]:
    """Count what each view and stage holds; counted anew only when something has changed, or a day has passed."""
    key, day = (session.shelf.stamp, now.today, now.me), session.day
    if day.counted is None or day.counted[0] != key:
        cases = on_shelf(session.shelf)
        found = {name: sum(view(case, now) for case in cases) for name, view in VIEWS.items()}
        stages = (case.summary.position.stage for case in cases if case.summary.position.open)
        for stage in stages:
            name = f"stage{stage.value}"
            found[name] = found.get(name, 0) + 1
        day.counted = key, found
    return day.counted[1]


def flags_page(session: Session, person: Person, parts: Office) -> Context:
    """Give what the overview of flags needs: open cases with a flag, what runs out first on top."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    now = frame(person, parts.now())
    flagged = [case for case in on_shelf(session.shelf) if VIEWS["flagged"](case, now)]
    hidden = lines_of(parts, session, person)
    flagged.sort(key=lambda case: (_until(case) is None, _until(case) or now.today, case.summary.working))
    return {"flags": [flag_line(case, now, hidden) for case in flagged[: 4 * PAGE]], "total": len(flagged)}


def _until(case: Case) -> Any:  # Any: a day, or none
    return case.summary.flag[1] if case.summary.flag else None


def flag_line(case: Case, now: Frame, hidden: Lines) -> Context:
    """Write one flag."""
    text, until = case.summary.flag or ("", None)
    return {
        "line": hide_line(case_line(case, now), hidden),
        "text": HIDDEN if hidden and hidden.touch(text) else text,
        "others": max(0, case.summary.flags - 1),
        "until": both(said_day(until, now.today), written(until)) if until else "",
        "soon": until is not None and (until - now.today).days <= 3,
    }


def listed(cases: Collection[Case]) -> dict[bytes, str]:
    """Give the words that the list itself shows of each case, casefolded, for the search."""
    return {case.id: _listed(case).casefold() for case in cases}


def _listed(case: Case) -> str:
    one = case.summary
    parts = [
        one.working,
        held_by(case),
        *(one.helpers if one.position.open else ()),
        one.waiting,
        *(step.title for step in one.nexts),
    ]
    return "\n".join([*parts, one.flag[0] if one.flag else ""])
