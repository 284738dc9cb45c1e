"""Where each form's draft has its place: the forms in which somebody writes, by the route that they post to.

`PLACES` and `WORDLESS` together name every route that takes a form: a test holds them to the access table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import url_for
from werkzeug.datastructures import MultiDict

from staff.agencies.acts import ACTS as AGENCY_ACTS
from staff.agencies.views import form_of
from staff.cases import drafting
from staff.cases.saving import Wish
from staff.cases.views import at, read_row
from staff.cases.words import FORMS
from staff.day.shifting import PLACE as SHIFT
from staff.documents.views import PLACE as DOCUMENTS
from staff.erasure.views import PLACE as ERASURE
from staff.inbox.draft import Draft as Reply
from staff.inbox.draft import place as reply_place
from staff.insiders.canary_views import PLACE as CANARIES
from staff.insiders.four import ACTS as ORDERED
from staff.insiders.order_views import place as order_place
from staff.insiders.views import PLACE as CONFLICTS
from staff.insiders.views import place as conflict_place
from staff.people.words import PLACE as INVITING
from staff.reminders.views import PLACE as REMINDERS
from staff.reminders.wishes import OCCASIONS
from staff.reminders.wishes import Wish as Reminding

Args = Mapping[str, str]
Posted = MultiDict[str, str]
LINES = ("line", "reason", "text", "due")  # what the small acts have room for
OF_ONE = frozenset({"need", "take-back"})  # acts upon one hand-over, whose page keeps no draft


@dataclass(frozen=True)
class Kept:
    """Hold what was written as a draft of its form keeps it; without a place it is shown once on the page at `back`."""

    place: str
    text: bytes = field(repr=False)
    back: str


Place = Callable[[Args, Posted], Kept | None]


def _draft(place: str, posted: Posted, back: str) -> Kept | None:
    draft = drafting.Draft.read(posted)
    return Kept(place, draft.encode(), back) if draft.fields else None


def _sheet(args: Args, posted: Posted) -> Kept | None:
    """Place a case's form: what the page's script sends as a draft names it in a field, a saving in its address."""
    wish = Wish(args.get("form_name", "") or posted.get("form", ""), posted)
    if wish.name not in FORMS or posted.get("drop") == "yes":
        return None
    folder = bytes.fromhex(args["folder"])
    return _draft(drafting.place(folder, wish.name, wish.about), posted, at(folder, wish))


def _new_case(_args: Args, posted: Posted) -> Kept | None:
    asked = read_row(posted.get("request", ""))
    back = url_for("cases.new", request=asked.hex() if asked else None)
    if posted.get("drop") == "yes":
        return None
    return _draft(drafting.place(None, "new", asked.hex() if asked else ""), posted, back)


def _line(posted: Posted, back: str) -> Kept | None:
    said = " ".join(filter(None, (posted.get(name, "").strip() for name in LINES)))[:2000]
    return Kept("", said.encode("utf-8", "replace"), back) if said else None


def _case_act(args: Args, posted: Posted) -> Kept | None:
    return _line(posted, url_for("cases.show", folder=bytes.fromhex(args["folder"])))


def _request_act(args: Args, posted: Posted) -> Kept | None:
    said = MultiDict({"line": posted.get("line", "")})  # the reason is one of a list
    return _line(said, url_for("inbox.read", row_id=bytes.fromhex(args["row_id"])))


def _together(_args: Args, posted: Posted) -> Kept | None:
    return _line(MultiDict({"line": posted.get("line", "")}), url_for("inbox.show"))


def _reply(args: Args, posted: Posted) -> Kept | None:
    draft, row = Reply.read(posted), bytes.fromhex(args["row_id"])
    if not draft.text.strip():
        return None
    return Kept(reply_place(row), draft.encode(), f"{url_for('inbox.read', row_id=row)}#reply")


def _others(args: Args, posted: Posted) -> Kept | None:
    folder, name = bytes.fromhex(args["folder"]), args["act_name"]
    if name in OF_ONE and (other := read_row(posted.get("handover", ""))) is not None:
        return _line(posted, url_for("agencies.handover", folder=folder, other=other))
    back = form_of(folder, name) if name in AGENCY_ACTS else ""
    return _draft(drafting.place(folder, f"others-{name}"), posted, back) if back else None


def _handed(args: Args, posted: Posted) -> Kept | None:
    folder, name = bytes.fromhex(args["folder"]), args["act_name"]
    back = url_for("handed.read", folder=folder, form=name) + f"#{name}"
    return _draft(drafting.place(folder, f"others-{name}"), posted, back)


def _transfer(args: Args, posted: Posted) -> Kept | None:
    folder, name = bytes.fromhex(args["folder"]), args["act_name"]
    return _draft(drafting.place(folder, f"others-{name}"), posted, url_for("transfers.read", folder=folder, form=name))


def _look(args: Args, posted: Posted) -> Kept | None:
    folder = bytes.fromhex(args["folder"])
    return _draft(drafting.place(folder, "others-look"), posted, url_for("lead.read", folder=folder))


def _document(args: Args, posted: Posted) -> Kept | None:
    name = args.get("name", "ask")
    back = url_for("documents.show", form=name) + f"#{name}"
    return _draft(drafting.place(None, DOCUMENTS, name), posted, back)


def _hold(_args: Args, posted: Posted) -> Kept | None:
    return _words(ERASURE, posted.get("reason", ""), url_for("erasure.show"))


def _shift(_args: Args, posted: Posted) -> Kept | None:
    return _words(SHIFT, posted.get("text", ""), f"{url_for('day.shift')}#write")


def _invite(_args: Args, posted: Posted) -> Kept | None:
    return _draft(INVITING, posted, url_for("people.show")) if posted.get("name", "").strip() else None


def _conflicts(_args: Args, posted: Posted) -> Kept | None:
    return _words(CONFLICTS, posted.get("lines", ""), url_for("conflicts.show"))


def _conflict(args: Args, posted: Posted) -> Kept | None:
    about = args["kind"], bytes.fromhex(args["folder"])
    back = url_for("conflicts.warn", kind=about[0], folder=about[1])
    return _words(conflict_place(about), posted.get("reason", ""), back)


def _order(_args: Args, posted: Posted) -> Kept | None:
    act, case = posted.get("act", ""), posted.get("case", "")
    if act not in ORDERED:
        return None
    back = url_for("orders.new", act=act, case=case[:32] or None, what=posted.get("what", "")[:60] or None)
    return _draft(order_place(act, case), posted, back) if posted.get("why", "").strip() else None


def _order_act(args: Args, posted: Posted) -> Kept | None:
    back = url_for("orders.read", folder=bytes.fromhex(args["folder"]))
    return _words("", posted.get("why", "")[:2000], back)


def _canary(_args: Args, posted: Posted) -> Kept | None:
    return _words(CANARIES, posted.get("note", ""), url_for("canaries.show"))


def _words(place: str, words: str, back: str) -> Kept | None:
    return Kept(place, words.encode("utf-8", "replace"), back) if words.strip() else None


def _reminder(_args: Args, posted: Posted) -> Kept | None:
    typed = posted.get("address", "").strip()[:300]
    wish = Reminding(typed, frozenset(posted.getlist("on")) & frozenset(OCCASIONS))
    return Kept(REMINDERS, wish.encode(), url_for("reminders.show")) if typed else None


PLACES: Mapping[str, Place] = {
    "cases.save_form": _sheet,
    "cases.draft": _sheet,
    "cases.create": _new_case,
    "cases.new_draft": _new_case,
    "cases.act": _case_act,
    "cases.unlink": _case_act,
    "inbox.reply": _reply,
    "inbox.phrase": _reply,
    "inbox.draft": _reply,
    "inbox.act": _request_act,
    "together.do": _together,
    "agencies.act": _others,
    "handed.act": _handed,
    "transfers.act": _transfer,
    "lead.look": _look,
    "documents.ask": _document,
    "documents.decide": _document,
    "erasure.hold": _hold,
    "day.tell": _shift,
    "reminders.save": _reminder,
    "people.invite": _invite,
    "conflicts.save": _conflicts,
    "conflicts.answer": _conflict,
    "orders.ask": _order,
    "orders.act": _order_act,
    "canaries.plant": _canary,
}
WORDLESS = frozenset(
    {
        "accounts.sign_in",
        "accounts.lock",
        "accounts.options",
        "enrol.add_passkey",
        "enrol.options",
        "enrol.stop",
        "enrol.type_code",
        "enrol.type_otp",
        "enrol.type_phrase",
        "fresh.options",
        "fresh.prove",
        "mine.add_passkey",
        "mine.begin_codes",
        "mine.options",
        "mine.remove_passkey",
        "mine.type_otp",
        "people.agree",
        "people.change_role",
        "people.drop",
        "people.end_sessions",
        "people.renew",
        "people.second",
        "people.withdraw",
        "phrase.begin",
        "phrase.change",
        "sitting.end",
        "audit.look_for",
        "cases.add",
        "cases.name",
        "day.attempt",
        "conflicts.seen",
        "day.search",
        "erasure.release",
        "erasure.erase",
        "figures.count_half",
        "inbox.collect",
        "inbox.search",
        "inbox.deliver",
        "inbox.dismiss",
        "leaving.follow",
        "leaving.leave",
        "leaving.renew",
        "leaving.sign_again",
        "recovering.ask",
        "recovering.drop",
        "recovering.second",
        "sharing.give",
        "sharing.give_back",
        "together.choose",
        "together.undo",
        "welcome.sign",
        "welcome.toured",
    }
)
