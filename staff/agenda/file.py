"""The calendar as a file for another program: working names and kinds, and nothing that anybody wrote."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from crypto.opening.identity import Identity
from crypto.opening.keyring import own_key
from crypto.primitives import keyed_hash
from staff.agenda.dates import Happening
from staff.agenda.words import word

NAME = "kalender.ics"


def ics(happenings: Iterable[Happening], identity: Identity, now: datetime) -> bytes:
    """Write RFC 5545. Each thing keeps its UID from file to file, and no UID tells which case it is of."""
    calendar = Calendar()
    calendar.add("prodid", "-//Kalender//SE")
    calendar.add("version", "2.0")
    key = own_key(identity, "calendar")
    for one in happenings:
        calendar.add_component(_event(one, key, now))
    return bytes(calendar.to_ical())


def _event(one: Happening, key: bytes, now: datetime) -> Event:
    event = Event()
    which = "\0".join((one.case.hex(), one.kind, str(one.day), one.title, str(one.start)))
    event.add("uid", keyed_hash(key, "utvag/1/calendar", which.encode("utf-8", "replace"))[:16].hex())
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("summary", f"{one.working}: {word(one.kind)}")
    if one.start is None or one.end is None:
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # a planned day does not make anybody busy
    else:
        event.add("dtstart", one.start)
        event.add("dtend", one.end)
        event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
