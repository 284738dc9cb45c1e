"""The signed list of public keys that a submission is sealed to. Source: docs/envelope.md section 3."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crypto.envelope import PLACES, SUITE
from crypto.errors import (
    ForgedError,
    MalformedError,
    RosterExpiredError,
    RosterForgedError,
    RosterMalformedError,
    RosterTooOldError,
)
from crypto.primitives import check_public, unhex
from crypto.sealing.signed import read_signed

LONGEST = timedelta(days=120)
_MUNICIPALITY = re.compile(r"[a-z][a-z0-9-]{0,30}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Team:
    """Hold one municipality's public keys, 32 bytes each: recovery, then recipients ascending. No names, no roles."""

    municipality: str
    contact: Mapping[str, str]
    recovery: bytes
    recipients: tuple[bytes, ...]

    def place(self, box_public: bytes) -> int | None:
        """Find the slot of a key in this team's envelopes, or None."""
        keys = (self.recovery, *self.recipients)
        return keys.index(box_public) if box_public in keys else None


@dataclass(frozen=True, slots=True)
class Roster:
    """Hold one epoch's verified roster. Only `verify` makes one from bytes of unknown origin.

    `revokes` says that the epoch before is not welcome any more.
    """

    epoch: int
    previous: str
    not_after: date
    salt: bytes
    suites: tuple[int, ...]
    places: int
    teams: tuple[Team, ...]
    revokes: bool = False

    def team(self, municipality: str) -> Team:
        """Give a municipality's team; raise KeyError."""
        for team in self.teams:
            if team.municipality == municipality:
                return team
        raise KeyError(municipality)


def verify(data: bytes, root: bytes, *, minimum_epoch: int, today: date | None) -> Roster:
    """Check a roster file against the pinned root key and read it.

    Raises RosterForgedError, RosterMalformedError, RosterTooOldError (epoch below the minimum), RosterExpiredError
    (today, UTC, is after its last day; None leaves days out, to show an old roster and never to seal to it).
    The trap: keep the highest epoch seen, or an old roster may be put back.
    """
    try:
        roster = _read(read_signed("roster", data, root))
    except ForgedError as error:
        raise RosterForgedError("not signed by the pinned root key") from error
    except (MalformedError, ValueError) as error:
        raise RosterMalformedError(str(error)) from error
    if roster.epoch < minimum_epoch:
        raise RosterTooOldError(f"epoch {roster.epoch}, at least {minimum_epoch} is demanded")
    if today and today > roster.not_after:
        raise RosterExpiredError(f"held until {roster.not_after}")
    if today and roster.not_after > today + LONGEST:
        raise RosterMalformedError("holds for more than 120 days")
    return roster


def _read(value: dict[str, Any]) -> Roster:  # Any: JSON's values, each checked below
    names = {"epoch", "previous", "not_after", "salt", "suites", "places", "teams"}
    if value.keys() - {"revokes"} != names or value.get("revokes", "yes") != "yes":
        raise MalformedError(f"other names than {', '.join(sorted(names))}")
    places = _number(value["places"], PLACES)
    if not isinstance(value["not_after"], str) or not _DAY.fullmatch(value["not_after"]):
        raise MalformedError("not_after is not a day")
    return Roster(
        epoch=_number(value["epoch"], range(1, 2**32)),
        previous=unhex(value["previous"], 32).hex() if value["previous"] != "" else "",
        not_after=date.fromisoformat(value["not_after"]),
        salt=unhex(value["salt"], 16),
        suites=_suites(value["suites"]),
        places=places,
        teams=_teams(value["teams"], places),
        revokes="revokes" in value,
    )


def _number(value: object, allowed: range) -> int:
    if type(value) is not int or value not in allowed:
        raise MalformedError("a number outside its range")
    return value


def _suites(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or SUITE not in value or not all(type(suite) is int for suite in value):
        raise MalformedError("suite 1 is not among the suites")
    return tuple(value)


def _teams(value: object, places: int) -> tuple[Team, ...]:
    if not isinstance(value, list) or not value:
        raise MalformedError("no team")
    teams = tuple(_team(one, places) for one in value)
    names = [team.municipality for team in teams]
    if names != sorted(set(names)):
        raise MalformedError("teams are not in ascending order, each once")
    return teams


def _team(value: object, places: int) -> Team:
    if not isinstance(value, dict) or value.keys() != {"municipality", "contact", "recovery", "recipients"}:
        raise MalformedError("a team has other names")
    municipality, contact, recipients = value["municipality"], value["contact"], value["recipients"]
    if not isinstance(municipality, str) or not _MUNICIPALITY.fullmatch(municipality):
        raise MalformedError("a municipality's id is of another form")
    if not isinstance(contact, dict) or not all(isinstance(text, str) for text in contact.values()):
        raise MalformedError("contact is not a set of texts")
    if not isinstance(recipients, list) or len(recipients) != places - 1:
        raise MalformedError("a team has another number of recipients than places")
    keys = tuple(unhex(key, 32) for key in recipients)
    team = Team(municipality, contact, unhex(value["recovery"], 32), keys)
    if list(keys) != sorted(set(keys)) or team.recovery in keys:
        raise MalformedError("recipients are not in ascending order, each once, apart from recovery")
    for key in (team.recovery, *keys):
        check_public(key)
    return team
