"""What the pages say when something stands still, and what to do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto.opening.members import AUDITOR, COORDINATOR, LEAD
from staff.office import Office
from staff.person import Person
from staff.watching.outlook import Standing
from staff.watching.pulse import Portal
from staff.words import _, moment

DIGITS = re.compile(r"(?<=\d) (?=\d)")  # a number stays on one line
TOLD = frozenset({COORDINATOR, LEAD, AUDITOR})  # those of the house; other agencies can do nothing about it


@dataclass(frozen=True)
class Line:
    """Hold one line; `inbox` says that it leads to the inbox."""

    text: str
    inbox: bool = False


def stands_still(parts: Office, who: Person, now: datetime) -> list[Line]:
    """Write a line for each thing that stands still; none for somebody of another agency."""
    if who.member.role not in TOLD:
        return []
    rules = parts.settings.programme.casework.operations
    return list(lines(parts.outlook.standing(who.team_tag), who.member.role, rules.call, rules.unread_hours, now))


def lines(standing: Standing, role: str, call: str, hours: int, now: datetime) -> Iterator[Line]:
    """Write a line for each thing that stands still, what cannot wait first."""
    number = DIGITS.sub("\N{NO-BREAK SPACE}", call)
    help_ = _("Ring %(who)s.", who=number) if call else _("Säg till den som sköter driften.")
    if standing.unread is not None:
        yield _unread(role, hours)
    if standing.collected is not None:
        when = moment(standing.collected, now)
        yield Line(
            _("Inget har hämtats sedan %(when)s: det som kommit efter det syns inte här.", when=when) + f" {help_}"
        )
    elif standing.away is not None:
        text = _("Brevlådan mellan portalen och den här appen har inte svarat på %(time)s.", time=span(standing.away))
        yield Line(f"{text} {help_}")
    if standing.nobody is not None:
        text = _("Ingen portal har hörts av än. Det som skickas kanske inte kommer fram.")
        yield Line(f"{text} {help_}")
    for portal in standing.portals:
        yield Line(f"{_portal(portal, standing)} {help_}")


def _unread(role: str, hours: int) -> Line:
    if role == COORDINATOR:
        return Line(_("Något har legat oläst i mer än %(n)s kontorstimmar. Läs inkorgen.", n=hours), inbox=True)
    text = _("Något har legat oläst hos teamet i mer än %(n)s kontorstimmar.", n=hours)
    return Line(text + (" " + _("Se till att någon läser.") if role == LEAD else ""))


def _portal(portal: Portal, standing: Standing) -> str:
    many = standing.known > 1
    who = _("Portalen %(name)s", name=portal.name) if many else _("Portalen")
    if portal.ahead:
        way = _("före") if portal.ahead > timedelta() else _("efter")
        return _("%(who)s: klockan går %(time)s %(way)s.", who=who, time=span(abs(portal.ahead)), way=way)
    said = _("%(who)s har inte hörts av på %(time)s.", who=who, time=span(portal.silent))
    others = many and len([one for one in standing.portals if one.silent]) < standing.known
    return said + " " + (_("Andra portaler tar emot.") if others else _("Det som skickas kanske inte kommer fram."))


def span(time: timedelta) -> str:
    """Write how long: minutes up to two hours, hours up to two days, then days."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 120:
        return _("%(n)s minuter", n=minutes)
    return _("%(n)s timmar", n=minutes // 60) if minutes < 2880 else _("%(n)s dagar", n=minutes // 1440)
