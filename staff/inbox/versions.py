"""Open everything in a request that nobody has opened yet."""

from datetime import datetime

from staff.casebook import Casebook
from staff.entry import Entry
from staff.inbox import record as records
from staff.inbox.opening import open_all
from staff.inbox.request import Request
from staff.person import Person


def open_versions(casebook: Casebook, request: Request, person: Person, now: datetime) -> bool:
    """Open what is new in a request; False if something in it does not open with this person's key.

    New words in a request that has been worked on are entered there first: if we die before they are opened, the
    request stands in the list again, rather than the new words vanishing behind an old decision.
    """
    fresh = [row.id for row in request.rows if row.fresh]
    only: tuple[str, ...] = ()
    if fresh and request.anchor.version:
        kind = "new_version" if any(row.fresh for row in request.versions) else "follow_up"
        entry = Entry(person.name, now, kind, {"to": str(request.level)})
        only = records.append(casebook, request.anchor.id, person, lambda _record: entry).state.only
    found = open_all(casebook, fresh, person, now, only)
    return all(opened is None or opened.content is not None for opened in found)
