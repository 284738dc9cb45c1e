"""Small acts of a case towards others: a question that tells nothing, a child's duties of the day."""

import secrets

from staff.agencies.desk import Case, Desk
from staff.agencies.model import TELLS
from staff.agencies.rules import check_question, check_reason, check_writer
from staff.agencies.steps import dealings
from staff.entry import Entry
from staff.errors import RefusedActError


def ask(desk: Desk, case: bytes, agency_id: str, person: str, question: str) -> None:
    """Note a question put to somebody without a sign-in: a sentence of the list, which tells nothing of anybody."""

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        agency = check_question(desk.settings.agency(agency_id), person, question, desk.ground(found))
        name = " ".join(person.split())
        about = {"agency": agency.id, "at": agency.name, "person": name, "question": question}
        return [desk.entry("agency_asked", id=secrets.token_hex(4), **about)]

    desk.write(case, decide, "asked")


def told(desk: Desk, case: bytes, question: str, answer: str) -> None:
    """Note the yes or no that came back."""

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        asked = dealings(found.state).asked.get(question)
        if asked is None or asked.answer or answer not in TELLS:
            raise RefusedActError("already")
        return [desk.entry("agency_told", question=question, answer=answer)]

    desk.write(case, decide, "asked")


def duty(desk: Desk, case: bytes, name: str, line: str) -> None:
    """Note that one of a child's same-day duties is done; the last one says so in the case's summary."""

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        done = dealings(found.state).duties
        known = [one.id for one in desk.settings.duties]
        if name not in known or name in done or not found.state.under18:
            raise RefusedActError("already")
        check_reason(line)
        left = [one for one in known if one not in done and one != name]
        last = [] if left or found.state.same_day_done else [desk.entry("same_day")]
        return [desk.entry("duty_done", duty=name, line=line.strip()), *last]

    desk.write(case, decide, "duty")
