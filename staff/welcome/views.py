"""The tour and the words about secrecy: neither stands in anybody's way, both are asked for until they are done."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from programme.hours import ZONE
from staff.accounts.session import Row
from staff.answers import see_other
from staff.day.words import said_day
from staff.nav import home
from staff.office import Office, office, person, row
from staff.person import Person
from staff.welcome import secrecy
from staff.welcome.tour import steps

welcome = Blueprint("welcome", __name__)


@dataclass(frozen=True)
class Asked:
    """Hold whether somebody has seen the tour, and whether they are to sign the words about secrecy."""

    toured: bool
    secrecy: bool


@welcome.get("/tour")
def tour() -> ResponseReturnValue:
    """Show the tour: one page, read in a minute."""
    role = person().member.role
    return render_template("staff/tour.html", steps=steps(role), home=home(role), again=_asked().toured)


@welcome.post("/tour")
def toured() -> ResponseReturnValue:
    """Note that this account has seen the tour, or skipped it."""
    marks, mine = secrecy.marks_of(office()), secrecy.me(person())
    marks.keep(mine, replace(marks.of(mine), toured=True))
    row().asked = None
    return see_other(home(person().member.role))


@welcome.get("/me/secrecy")
def words() -> ResponseReturnValue:
    """Show the words, and when this person signed them last."""
    parts = office()
    stands = secrecy.standing(parts, person().member, secrecy.marks_of(parts).of(secrecy.me(person())))
    wording = parts.settings.programme.casework.secrecy
    return render_template(
        "staff/secrecy.html",
        wording=wording,
        stands=stands,
        signed=day_in_words(stands.when),
        home=home(person().member.role),
        notes=row().notes.take(),
    )


@welcome.post("/me/secrecy")
def sign() -> ResponseReturnValue:
    """Sign the words with the person's own key."""
    secrecy.sign(office(), person())
    row().asked = None
    row().notes.add("secrecy_signed")
    return see_other(url_for("welcome.words"))


def day_in_words(when: datetime | None) -> str:
    """Write the day of a signature in Swedish, or nothing."""
    return said_day(when.astimezone(ZONE).date(), office().now().astimezone(ZONE).date()) if when else ""


def _asked() -> Asked:
    return asked_of(office(), row(), person())


def asked_of(parts: Office, session: Row, who: Person) -> Asked:
    """Tell what is still asked of whoever signed in; looked up once in a session, and again once they have done it."""
    if session.asked is None:
        mark = secrecy.marks_of(parts).of(secrecy.me(who))
        session.asked = mark.toured, secrecy.standing(parts, who.member, mark).due
    return Asked(*session.asked)
