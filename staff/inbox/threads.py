"""Which requests and follow-ups belong together: by proof, never by the address that a message names.

A message joins a thread if it is signed by the key that it carries, and carries exactly the mailbox of the thread's
first submission: address, reply key and thread key, none of which the dead drop shows but the address. Whoever copied
addresses there can name one, and gets a request of their own that says so (docs/envelope.md section 8.1).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from staff.inbox.row import Row

FALSE, UNKNOWN = "false", "unknown"
NEVER = 2**40
Group = list[Row]


class Thread(NamedTuple):
    """Hold the versions of one try and the follow-ups that proved to belong to them.

    `claim` is FALSE for what names another's mailbox or is not signed as it should be, UNKNOWN for a follow-up whose
    thread this reader does not have.
    """

    versions: Group
    follow_ups: Group
    claim: str


def sort_out(rows: Iterable[Row]) -> list[Thread]:
    """Make threads of rows; every row stands in exactly one."""
    tries: dict[object, Group] = {}
    written: Group = []
    for row in rows:
        facts = row.summary.facts
        if facts is not None and facts.counter >= 0:
            written.append(row)
        else:
            tries.setdefault(facts.try_id if facts else row.id, []).append(row)
    groups = list(tries.values())
    owners = _owners(groups)
    joined, alone = _join(written, owners)
    return [Thread(group, joined.get(id(group), []), _claim_of(group, owners)) for group in groups] + alone


def _owners(groups: Iterable[Group]) -> dict[str, Group]:
    """Find the request that each address belongs to.

    Of several that name one address it is the one that was answered, then the one that was opened first: an address
    shows outside only once a reply lies under it, so whoever copied it came later.
    """
    named: dict[str, list[Group]] = {}
    for group in groups:
        for address in _addresses(group):
            named.setdefault(address, []).append(group)
    return {address: min(found, key=_age) if len(found) > 1 else found[0] for address, found in named.items()}


def _age(group: Group) -> tuple[bool, int, int, bytes]:
    opened = [row.summary.opened_at for row in group if row.version]
    answered = any(row.summary.state.replies for row in group)
    return not answered, min(opened, default=NEVER), min(row.sent for row in group), min(row.id for row in group)


def _join(written: Sequence[Row], owners: dict[str, Group]) -> tuple[dict[int, Group], list[Thread]]:
    """Give the follow-ups of each request, by its group's identity, and those that stand alone."""
    joined: dict[int, Group] = {}
    alone: list[Thread] = []
    for row in written:
        facts = row.summary.facts
        owner = owners.get(facts.address) if facts else None
        if facts is None or not facts.signed or (owner is not None and facts.box not in _boxes(owner)):
            alone.append(Thread([row], [], FALSE))
        elif owner is None:
            alone.append(Thread([row], [], UNKNOWN))
        else:
            joined.setdefault(id(owner), []).append(row)
    return joined, alone


def _addresses(group: Group) -> set[str]:
    return {row.summary.facts.address for row in group if row.summary.facts and row.summary.facts.address}


def _boxes(group: Group) -> set[str]:
    return {row.summary.facts.box for row in group if row.summary.facts}


def _claim_of(group: Group, owners: dict[str, Group]) -> str:
    return FALSE if any(owners[address] is not group for address in _addresses(group)) else ""
