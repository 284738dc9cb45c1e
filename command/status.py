"""`utvag status`: how the programme stands, in words for people and an exit status for monitoring."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from command.doctor import staff_settings
from command.findings import ALARM, GOOD, STATUS, UNSURE, WARNING, Finding, clock, tell
from command.still import still
from staff.errors import RegisterError  # where there is no staff app, this command is not offered

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from staff.casebook import Casebook
    from staff.erasure.record import Record
    from staff.register import Papers
    from staff.settings import StaffSettings

SOON, VERY_SOON, NOW = 30, 7, 1  # days before something runs out
ROTATE = 90  # days that an intake key is used
REHEARSE = timedelta(days=365)
FIRST_DAY = date(1970, 1, 1)


@click.command()
@click.option(
    "--protocol",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="UTVAG_STATUS_PROTOCOL",
    help="The protocol of the last rehearsal of the recovery key.",
)
@click.option("--due", is_flag=True, help="Only what is due or stands still: for a journal, which keeps the hour.")
def status(protocol: Path | None, *, due: bool) -> None:
    """Tell how many days the roster has left, whether envelopes are collected, where the audit ends, and what is due.

    Settings are the staff app's (UTVAG_STAFF_…). Exit 0: all is well; 1: something is due; 2: something stands still.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from staff.casebook import Casebook

    settings = staff_settings(os.environ)
    if "://" not in settings.casebook and not Path(settings.casebook).exists():
        raise click.ClickException("UTVAG_STAFF_CASEBOOK: det finns inget där än. Starta personalens app först.")
    casebook = Casebook(settings.casebook)
    try:
        found = look(settings, casebook, protocol, datetime.now(UTC))
    except SQLAlchemyError as error:  # its class alone: its words may name rows, and go to a journal
        found = [Finding(ALARM, f"Ärendeboken: går inte att läsa ({type(error).__name__}). Se dess disk och server.")]
    finally:
        casebook.close()
    raise SystemExit(tell([one for one in found if STATUS[one.level] or not due]))


def look(settings: StaffSettings, casebook: Casebook, protocol: Path | None, now: datetime) -> list[Finding]:
    """Give every finding."""
    from staff.erasure.record import Record
    from staff.orders import Orders
    from staff.register import Register

    orders, record = Orders(casebook, settings.pepper).all, Record(settings.erased_file)
    today = now.astimezone(UTC).date()
    try:
        papers = Register(
            settings.roster, settings.members, settings.root_key, settings.minimum_epoch, orders, record
        ).current()
    except RegisterError as error:
        return [Finding(ALARM, f"Mottagarlistan eller registret kan inte tros: {error}.")]
    with casebook.read() as session:
        log, newest_day = audit(session, papers)
        keys = [*intake(session, today), *unopenable(session, papers, settings.pepper)]
    return [
        roster(papers, today),
        Finding(GOOD, f"Epok: lista {papers.roster.epoch}, register {papers.signed.epoch}."),
        collection(settings, today),
        *still(settings, casebook, now),
        log,
        *keys,
        rehearsal(papers, protocol, today),
        *clock(now, papers.roster, [settings.roster, settings.members], newest_day),
        *jumped(record, today),
    ]


def jumped(record: Record, today: date) -> list[Finding]:
    """Tell that the clock is further ahead than the app's last look: it destroys nothing before it has looked again."""
    from staff.erasure.clock import doubtful

    if not doubtful(record, _days(today)):
        return []
    return [Finding(ALARM, f"Klocka: hoppade fram till {today}. Ställ den i dag om den går fel, i morgon tros den.")]


def roster(papers: Papers, today: date) -> Finding:
    """Tell how long the roster holds: to look at from thirty days before, an alarm from seven."""
    days = papers.days_left(today)
    words = f"Mottagarlista: gäller till {papers.roster.not_after}, {days} dagar till."
    if days < 0:
        return Finding(ALARM, f"Mottagarlista: gick ut {papers.roster.not_after}. Inget nytt kan skickas.")
    if days <= VERY_SOON:
        return Finding(ALARM, f"{words} Skriv under en ny {'i dag' if days <= NOW else 'nu'}.")
    return Finding(WARNING, f"{words} Dags att skriva under en ny.") if days <= SOON else Finding(GOOD, words)


def collection(settings: StaffSettings, today: date) -> Finding:
    """Tell whether what was sent is collected: nothing may lie in the dead drop for more than a day.

    No number: hour by hour in a journal, it would tell in which hour somebody wrote.
    """
    from deaddrop.collect import Collect
    from deaddrop.errors import UnavailableError
    from deaddrop.schema import engine

    drop = engine(settings.deaddrop)
    try:
        oldest = Collect(drop).oldest()
    except UnavailableError:
        return Finding(ALARM, "Hämtning: den döda brevlådan svarar inte.")
    finally:
        drop.dispose()
    if oldest is not None and oldest < _days(today) - 1:
        return Finding(ALARM, "Hämtning: något har legat i mer än ett dygn. Går personalens app?")
    return Finding(GOOD, "Hämtning: inget har legat i mer än ett dygn.")


def intake(session: Session, today: date) -> list[Finding]:
    """Tell which intake keys are old, and which are destroyed within a week."""
    from sqlalchemy import select

    from staff.inbox.intake import SERVES
    from staff.models import IntakeKey

    rows = session.execute(select(IntakeKey.since, IntakeKey.ends)).all()
    ending = [ends for _, ends in rows if ends > 0 and ends - _days(today) <= VERY_SOON]
    old = [since for since, ends in rows if ends == SERVES and _days(today) - since >= ROTATE]
    found = []
    if ending:
        last = FIRST_DAY + timedelta(days=min(ending))
        found.append(Finding(WARNING, f"Intagsnycklar: {len(ending)} förstörs inom en vecka, den första {last}."))
    if old:
        found.append(Finding(WARNING, f"Intagsnycklar: {len(old)} äldre än {ROTATE} dagar. Skriv under en ny lista."))
    return found or [Finding(GOOD, f"Intagsnycklar: {len(rows)}, ingen förfaller.")]


def unopenable(session: Session, papers: Papers, pepper_bytes: bytes) -> list[Finding]:
    """Name whoever cannot open what is sealed now: only the others of the roster can, until a new one is signed."""
    from staff.inbox.intake import lost

    names = ", ".join(lost(session, papers, pepper_bytes))
    words = "Det som skickas nu kan de inte öppna. Låt dem logga in och skriv under en ny lista i dag."
    return [Finding(ALARM, f"Intagsnycklar som saknas: {names}. {words}")] if names else []


def rehearsal(papers: Papers, protocol: Path | None, today: date) -> Finding:
    """Tell when the recovery key that the roster names was last rehearsed, by its own signature."""
    from command.ceremony.protocol import read_rehearsal
    from crypto.errors import Error
    from staff.recovery.granting import recovery_members

    boxes = {team.recovery for team in papers.roster.teams}
    known = [one for one in recovery_members(papers.members) if one.box_public in boxes]
    if protocol is None:
        return Finding(UNSURE, "Återhämtning: ge --protocol med det senaste protokollet, så syns när den repeterades.")
    try:
        found = read_rehearsal(protocol.read_text("utf-8"), known)
    except (OSError, ValueError, Error):
        return Finding(WARNING, f"Återhämtning: {protocol.name} är inget protokoll av listans nyckel. Repetera den.")
    if today - found.day > REHEARSE or found.day > today:
        return Finding(WARNING, f"Återhämtning: repeterades {found.day}. Det är dags igen.")
    return Finding(GOOD, f"Återhämtning: repeterades {found.day}.")


def audit(session: Session, papers: Papers) -> tuple[Finding, int]:
    """Tell where the audit ends, and whether it holds what the root key signed of it; with the newest row's day."""
    from staff.audit import store
    from staff.audit.verify import holds

    number, head = store.head(session)
    newest: Sequence[store.Stored] = store.newest(session, number + 1, 1)
    day = newest[0].day if newest else 0
    signed = papers.signed.audit
    if signed is not None and not holds(session, *signed):
        return Finding(
            ALARM, f"Logg: rad {signed[0]} är inte den som skrevs under med rotnyckeln. Något är bortklippt."
        ), day
    return Finding(GOOD, f"Logg: {number}:{head.hex()}" if number else "Logg: tom."), day


def _days(day: date) -> int:
    return (day - FIRST_DAY).days
