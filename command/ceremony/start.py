"""`utvag start`: one guided hour from nothing to open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from command.ceremony import opening_day, start_steps
from command.ceremony.guide import STATE, Guide
from command.ceremony.sheets import refuse_disk
from staff.hardening import harden

Step = Callable[[Guide], None]
# Each step: its name in the state file, what it is about, what does it.
STEPS: tuple[tuple[str, str, Step], ...] = (
    ("settings", "Kommunen och telefonen", start_steps.settings),
    ("root", "Rotnyckeln, på två stickor", start_steps.root),
    ("recovery", "Återhämtningsnyckeln och dess delblad", start_steps.recovery),
    ("rehearsal", "Prov: öppnar delbladen?", start_steps.rehearsal),
    ("pepper", "Pepparn, en fil för sig", start_steps.pepper),
    ("lead1", "Första chefen", start_steps.person("lead1", "lead")),
    ("lead2", "Andra chefen", start_steps.person("lead2", "lead")),
    ("coordinator", "Första samordnaren", start_steps.person("coordinator", "coordinator")),
    ("roster", "Mottagarlistan skrivs under", start_steps.roster),
    ("files", "Inställningar för de två apparna", start_steps.files),
    ("enrol", "Alla släpps in i appen", opening_day.let_all_in),
    ("canary", "En första förfrågan skickas och läses", opening_day.canary),
)


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The programme's folder."
)
@click.option(
    "--sheets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder in memory for the sheets of the shares, to print; else they are copied by hand.",
)
def start(folder: Path, sheets: Path | None) -> None:
    """Lead a new programme through everything that it needs before it opens, in about an hour.

    Needed: two memory sticks, pen and paper, everybody in the room, their phones with an authenticator app. Ctrl-C
    at any question is safe: run the same command again and it goes on there. The folder's start.json holds answers and
    steps, and nothing secret.
    """
    harden()
    if sheets is not None:
        refuse_disk(sheets)
    guide = Guide.open(folder.absolute())
    guide.answers["sheets"] = str(sheets) if sheets else ""
    try:
        _lead(guide)
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"\n\nAvbrutet. Det som är klart är kvar. Fortsätt med: utvag start --dir {folder}")
        raise SystemExit(130) from None
    click.echo(calendar(guide))


def _lead(guide: Guide) -> None:
    for number, (name, title, step) in enumerate(STEPS, 1):
        if name in guide.done:
            continue
        click.echo(f"\n— {number} av {len(STEPS)}: {title} —\n")
        step(guide)
        guide.finish(name)


def calendar(guide: Guide) -> str:
    """Say what comes when: three reminders a year are all that it takes."""
    today = datetime.now(UTC).date()
    return f"""
Klart. {guide.folder} är programmets mapp ({STATE} i den får tas bort).
Nyckelfilerna i {guide.folder / "people"} hör till var och en: flytta dem till en egen sticka som låses in.
Stå i mappen och starta portalen, och i ett annat fönster personalens app:

  (set -a; . ./portal.env; utvag portal)
  (set -a; . ./staff.env; utvag staff serve)

Se docs/operations.md, avsnitt 3, om det som ska stå framför dem innan någon annan än ni använder dem.

Tre påminnelser att lägga i kalendern:

  1. {today + timedelta(days=60)}, och sedan var sextionde dag: skriv under en ny mottagarlista (den gäller i 90 dagar).
  2. {today + timedelta(days=182)}, en gång om året: repetera återhämtningsnyckeln (utvag recovery rehearse).
  3. {today + timedelta(days=350)}, en gång om året: byt återhämtningsnyckeln (utvag recovery split, sedan replace).

utvag status säger till om något av det glöms.
"""
