"""Open every version of a request that nobody has opened yet."""

from datetime import datetime

from staff.casebook import Casebook
from staff.inbox import record as records
from staff.inbox.opening import open_all
from staff.inbox.request import Request
from staff.inbox.state import Entry
from staff.person import Person


def open_versions(casebook: Casebook, request: Request, person: Person, now: datetime) -> bool:
    """Open what is new in a request; False if something in it does not open with this person's key.

    A new version of a request that has been worked on is entered there first: if we die before it is opened, the
    request stands in the list again, rather than the new words vanishing behind an old decision.
    """
    fresh = [version.id for version in request.versions if version.version == 0]
    if fresh and request.anchor.version:
        entry = Entry(person.name, now, "new_version", {"to": str(request.level)})
        records.append(casebook, request.anchor.id, person, lambda _record: entry)
    found = open_all(casebook, fresh, person, now)
    return all(opened is None or opened.content is not None for opened in found)
