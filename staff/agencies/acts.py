"""What a coordinator does from a case's page about others: each act is one posted form, refused with words."""

from collections.abc import Callable, Mapping

from flask import url_for

from staff.agencies import asking, exporting, forms, handing, transferring, waivers
from staff.agencies.desk import Desk
from staff.agencies.forms import Posted
from staff.agencies.steps import dealings
from staff.documents import extracting
from staff.errors import RefusedActError

Act = Callable[[Desk, bytes, Posted], str | None]  # gives where to go next, or None for the page of dealings


def _waiver(desk: Desk, case: bytes, posted: Posted) -> None:
    waivers.give(desk, case, forms.waiver(posted))


def _withdraw(desk: Desk, case: bytes, posted: Posted) -> None:
    waivers.withdraw(desk, case, forms.line(posted, "waiver"))


def _ask(desk: Desk, case: bytes, posted: Posted) -> None:
    agency, person, question = (forms.line(posted, name) for name in ("agency", "person", "question"))
    asking.ask(desk, case, agency, person, question)


def _told(desk: Desk, case: bytes, posted: Posted) -> None:
    asking.told(desk, case, forms.line(posted, "question"), forms.line(posted, "answer"))


def _duty(desk: Desk, case: bytes, posted: Posted) -> None:
    asking.duty(desk, case, forms.line(posted, "duty"), forms.words(posted, "line"))


def _hand_over(desk: Desk, case: bytes, posted: Posted) -> str:
    made = handing.hand_over(desk, case, forms.handover(posted), forms.words(posted, "cover"))
    return url_for("agencies.handover", folder=case, other=made)


def _export(desk: Desk, case: bytes, posted: Posted) -> None:
    exporting.export(desk, case, forms.export(posted))


def _extract(desk: Desk, case: bytes, posted: Posted) -> str:
    name = extracting.extract(desk, case, forms.several(posted, "chosen"), forms.words(posted, "test"))
    return url_for("documents.extract", folder=case, name=name)


def _transfer(desk: Desk, case: bytes, posted: Posted) -> str:
    made = transferring.offer(desk, case, forms.offer(posted))
    return url_for("transfers.read", folder=made)


def _of_case(desk: Desk, case: bytes, posted: Posted) -> bytes:
    """Give the hand-over that a form names; refused unless it belongs to this very case."""
    name = forms.line(posted, "handover")
    if name not in dealings(desk.peek(case).state).handed:
        raise RefusedActError("gone")
    return bytes.fromhex(name)


def _need(desk: Desk, case: bytes, posted: Posted) -> str:
    folder = _of_case(desk, case, posted)
    handing.need(desk, folder, forms.line(posted, "text"), forms.day(posted, "due"))
    return url_for("agencies.handover", folder=case, other=folder)


def _take_back(desk: Desk, case: bytes, posted: Posted) -> None:
    handing.end(desk, case, _of_case(desk, case, posted).hex(), "taken_back", forms.words(posted, "reason"))


ACTS: Mapping[str, Act] = {
    "waiver": _waiver,
    "withdraw": _withdraw,
    "ask": _ask,
    "told": _told,
    "duty": _duty,
    "handover": _hand_over,
    "paper": _export,
    "extract": _extract,
    "transfer": _transfer,
    "need": _need,
    "take-back": _take_back,
}
CHOOSING = frozenset({"handover", "paper", "extract", "transfer"})  # forms with a page of their own
