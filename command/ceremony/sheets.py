"""The sheets on which shares are kept: on paper of A4, or shown to be copied by hand. Never on a disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from command.ceremony.asking import PRIVATE, write_new, yes
from command.machine import Machine
from crypto.opening.shares import Share

COLUMNS = 3
BEFORE = (
    "Det här är blad {number} av {count}. {threshold} av bladen tillsammans öppnar det som annars vore förlorat.",
    "Ett blad ensamt öppnar ingenting. Omgång: {day}.",
    "",
    "Gör så här:",
    "1. Lägg bladet i ett kuvert, förslut det och skriv ditt namn över förslutningen.",
    "2. Förvara det inlåst, på ett annat ställe än de andra bladen.",
    "3. Kopiera det inte, fotografera det inte, läs det inte för någon i telefon.",
    "4. Säg inte vad det är till, inte ens hemma.",
)
AFTER = (
    "Orden skrivs av i ordning efter sina nummer. De fyra första bokstäverna i varje ord räcker.",
    "Du ombeds ta fram bladet en gång om året. Lämna det bara till den som du själv har ringt upp.",
    "Om bladet kommer bort eller om någon annan kan ha sett det: säg till samma dag. Det byts då ut.",
    "När du får ett nytt blad lämnar du tillbaka det här, och det förstörs medan två ser på.",
)


def hand_out(shares: Sequence[Share], folder: Path | None, today: date) -> None:
    """Give each share to who is to keep it, one at a time, and leave none behind.

    With a folder, which must lie in memory, as PDF to print; else on the screen to be copied by hand. Ctrl-C leaves
    nothing behind either.
    """
    for share in shares:
        if folder is None:
            _show(share, len(shares))
        else:
            with _printed(share, len(shares), folder, today):
                yes("Skriv ut bladet nu. Är det utskrivet och läsligt?")


def refuse_disk(folder: Path, machine: Machine | None = None) -> None:
    """End with one sentence if a folder does not lie in memory: all shares of a set on one disk are the key itself."""
    if not (machine or Machine()).in_memory(folder):
        raise click.ClickException(
            f"{folder} ligger på en disk, eller så kan minnet växlas ut till en. Där får inga delblad skrivas. "
            "Välj en mapp i minnet, till exempel under /dev/shm, eller låt bli --sheets och skriv av dem för hand."
        )


def sheet(share: Share, count: int, today: date) -> bytes:
    """Set one share as PDF, A4."""
    from staff.documents.paper import typeset

    words = share.words.split()
    rows = len(words) // COLUMNS
    told = {"number": share.number, "count": count, "threshold": share.threshold, "day": today.isoformat()}
    data = {
        "title": f"Delblad {share.number} av {count}",
        "day": [today.year, today.month, today.day],
        "before": [line.format(**told) for line in BEFORE],
        "rows": [
            [{"number": f"{place + 1}.", "word": words[place]} for place in range(row, len(words), rows)]
            for row in range(rows)
        ],
        "after": list(AFTER),
    }
    return typeset(data, "sheet")


@contextmanager
def _printed(share: Share, count: int, folder: Path, today: date) -> Iterator[None]:
    path = folder / f"blad-{share.number}.pdf"
    write_new(path, sheet(share, count, today), PRIVATE)
    try:
        click.echo(f"\n{path} är blad {share.number} av {count}. Det tas bort igen så snart du har svarat.", err=True)
        yield
    finally:
        path.write_bytes(bytes(path.stat().st_size))
        os.unlink(path)


def _show(share: Share, count: int) -> None:
    words = share.words.split()
    rows = len(words) // COLUMNS
    click.clear()
    click.echo(
        f"\nDelblad {share.number} av {count}, {share.threshold} behövs. Skriv av orden med sina nummer.\n", err=True
    )
    for row in range(rows):
        places = range(row, len(words), rows)
        click.echo("  ".join(f"{place + 1:>4}. {words[place]:<12}" for place in places), err=True)
    yes("\nÄr bladet avskrivet och kontrollerat ord för ord?")
    click.clear()
