"""What was written about a case beside it, orders and notices: it goes when the case goes.

Whoever erases takes what they hold. What leads and auditors alone hold goes at their own next look at what is told to
them: no key of the eraser's opens it, and nothing outside says what it is about.
"""

import json
import logging
from collections.abc import Collection, Mapping

from staff.accounts.session import Row
from staff.audit import days
from staff.erasure.record import destroy
from staff.errors import RefusedActError
from staff.folders import Card, Shelf
from staff.insiders import four, notices
from staff.office import Office
from staff.person import Person

log = logging.getLogger("utvag.staff")

PLACES: Mapping[str, int] = {four.KIND: 4, notices.KIND: 4}  # where in the summary stands what it is about


def about(shelf: Shelf, rows: Collection[bytes]) -> list[bytes]:
    """List the folders on a shelf that are about any of these cases or requests."""
    wanted = {row.hex() for row in rows}
    return [row for row, subject in shelf.made(subject_of).items() if subject in wanted]


def forget_erased(parts: Office, session: Row, person: Person) -> int:
    """Erase the orders and notices on a fresh shelf that are about what was erased, and count them: one commit.

    Erased is what the file beside the casebook says: whoever writes to the casebook alone has no notice taken away. On
    record first, so that whatever dies before the commit is made good at the next start.
    """
    named = {row: subject for row, subject in session.shelf.made(subject_of).items() if subject}
    gone = {one.hex() for one in parts.erased.ids()} if named else set()
    rows = sorted(row for row, subject in named.items() if subject in gone)
    if not rows:
        return 0
    try:
        with parts.casebook.write() as writing:
            parts.audit.about_me(writing, person, "tidied", parts.now(), {"n": str(len(rows))})
            destroy(writing, rows, days(parts.now()))
            parts.erased.add(rows)
    except (OSError, RefusedActError) as error:
        log.error("what is about something erased stays until the next look: %s", type(error).__name__)
        return 0
    session.shelf.refresh(parts.casebook, session.keys, person)
    return len(rows)


def subject_of(card: Card) -> str:
    """Give the id, in hex, that an order or a notice is about; "" for every other card."""
    summary = card.summary or b""
    kind = next((kind for kind in PLACES if summary.startswith(b'["%b"' % kind.encode())), "")
    try:
        found = json.loads(summary)[PLACES[kind]] if kind else ""
    except (ValueError, IndexError, TypeError):
        return ""
    return found if isinstance(found, str) and len(found) == 32 else ""
