"""When the staff pages say that something stands still, and whom to call then."""

from __future__ import annotations

from dataclasses import dataclass

from programme.reader import Table

LONGEST_CALL = 120  # characters: it stands on every page


@dataclass(frozen=True)
class Operations:
    """What has stood still for so long is told: a portal for minutes, collecting and reading for office hours.

    `call` names who runs the machines, and their number; "" says only "whoever runs the machines".
    """

    call: str = ""
    silent_minutes: int = 10
    uncollected_hours: int = 2
    unread_hours: int = 4


USUAL = Operations()


def read_operations(table: Table | None) -> Operations:
    """Read the table `casework.operations`; what is left out keeps its default."""
    usual = USUAL
    if table is None:
        return usual
    call = " ".join(table.text("call", required=False).split())
    if len(call) > LONGEST_CALL:
        table.fault("call", f"must be {LONGEST_CALL} characters at most")
    found = Operations(
        call=call[:LONGEST_CALL],
        silent_minutes=table.number("silent_minutes", usual.silent_minutes, 5, 1440),
        uncollected_hours=table.number("uncollected_hours", usual.uncollected_hours, 1, 100),
        unread_hours=table.number("unread_hours", usual.unread_hours, 1, 100),
    )
    table.done()
    return found
