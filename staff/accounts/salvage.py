"""What a locked session would lose: a form that was sent too late is kept, and put where its drafts are.

Kept only for whom this browser's signed cookie names, only if the request is proven to be our own page's, and only for
forms in which somebody writes. Whoever signs in next in that browser gets it if they are that member; else it is
dropped unread.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from flask import Response, g, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from staff.access import ROUTES, WHO
from staff.accounts.places import PLACES, Args, Posted
from staff.accounts.session import Row
from staff.answers import see_other
from staff.cases.drafting import MANY, NOT_KEPT
from staff.cover import LATE
from staff.errors import RefusedActError, StaffError
from staff.inbox.answering import find
from staff.office import Office, office
from staff.person import Person
from web.csrf import proven

WHO_WAS_IN = "member"
# In the signed cookie: what is kept waits for the casebook alone, not for a proof of who it is.
OUTAGE = "outage"
# Asked by a page, not by a person; and where a person proves themselves first, which brings back what waits for that.
UNSEEN = frozenset({"inbox.new", "day.fresh", "pages.asset", "fresh.show", "fresh.options"})
FORM_NAMES = NOT_KEPT - {"form", "request"}  # these say which form it was


@dataclass(frozen=True)
class Late:
    """Hold a form that was sent too late: where to, with what, and when."""

    endpoint: str
    args: Args
    fields: dict[str, list[str]] = field(repr=False)
    when: int

    def encode(self) -> bytes:
        """Write it to be locked."""
        value = [self.endpoint, self.args, self.fields, self.when]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote."""
        endpoint, args, fields, when = json.loads(data)
        return cls(endpoint, args, fields, when)

    @property
    def posted(self) -> Posted:
        """Give the form as it was posted."""
        return MultiDict([(name, text) for name, texts in self.fields.items() for text in texts])


def remember(who: Person) -> None:
    """Note in the browser's signed cookie, by a tag that tells nothing, who has signed in there."""
    session[WHO_WAS_IN] = tag(who).hex()


def tag(who: Person) -> bytes:
    """Give the tag that what somebody wrote is kept under."""
    return who.member_tag(who.identity.box_public)


def hold(response: Response) -> Response:
    """Keep what a locked request carries, if it is a form in which somebody has written."""
    late = _writing()
    return _keep(response, late) if late is not None else response


def writing() -> bool:
    """Tell whether this request carries a form that `hold` would keep."""
    return _writing() is not None


def hold_for_now(response: Response) -> Response:
    """Keep what a request carries that failed by our fault: the next page brings it back by itself."""
    session[OUTAGE] = "1"
    return hold(response)


def _writing() -> Late | None:
    owner = session.get(WHO_WAS_IN, "")
    if request.method != "POST" or request.endpoint not in PLACES or not owner or not proven():
        return None
    return _late(office())


def _keep(response: Response, late: Late) -> Response:
    parts, owner = office(), bytes.fromhex(session[WHO_WAS_IN])
    cookie = parts.parcels.put(request.cookies.get(parts.late_cookie, ""), owner, late.encode())
    secure = parts.settings.origin.secure
    response.set_cookie(parts.late_cookie, cookie, path="/", secure=secure, httponly=True, samesite="Strict")
    return response


def _late(parts: Office) -> Late | None:
    names = [name for name in request.form if name not in FORM_NAMES][:MANY]
    fields = {name: request.form.getlist(name) for name in names}
    args = {name: one.hex() if isinstance(one, bytes) else str(one) for name, one in (request.view_args or {}).items()}
    late = Late(request.endpoint or "", args, fields, int(parts.now().timestamp()))
    return late if PLACES[late.endpoint](args, late.posted) else None


def waits() -> bool:
    """Tell whether this browser has something kept."""
    parts = office()
    return parts.parcels.waits(request.cookies.get(parts.late_cookie, ""))


def put_back(response: Response, who: Person, row: Row, why: str = "late") -> None:
    """Put what was kept for somebody among their drafts and lead there; whatever is another's is dropped unread.

    It goes from memory once it lies there: if the casebook fails meanwhile, the next page tries again.
    """
    parts = office()
    cookie = request.cookies.get(parts.late_cookie, "")
    if not cookie:
        return
    for content in parts.parcels.look(cookie, tag(who)):
        back = _put(Late.decode(content), who, row, parts, why)
        if back:
            response.headers["Location"] = back
    parts.parcels.take(cookie, tag(who))
    session.pop(OUTAGE, None)
    secure = parts.settings.origin.secure
    response.delete_cookie(parts.late_cookie, path="/", secure=secure, httponly=True, samesite="Strict")


def bring_back() -> ResponseReturnValue | None:
    """Lead somebody whose form was kept while the casebook was away to where it lies, with the next page they ask for.

    A script's question waits: nobody would see where it was led.
    """
    asks = request.headers.get("Sec-Fetch-Dest", "document") == "document" and request.endpoint not in UNSEEN
    if request.method != "GET" or "person" not in g or not asks or OUTAGE not in session or not waits():
        return None
    response = see_other(request.full_path)
    put_back(response, g.person, g.row, "outage")
    return response


def keep_late() -> ResponseReturnValue | None:
    """Keep what the button of a covered page sends while its session still lives: another page has kept that awake.

    Nothing is done: who pressed it wanted their page back.
    """
    if request.method != "POST" or request.endpoint not in PLACES or LATE not in request.form or "person" not in g:
        return None
    late = _late(office())
    back = _put(late, g.person, g.row, office()) if late is not None else ""
    return see_other(back or url_for("accounts.front"))


def _put(late: Late, who: Person, row: Row, parts: Office, why: str = "late") -> str:
    """Put one form among its writer's drafts, and give the address where it shows; nothing if it is none of theirs."""
    if who.member.role not in WHO[ROUTES[late.endpoint]]:
        return ""
    kept = PLACES[late.endpoint](late.args, late.posted)
    if kept is None:
        return ""
    if not kept.place:
        row.late.add("kept_line", why=why, text=kept.text.decode("utf-8", "replace"))
        return kept.back
    place = _anchored(kept.place, who, row, parts)
    standing = parts.drafts.load(who, place)
    when = datetime.fromtimestamp(late.when, UTC)
    if standing and standing[1] > when:  # written since, in another window: the newer words stand
        return kept.back
    try:
        parts.drafts.keep(who, place, kept.text, when)
    except RefusedActError:
        row.late.add("kept_not", why=why)
        return kept.back
    row.late.add("kept_late", why=why)
    return kept.back


def _anchored(place: str, who: Person, row: Row, parts: Office) -> str:
    """Name a reply's place by its request's first submission, whichever of them its page was asked for by."""
    kind, _, rest = place.partition("/")
    if kind != "inbox":
        return place
    try:
        return f"inbox/{find(parts.casebook, row.listing, bytes.fromhex(rest), who).anchor.id.hex()}"
    except StaffError:
        return place
