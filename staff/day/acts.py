"""What is done from the queue with one key: note that somebody was tried."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from programme.hours import ZONE
from staff.accounts.session import Row as Session
from staff.cases.model import CaseState
from staff.cases.seeding import said_titles
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.cases.values import write_items
from staff.day.queue import try_again
from staff.day.words import said_time
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.folders import Folder
from staff.office import Office
from staff.person import Person

REACHED, NO_ANSWER = "reached", "no_answer"
RESULTS = (REACHED, NO_ANSWER)


@dataclass(frozen=True)
class Attempt:
    """Hold who tried, when, and whether they got through; `again` is when to try next, None if they did."""

    who: str
    now: datetime
    result: str
    again: datetime | None

    def entries(self, state: CaseState) -> list[Entry]:
        """Give the entries: the attempt, and the planned contacts done, or moved to the day of the next try."""
        again = self.again.astimezone(ZONE) if self.again else None
        when = {"again": again.strftime("%Y-%m-%dT%H:%M")} if again else {}
        planned = [task for task in state.open_tasks if task.kind == "contact"]
        found = [self._entry("attempt", result=self.result, **when)]
        if again is None:
            ids, titles = write_items(task.id for task in planned), said_titles(planned)
            return found + ([self._entry("task_done", task=ids, title=titles, form="contact")] if planned else [])
        day = again.date()
        late = [task for task in planned if task.due is None or task.due < day]
        return found + [self._entry("task_moved", task=task.id, due=day.isoformat()) for task in late]

    def _entry(self, kind: str, /, **fields: str) -> Entry:
        return Entry(self.who, self.now, kind, {"id": secrets.token_hex(6), **fields})


def attempt(folder: bytes, result: str, session: Session, person: Person, parts: Office) -> str:
    """Note an attempt to reach somebody, and give in words when to try again; "" if they were reached.

    Raises RefusedActError: "result", "closed" (the case was closed meanwhile), "busy"; UnknownFolderError for who does
    not hold the key.
    """
    now, hours = parts.now(), parts.settings.programme.hours
    made = Attempt(person.name, now, result, None)

    def decide(found: Folder) -> Sequence[Entry]:
        nonlocal made
        if result not in RESULTS:
            raise RefusedActError("result")
        state = fold(found.trusted)
        if not state.opened_at or not state.position.open:
            raise RefusedActError("shut")
        again = None if result == REACHED else try_again(state.contact.windows, now, hours)
        made = Attempt(person.name, now, result, again)
        return made.entries(state)

    parts.folders.append(session.keys, folder, person, decide, summarise, now)
    return said_time(made.again, now) if made.again else ""
