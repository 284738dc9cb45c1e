"""Made-up half-years for the demo, so that the page of figures has something to show on the first day."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from programme.casework import Choice
from programme.hours import ZONE
from staff.audit import Audit
from staff.casebook import Casebook
from staff.figures.account import Account
from staff.figures.count import CaseFact, Facts, RequestFact, Stay, count
from staff.figures.definitions import definitions
from staff.figures.half import Half, newest_settled
from staff.figures.kept import NAME, keep
from staff.folders import Folders, Keys, Shelf
from staff.ledger import Ledger
from staff.person import Person

SIZES = (38, 33, 24, 15)  # persons in each half-year, the newest first
SOURCES = ("request",) * 6 + ("outreach",) * 4 + ("call",) * 3 + ("referral",) * 2
OUTCOMES = ("completed",) * 4 + ("own_wish", "moved", "lost_contact")
HOURS = (1, 1, 1, 1, 4, 4, 6, 15, 30, None)


def tell_past(person: Person, casebook: Casebook, needs: tuple[Choice, ...]) -> None:
    """Keep the four newest half-years that may be counted, with made-up numbers; what is kept already stays."""
    known, now, half = definitions(), datetime.now(UTC), newest_settled(datetime.now(UTC))
    words = {need.id: need.label for need in needs}
    keys, shelf = Keys(), Shelf()
    ledger = Ledger(NAME, casebook, Folders(casebook, Audit(casebook)), keys, shelf, person, now)
    for size in SIZES:
        chance = random.Random(str(half))  # noqa: S311  # the same made-up numbers every time
        tables = count(_facts(chance, half, size, sorted(words)), half, known, words)
        keep(ledger, Account(person.municipality, half, known.version, tables, words), person.name, now)
        half = half.before


def _facts(chance: random.Random, half: Half, size: int, needs: list[str]) -> Facts:
    requests = [_request(chance, half) for _ in range(size * 2)]
    return Facts(requests, [_case(chance, half, needs) for _ in range(size)])


def _request(chance: random.Random, half: Half) -> RequestFact:
    hours = chance.choice(HOURS)
    return RequestFact(_some_day(chance, half), timedelta(hours=hours) if hours else None)


def _case(chance: random.Random, half: Half, needs: list[str]) -> CaseFact:
    when = _some_day(chance, half)
    return CaseFact(
        opened=(when, chance.choice(SOURCES)),
        reopened=(when,) if chance.random() < 0.2 else (),
        closed=((when, chance.choice(OUTCOMES)),) if chance.random() < 0.6 else (),
        stays=tuple(Stay(stage, when - timedelta(days=chance.randint(2, 40 * stage)), when) for stage in range(1, 6)),
        assessed=when,
        needs=frozenset(chance.sample(needs, min(3, len(needs)))),
        followups=tuple((when, _result(chance)) for _ in range(3)),
    )


def _result(chance: random.Random) -> dict[str, str]:
    return {
        "safe": chance.choice(("yes", "yes", "yes", "no")),
        "new_threat": chance.choice(("no", "no", "no", "yes")),
        "housing": chance.choice(("lasting", "for_now", "none")),
        "occupation": chance.choice(("full", "part", "none")),
        "drug_free": chance.choice(("yes", "no", "")),
        "debt_plan": chance.choice(("yes", "no", "")),
        "rating": chance.choice(("low", "middle", "high", "high")),
    }


def _some_day(chance: random.Random, half: Half) -> datetime:
    return datetime(half.year, chance.choice(half.months), chance.randint(1, 28), 12, tzinfo=ZONE)
