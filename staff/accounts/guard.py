"""Close every route but those that the access table opens, before any view runs."""

from dataclasses import replace

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from crypto.opening.identity import Identity
from staff.access import ROUTES, SIGNING_IN, WHO, Access
from staff.accounts import salvage
from staff.answers import see_other
from staff.errors import LockedError, RegisterError
from staff.inbox.intake import openers
from staff.office import office
from staff.person import Person

POLLS = frozenset({"inbox.new", "day.fresh"})  # asked by the page's script, not by a person: they keep no session awake


def let_in() -> ResponseReturnValue | None:
    """Let a request through if the access table says so, and say who is asking."""
    if request.endpoint is None:
        return None
    access = ROUTES.get(request.endpoint)
    if access is None:
        raise NotFound
    recognise(touch=request.endpoint not in POLLS and access is not Access.ANYONE)
    if access is Access.ANYONE:
        return None
    who = g.get("person")
    if who is None:
        return locked()
    if who.member.role not in WHO[access]:
        raise NotFound  # what is not for a role does not exist for it
    return None


def recognise(*, touch: bool) -> None:
    """Unlock the session behind the cookie for the length of this request.

    The signed register is asked each time: who has left it, or has another role now, is out at once.
    """
    parts = office()
    found = parts.sessions.unlock(request.cookies.get(parts.cookie, ""), touch=touch)
    if found is None:
        return
    identity, g.row = found
    g.person = person_of(identity)


def person_of(identity: Identity) -> Person | None:
    """Give whom the register as it stands says that an unlocked key is; None for nobody who signs in."""
    parts = office()
    try:
        papers = parts.register.current()
    except RegisterError:
        if ROUTES.get(request.endpoint or "") is Access.ANYONE:
            return None
        raise
    member = papers.members.by_box(identity.box_public)
    if member is None or member.sign_public != identity.sign_public or member.role not in SIGNING_IN:
        return None
    found = Person(identity, member, papers, parts.settings.pepper)
    return replace(found, intake=openers(parts.casebook, found))


def locked(_error: LockedError | None = None) -> ResponseReturnValue:
    """Send whoever is not signed in to the sign-in page, and back to the request or case they asked for afterwards.

    What they wrote too late is kept for them.
    """
    if request.endpoint in POLLS:
        return {"locked": True}, 401
    row, folder = ((request.view_args or {}).get(name) for name in ("row_id", "folder"))
    to = row.hex() if isinstance(row, bytes) else f"c{folder.hex()}" if isinstance(folder, bytes) else None
    return salvage.hold(see_other(url_for("accounts.login", to=to)))
