"""What two have signed, in words for the case's history."""

from dataclasses import replace

from staff.cases.model import CaseState
from staff.cases.phrases import Told
from staff.cases.state import extend
from staff.cases.telling import teach
from staff.cases.values import line, text
from staff.entry import Entry
from staff.insiders.doing import TWO_SIGNED
from staff.insiders.words import ACTS, file_word


def _step(state: CaseState, _entry: Entry) -> CaseState:
    return replace(state)  # it changes nothing of the case: it is there to be read


def _told(entry: Entry) -> Told:
    act = text(entry, "act")
    file = file_word(text(entry, "what"))
    parts = (("Vad", file or ACTS.get(act, ""), False), ("Underskrivet av", line(entry, "names"), True))
    reason = ("Anledning", text(entry, "reason"), True)
    return Told("Två skrev under", tuple(one for one in (*parts, reason) if one[1]))


def learn() -> None:
    """Teach a case's state and its history our kind of entry."""
    extend({TWO_SIGNED: _step})
    teach({TWO_SIGNED: _told})
