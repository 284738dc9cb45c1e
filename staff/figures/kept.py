"""The half-years that were counted: each once, as one sealed entry of the team's ledger, and never again."""

from collections.abc import Sequence
from datetime import datetime

from crypto.errors import MalformedError
from staff.entry import Entry
from staff.figures.account import Account
from staff.figures.half import Half
from staff.ledger import Ledger

NAME = "figures"


def kept(entries: Sequence[Entry], municipality: str) -> dict[Half, Account]:
    """Give the accounts that stand in a ledger; of two for one half-year the earlier counts, for ever."""
    found: dict[Half, Account] = {}
    for entry in sorted((one for one in entries if one.kind == NAME), key=lambda one: one.when):
        try:
            account = Account.decode(entry.fields.get("account", ""))
        except MalformedError:
            continue
        if account.municipality == municipality:
            found.setdefault(account.half, account)
    return found


def keep(ledger: Ledger, account: Account, who: str, now: datetime) -> None:
    """Keep an account, unless somebody has kept that half-year before."""

    def decide(entries: Sequence[Entry]) -> list[Entry]:
        if account.half in kept(entries, account.municipality):
            return []
        return [Entry(who, now, NAME, {"account": account.encode()})]

    ledger.append(decide, what="counted")
