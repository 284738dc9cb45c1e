"""A hand-over put in words, the same for both sides of it."""

from typing import Any  # whatever a template needs

from staff.agencies.desk import Desk
from staff.agencies.handover import Handover
from staff.agencies.words import SAID, STATUS, calendar_day, day_and_time, in_words
from staff.documents.paper import Paper, Section
from staff.notes import Note

Context = dict[str, Any]


def both_sides(desk: Desk, state: Handover, notes: list[Note]) -> Context:
    """Give what either side's template needs."""
    over = state.over(desk.today)
    status = "expired" if over and state.status in ("asked", "accepted") else state.status
    return {
        "one": state,
        "over": over,
        "notes": notes,
        "status": in_words(STATUS, status),
        "until": calendar_day(state.until),
        "asked": day_and_time(state.asked_at) if state.asked_at else "",
        "needs": [(need, calendar_day(need.due) if need.due else "") for need in state.open_needs],
        "met": [need for need in state.needs.values() if need.done_at is not None],
        "said": [(one, in_words(SAID, one.kind), day_and_time(one.when)) for one in state.said],
        "late": [need.id for need in state.open_needs if need.due and need.due < desk.today],
    }


def paper(desk: Desk, state: Handover) -> Paper:
    """Make the paper that the receiver may keep in their own file."""
    facts = [
        ("Till", f"{', '.join(state.people)}, {state.agency}"),
        ("Från", desk.programme.board.name),
        ("Ändamål", state.purpose),
        ("Grund", state.basis),
        ("Lämnat", day_and_time(state.asked_at) if state.asked_at else ""),
    ]
    numbered = list(enumerate(state.copies, 1))
    return Paper(
        title=state.working,
        heading=state.working,
        day=desk.today,
        facts=[*facts, *([("Meddelande", state.cover)] if state.cover else [])],
        contents=[(str(number), copy.when, copy.title) for number, copy in numbered],
        sections=[Section(f"{number}. {copy.title}", copy.when, copy.lines) for number, copy in numbered],
        foot=f"{state.working} · {calendar_day(desk.today)}",
    )
