"""Who did what, and when: rows that are committed before what they tell of is shown.

Outside, a row shows number, day and the chain. What it says is sealed to the auditors and under the subject's own key,
so that whoever may read a case also sees who opened it. Source: docs/envelope.md section 5.6.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.auditing import Act, Opened, Spot, audit_key, fits, next_head, open_own, row_tag, seal_act
from crypto.opening.keyring import own_key
from crypto.opening.members import AUDITOR, Members
from crypto.primitives import sha256
from staff.audit import store
from staff.audit.store import Stored
from staff.casebook import Casebook
from staff.clip import clip
from staff.entry import NAME, believe
from staff.errors import RefusedActError
from staff.person import Person

__all__ = ["About", "Audit", "Seen", "auditors", "days", "myself"]
WORD = 24  # bytes
LESS = (80, 40, 20, 8, 0)  # bytes of each field, the most generous that fits
FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class About:
    """Hold what one row is to say: which act, on which subject under which key; `new` says it has no row yet.

    `after` is the k of its newest row where the caller has read it in this very turn (`Audit.standing`), else -1.
    """

    what: str
    subject: bytes
    key: bytes = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    new: bool = False
    after: int = -1


@dataclass(frozen=True)
class Seen:
    """Hold one row as its subject's readers see it.

    `k` numbers the subject's rows from 1; `missing` counts those that should stand just before this one and do not.
    `trusted` is False for a row that does not open or is not signed by the person it names.
    """

    number: int
    who: str
    what: str
    when: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    k: int = 0
    missing: int = 0
    trusted: bool = True


class Audit:
    """Write the rows and read those of one subject."""

    def __init__(self, casebook: Casebook) -> None:
        self._casebook = casebook

    def write(  # who, what, on what, when: a row has so many parts
        self,
        session: Session,
        person: Person,
        what: str,
        subject: bytes,
        subject_key: bytes,
        now: datetime,
        fields: Mapping[str, str] | None = None,
    ) -> int:
        """Write a row in the caller's write transaction and give its number in the chain.

        Fields that do not fit are cut. Raises RefusedActError("busy") if the chain has no end to add to.
        """
        return self.write_all(session, person, [About(what, subject, subject_key, fields or {})], now)

    def write_all(self, session: Session, person: Person, acts: Sequence[About], now: datetime) -> int:
        """Write a row for each of many acts, as `write` does, and give the number of the last."""
        # Whoever takes the turn has it until the commit: the end of the chain, and each subject's next k, are ours.
        store.take_turn(session)
        named = [(audit_key(one.key), one) for one in acts]
        ks = store.newest_ks(session, [key for key, one in named if not one.new and one.after < 0])
        ks |= {key: one.after for key, one in named if one.after >= 0}
        start, head = store.head(session)
        boxes, who = auditors(person), clip(person.name, NAME)
        rows: list[Stored] = []
        for number, (key, one) in enumerate(named, start + 1):
            ks[key] = ks.get(key, 0) + 1
            said = Act(who, one.what[:WORD], int(now.timestamp()), one.subject, ks[key], dict(one.fields))
            spot = Spot(head, number, days(now), row_tag(key, ks[key]))
            sealed, own = seal_act(fitting(said), spot, person.identity, key, boxes)
            head = next_head(spot, sealed, own)
            rows.append(Stored(number, spot.day, spot.tag, sealed, own, head))
        if rows and not store.move_head(session, start, rows[-1].number, head):
            raise RefusedActError("busy")
        if rows:
            store.add(session, *rows)
        return start + len(rows)

    def of(self, subject_key: bytes, members: Members | None = None) -> list[Seen]:
        """List a subject's rows, oldest first; a gap is told, and a row that is not what it was is marked.

        With `members` a row counts only if the person it names may have signed it.
        """
        return self.under(audit_key(subject_key), members)

    def under(self, key: bytes, members: Members | None = None) -> list[Seen]:
        """List a subject's rows, as `of` does, with the key that is derived for them: it opens nothing else."""
        with self._casebook.read() as session:
            top = store.newest_k(session, key)
            tags = {row_tag(key, k): k for k in range(1, top + 1)}
            found = store.of_tags(session, list(tags)) if tags else []
            before = store.heads(session, [row.number - 1 for row in found])
        seen = [_seen(key, row, tags[row.tag], before.get(row.number - 1), members) for row in found]
        return _with_gaps(sorted(seen, key=lambda one: (one.k, one.number)))

    def newest_version(self, session: Session, subject_key: bytes) -> int:
        """Give the version that a subject's newest row names (field `v`), or 0: no row names a higher one."""
        return self.newest_versions(session, [subject_key])[subject_key]

    def newest_versions(self, session: Session, subject_keys: Sequence[bytes]) -> dict[bytes, int]:
        """Give `newest_version` of many subjects."""
        return {key: version for key, (_, version) in self.standing(session, subject_keys).items()}

    def standing(self, session: Session, subject_keys: Sequence[bytes]) -> dict[bytes, tuple[int, int]]:
        """Give the k of each subject's newest row, and the version that it names: 0 and 0 where there is none."""
        keys = {audit_key(one): one for one in subject_keys}
        ks = store.newest_ks(session, list(keys))
        tops = {row_tag(key, k): key for key, k in ks.items() if k}
        found = {keys[key]: (k, 0) for key, k in ks.items()}
        for row in store.of_tags(session, list(tops)) if tops else ():
            key = tops[row.tag]
            k, version = found[keys[key]]
            found[keys[key]] = k, max(version, _version(key, row))
        return found

    def own(self, person: Person) -> list[Seen]:
        """List the person's own sign-ins, locks and acts that belong to no case."""
        return self.of(own_key(person.identity, "audit"), person.papers.members)

    def about_me(
        self, session: Session, person: Person, what: str, now: datetime, fields: Mapping[str, str] | None = None
    ) -> None:
        """Write a row that belongs to no case but to the person alone, as signing in does."""
        self.write(session, person, what, myself(person), own_key(person.identity, "audit"), now, fields)


def myself(person: Person) -> bytes:
    """Give the id that stands in a person's own rows: 16 bytes, the same for whoever reads them as an auditor."""
    return sha256("utvag/1/self", person.identity.box_public)[:16]


def auditors(person: Person) -> list[bytes]:
    """List whom a row is sealed to: the auditors of the person's municipality, else its recovery key."""
    found = person.papers.members.with_role(person.municipality, AUDITOR)
    boxes = sorted(one.box_public for one in found)
    try:
        return boxes or [person.papers.roster.team(person.municipality).recovery]
    except KeyError:
        return []  # a team that has left the roster: the row is still signed, chained, and open to its subject


def days(now: datetime) -> int:
    """Count the days since 1970, UTC, as they stand outside."""
    return days_of(now.astimezone(UTC).date())


def days_of(day: date) -> int:
    """Count the days from 1970 to a day."""
    return (day - FIRST_DAY).days


def fitting(act: Act) -> Act:
    """Cut an act's fields until it fits its row."""
    if fits(act):
        return act
    for room in LESS:
        short = replace(act, fields={name: clip(text, room) for name, text in act.fields.items()})
        if fits(short):
            return short
    return replace(act, fields={})


def _version(key: bytes, row: Stored) -> int:
    try:
        return number_of(open_own(key, row.tag, row.own).act.fields.get("v", ""))
    except Error:
        return 0


def number_of(text: str) -> int:
    """Read a whole number, 0 for nonsense."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _seen(key: bytes, row: Stored, k: int, before: bytes | None, members: Members | None) -> Seen:
    try:
        opened = open_own(key, row.tag, row.own)
        _check(opened, row, k, before, members)
        when = datetime.fromtimestamp(opened.act.when, UTC)
    except (Error, ValueError, OverflowError, OSError):
        return Seen(row.number, "", "unreadable", datetime.fromtimestamp(0, UTC), k=k, trusted=False)
    return Seen(row.number, opened.act.who, opened.act.what, when, opened.act.fields, k)


def _check(opened: Opened, row: Stored, k: int, before: bytes | None, members: Members | None) -> None:
    placed: Collection[bool] = (
        opened.number == row.number,
        opened.act.k == k,
        row.number == 1 or before == opened.previous,
    )
    if not all(placed):
        raise ValueError("a row stands elsewhere than its signer put it")
    if members is not None:
        believe(members, opened.sign_public, opened.act.who)


def _with_gaps(seen: list[Seen]) -> list[Seen]:
    found, last = [], 0
    for one in seen:
        found.append(replace(one, missing=max(0, one.k - last - 1)))
        last = one.k
    return found
