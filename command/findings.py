"""What a check found, how it is told, and the checks that `utvag status` and `utvag doctor` share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from crypto.sealing.roster import LONGEST, Roster

GOOD, UNSURE, WARNING, ALARM = "bra", "okänt", "se över", "LARM"
STATUS = {GOOD: 0, UNSURE: 0, WARNING: 1, ALARM: 2}  # as monitoring has it
SLACK = timedelta(minutes=5)  # between the clocks of two machines that share a disk


@dataclass(frozen=True)
class Finding:
    """Hold one line: how serious it is, and what to do about it if anything."""

    level: str
    words: str


def tell(findings: Iterable[Finding]) -> int:
    """Print each finding and give the exit status of the worst: 0 good or unsure, 1 to look at, 2 alarm."""
    worst = 0
    for one in findings:
        click.echo(f"{one.level:<8} {one.words}")
        worst = max(worst, STATUS[one.level])
    return worst


def clock(now: datetime, roster: Roster | None, files: Iterable[Path], newest_day: int) -> list[Finding]:
    """Tell whether the clock was moved back: a file, a row of the audit or the roster is of a day to come.

    `newest_day` is that of the audit's newest row, days since 1970.
    """
    ahead = [path.name for path in files if path.exists() and _changed(path) > now + SLACK]
    today = (now.astimezone(UTC).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    faults = [f"{name} är ändrad efter vad klockan är nu" for name in ahead]
    if newest_day > today:
        faults.append("loggens nyaste rad är från en dag som inte har varit")
    if roster and roster.not_after - now.astimezone(UTC).date() > LONGEST:
        faults.append("mottagarlistan gäller längre än en lista får göra")
    if faults:
        return [Finding(ALARM, f"Klockan går fel eller är tillbakaställd: {'; '.join(faults)}.")]
    return [Finding(GOOD, f"Klockan: {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC, inget tyder på att den går fel.")]


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
