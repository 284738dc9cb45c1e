"""Write requests and cases as lines of the day's pages: one link, what marks it, one next act."""

from dataclasses import dataclass, field, replace
from datetime import date

from programme.hours import Hours
from staff.cases.model import DANGER, SOON
from staff.day.cases import Case, Frame, due, held_by, is_flagged, is_mine, is_reachable, is_same_day
from staff.day.queue import Spot
from staff.day.today import act_of
from staff.day.words import day_word, late, said_day, said_time
from staff.inbox.page import newest_words, reason, who
from staff.inbox.replies import unfetched
from staff.inbox.request import Request
from staff.insiders.hiding import HIDDEN
from staff.insiders.matching import Lines
from staff.onpaper import both, waited, written, written_time
from staff.words import _, is_late, word

Marks = list[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """Hold one line: `id` in hex, `kind` "request" or "case", `marks` as (tone, word), `when` beside the act."""

    kind: str
    id: str
    name: str
    about: str = ""
    marks: Marks = field(default_factory=list)
    act: str = ""
    typed: str = ""
    when: str = ""
    late: bool = False
    holder: str = ""
    mine: bool = False
    unread: bool = False
    reach: bool = False
    ready: bool = True


def request_line(one: Request, frame: Frame, hours: Hours) -> Line:
    """Write a request."""
    facts, state = one.facts, one.state
    slow = one.fresh and is_late(one.sent, frame.now, hours)
    return Line(
        kind="request",
        id=one.anchor.id.hex(),
        name=who(facts) if facts else word("problem", one.problem),
        about=newest_words(one) or (facts.line if facts else ""),
        marks=request_marks(one, frame.today, slow=slow),
        act=request_act(one, frame.today),
        when=waited(one.sent, frame.now),
        late=slow,
        holder=state.holder,
        mine=state.holder == frame.me,
        unread=one.fresh,
    )


def request_marks(one: Request, today: date, *, slow: bool) -> Marks:
    """List what stands out in a request."""
    facts = one.facts
    found: Marks = [("hot", word("level", 2))] if one.level == DANGER else []
    found += [("warm", word("level", 1))] if one.level == SOON else []
    found += [("warm", word("age", "under18"))] if facts and facts.age == "under18" else []
    found += [("warm", _("Oläst länge"))] if slow else []
    said = reason(facts) if one.level else ""
    found += [("said", said)] if said else []
    return found + ([("warm", word("thread", "unfetched"))] if unfetched(one.state, today) else [])


def request_act(one: Request, today: date) -> str:
    """Say what is to be done next with a request."""
    if one.fresh:
        return day_word("act", "read")
    if one.erase:
        return day_word("act", "erase")
    if one.again:
        return day_word("act", "answer")
    if one.state.unsent or unfetched(one.state, today):
        return day_word("act", "left")
    return day_word("act", "answer" if one.state.holder else "take")


def case_line(case: Case, frame: Frame) -> Line:
    """Write a case."""
    one, today = case.summary, frame.today
    kind, title = act_of(case, frame)
    when = act_day(case, frame)
    return Line(
        kind="case",
        id=case.id.hex(),
        name=one.working or _("Utan arbetsnamn"),
        about=where(case),
        marks=case_marks(case, frame),
        act=day_word("act", kind) if not title or kind == "waiting" else "",
        typed=title,
        when=both(said_day(when, today), written(when)) if when else "",
        late=bool(when and when < today),
        holder=held_by(case),
        mine=is_mine(case, frame.me) and one.position.open,
    )


def where(case: Case) -> str:
    """Say where a case stands: its stage, or how it ended."""
    position = case.summary.position
    if position.open:
        return f"{position.stage.value} {day_word('stage', position.stage.value)}"
    return _("Avslutat: %(how)s", how=day_word("outcome", position.outcome))


def act_day(case: Case, frame: Frame) -> date | None:
    """Give the day that belongs to a case's next act."""
    one = case.summary
    if is_same_day(case):
        return (one.collected_at or one.opened_at or frame.now).date()
    if is_reachable(case, frame):
        return None
    ready = due(case, frame.today)
    if ready or one.nexts:
        return (ready or one.nexts)[0].day
    return one.waiting_since.date() if one.waiting and one.waiting_since else None


def case_marks(case: Case, frame: Frame) -> Marks:
    """List what stands out in a case."""
    one, today = case.summary, frame.today
    ready = due(case, today)
    slow = late(ready[0].day, today) if ready else ""
    found: Marks = [("hot", word("level", 2))] if one.danger == DANGER and one.position.open else []
    found += [("warm", word("age", "under18"))] if one.under18 else []
    found += [("warm", slow)] if slow else []
    found += [("warm", one.flag[0])] if one.flag and is_flagged(case, frame) else []
    found += [("plain", _("Skyddat"))] if one.protected else []
    return found


def spot_line(spot: Spot, frame: Frame, hours: Hours) -> Line:
    """Write one place of the queue."""
    if spot.request is not None:
        return request_line(spot.request, frame, hours)
    assert spot.case is not None  # noqa: S101  # for the type: a spot holds one of the two
    line = case_line(spot.case, frame)
    if not spot.reach:
        return line
    near = _("nu") if spot.at is None else said_time(spot.at, frame.now)
    when = both(near, written_time(spot.at or frame.now))
    act = day_word("act", "reach" if spot.at is None else "contact")
    return replace(line, act=act, typed="", when=when, late=False, reach=True, ready=spot.ready)


def hide_line(line: Line, lines: Lines) -> Line:
    """Give a case's line without the words that somebody typed, if any line of the list stands in them."""
    if not lines or not lines.touch("\n".join([line.name, line.about, line.typed, *(word for _, word in line.marks)])):
        return line
    marks = [(tone, word) for tone, word in line.marks if not lines.touch(word)]
    return replace(line, about=HIDDEN if line.kind == "request" else line.about, typed=HIDDEN, act="", marks=marks)
