"""The last steps of `utvag start`: people are let in, and a first request goes the whole way through both apps."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import click

from command.ceremony import start_steps
from command.ceremony.asking import open_key
from command.ceremony.guide import Guide
from command.serve import scanned_secret
from crypto.errors import Error
from crypto.opening.identity import Identity
from portal.intake import Intake
from portal.roster import OutOfServiceError
from portal.settings import PortalSettings
from staff.accounts import enrol
from staff.casebook import Casebook, prepare
from staff.entry import Entry
from staff.errors import StaffError
from staff.inbox import opening, record
from staff.inbox.collecting import collect
from staff.inbox.store import waiting_ids
from staff.person import Person
from staff.register import Register
from staff.settings import StaffSettings

TEXT = "Det här är ett prov från starten: {token}"


def let_all_in(guide: Guide) -> None:
    """Let everybody into the staff app, each with a code app of their own; who is in already is not asked again."""
    for step in start_steps.people_of(guide):
        if f"in-{step}" not in guide.done:
            let_in(guide, guide.answers[step], start_steps.key_file(guide, step).read_bytes())
            guide.finish(f"in-{step}")


def let_in(guide: Guide, name: str, key_file: bytes) -> None:
    """Give somebody a way into the staff app, once a code from their own phone has proven that it was scanned."""
    settings = StaffSettings.from_env(start_steps.staff_environment(guide))
    click.echo(f"{name} tar fram sin telefon med kodappen.")
    try:
        enrol(settings, name, key_file, scanned_secret(name))
    except StaffError as error:
        raise click.ClickException(str(error)) from None


def canary(guide: Guide) -> None:
    """Send a request through the portal's code, collect it, and let the coordinator's key open it."""
    name = guide.answers["coordinator"]
    settings = StaffSettings.from_env(start_steps.staff_environment(guide))
    click.echo(f"En provförfrågan skickas. {name} öppnar den.")
    path = start_steps.key_file(guide, "coordinator")
    identity = open_key(path, click.prompt("Lösenfras (syns inte)", hide_input=True), settings.pepper)
    text = TEXT.format(token=secrets.token_hex(8))
    _send(guide, text)
    found = _read(settings, identity, text)
    if not found:
        raise click.ClickException("Provet kom inte fram. Öppna inte för besökare; kör igen, annars hör av dig.")
    click.echo("Provet skickades, hämtades, öppnades med samordnarens nyckel och lades undan som prov. Det fungerar.")


def _send(guide: Guide, text: str) -> None:
    settings = PortalSettings.from_env(start_steps.portal_environment(guide))
    now = datetime.now(UTC)
    try:
        intake = Intake.from_settings(settings)
        intake.ready(now)
        intake.receive("me", {"message": text, "municipality": guide.answers["town"]}, language="sv", now=now)
    except OutOfServiceError:
        raise click.ClickException("Portalen tror inte på mottagarlistan. Se raden ovanför.") from None


def _read(settings: StaffSettings, identity: Identity, text: str) -> bool:
    """Collect, open what waits for this key, and lay our own aside as a test; tell whether it was there."""
    from deaddrop.collect import Collect
    from deaddrop.schema import engine

    casebook, drop = Casebook(settings.casebook), engine(settings.deaddrop)
    try:
        prepare(casebook)
        collect(casebook, Collect(drop))
        papers = Register(settings.roster, settings.members, settings.root_key, settings.minimum_epoch).current()
        member = papers.members.by_sign(identity.sign_public)
        if member is None:
            raise click.ClickException("Registret har inte den här nyckeln.")
        return _opens(casebook, Person(identity, member, papers, settings.pepper), text)
    except (StaffError, Error) as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from None
    finally:
        casebook.close()
        drop.dispose()


def _opens(casebook: Casebook, person: Person, text: str) -> bool:
    now = datetime.now(UTC)
    with casebook.read() as session:
        rows = waiting_ids(session, person)
    for row, opened in zip(rows, opening.open_all(casebook, rows, person, now), strict=True):
        if opened and opened.submission and opened.submission.answers.get("message") == text:
            _lay_aside(casebook, row, person, now)
            return True
    return False


def _lay_aside(casebook: Casebook, row: bytes, person: Person, now: datetime) -> None:
    aside = Entry(person.name, now, "set_aside", {"reason": "test", "line": ""})
    record.append(casebook, row, person, lambda _record: aside)
