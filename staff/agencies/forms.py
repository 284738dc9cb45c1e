"""Read what was posted on the pages of this package; what is strange in it becomes nothing, to be refused later."""

from datetime import date

from werkzeug.datastructures import MultiDict

from staff.agencies.exporting import ExportWish
from staff.agencies.rules import Basis, HandWish, WaiverWish
from staff.agencies.transferring import Offer
from staff.cases.forms.base import clean, one_line
from staff.cases.values import read_day

Posted = MultiDict[str, str]
MANY = 400


def line(posted: Posted, name: str) -> str:
    """Read one line."""
    return one_line(posted.get(name, ""))[:1000]


def words(posted: Posted, name: str) -> str:
    """Read a longer text, cut far above what any rule allows."""
    return clean(posted.get(name, ""))[:20_000]


def several(posted: Posted, name: str) -> tuple[str, ...]:
    """Read several values, each once."""
    return tuple(dict.fromkeys(one_line(value)[:200] for value in posted.getlist(name)[:MANY]))


def day(posted: Posted, name: str) -> date | None:
    """Read a day."""
    return read_day(posted.get(name, ""))


def waiver(posted: Posted) -> WaiverWish:
    """Read a waiver; the wording is posted as version and language."""
    version, _, language = line(posted, "wording").partition("/")
    return WaiverWish(
        agency=line(posted, "agency"),
        person=line(posted, "person"),
        purpose=line(posted, "purpose"),
        information=several(posted, "information"),
        until=day(posted, "until"),
        version=version,
        language=language,
        how=line(posted, "how"),
    )


def basis(posted: Posted) -> Basis:
    """Read on what something is let out: `w:` and a waiver's id, `o:` and an order's, `g:` and a ground's with why."""
    kind, _, name = line(posted, "basis").partition(":")
    if kind == "w":
        return Basis(waiver=name)
    if kind == "o":
        return Basis(order=name)
    return Basis(ground=name, reason=words(posted, "reason")) if kind == "g" else Basis()


def handover(posted: Posted) -> HandWish:
    """Read a hand-over."""
    return HandWish(
        people=several(posted, "people"),
        purpose=line(posted, "purpose"),
        until=day(posted, "until"),
        chosen=several(posted, "chosen"),
        basis=basis(posted),
        test=words(posted, "test"),
    )


def export(posted: Posted) -> ExportWish:
    """Read a paper for the personakt; the receiver is posted as an agency's id and a person's name."""
    return ExportWish(
        agency=line(posted, "agency"),
        person=line(posted, "person"),
        chosen=several(posted, "chosen"),
        basis=basis(posted),
        test=words(posted, "test"),
    )


def offer(posted: Posted) -> Offer:
    """Read a transfer."""
    return Offer(
        town=line(posted, "town"),
        people=several(posted, "people"),
        chosen=several(posted, "chosen"),
        cover=words(posted, "cover"),
        said_yes=posted.get("said_yes") == "yes",
    )
