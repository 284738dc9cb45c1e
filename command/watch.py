"""`utvag roster watch`: look at the portal as an ordinary visitor does, now and then, and raise the alarm."""

from __future__ import annotations

import http.client
import os
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from command.visiting import Answer

SHORTEST, LONGEST = 20 * 60.0, 120 * 60.0  # seconds between two visits: nobody can tell when the next one comes
READING = 20.0  # seconds that a visitor may stay on a page
SUBJECT = "Utväg: vakten larmar"
UNREACHED, DIFFERENT = 3, 2  # exit status


@click.command()
@click.option("--address", help="Where to visit, such as an onion address; else the portal's origin.")
@click.option("--socks", help="HOST:PORT of Tor's SOCKS, to come from elsewhere each time.")
@click.option("--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An authority of your own.")
@click.option("--once", is_flag=True, help="One visit, for a timer; else visits at random times until a difference.")
@click.option(
    "--pause", type=click.FloatRange(0, 600), default=READING, help="Longest pause between two pages, seconds."
)
@click.option("--mail-to", help="Send the alarm there too, by the mail server of UTVAG_STAFF_SMTP_….")
def watch(
    address: str | None, socks: str | None, ca: Path | None, once: bool, pause: float, mail_to: str | None
) -> None:
    """Compare the portal's pages, scripts, headers and roster with what this machine's own copy of the program makes.

    Settings are the portal's (UTVAG_PORTAL_…), as the portal has them; the roster is a copy that was carried here, not
    fetched. Run it on a machine that the portal's cannot reach. Exit 2 with one line at the first difference, 3 if a
    single visit could not be made. A portal that recognises the watcher can deceive it: come through Tor.
    """
    from command.doctor import host_and_port
    from command.serve import refuse
    from command.visiting import Visitor
    from command.watching import Expected
    from portal.settings import PortalSettings, SettingsError

    try:
        settings = PortalSettings.from_env(os.environ)
    except SettingsError as error:
        raise refuse(error.faults) from None
    proxy = host_and_port(socks, "--socks") if socks else None
    while True:
        with tempfile.TemporaryDirectory(prefix="utvag-watch-") as folder:
            expected = Expected(settings, Path(folder))
            visitor = Visitor(address or str(settings.origin), proxy, ca)
            said = _visit(visitor.get, expected.get, pause)
        _tell(said, mail_to)
        if once:
            raise SystemExit(UNREACHED if said is None else 0)
        time.sleep(random.SystemRandom().uniform(SHORTEST, LONGEST))


def _visit(get: Callable[[str], Answer], expect: Callable[[str], Answer], pause: float) -> str | None:
    """Look at every page and say the first difference, "" for none, None if the site could not be reached."""
    from command.watching import PATHS, compare

    for path in PATHS:
        try:
            said = compare(path, get, expect)
        except (OSError, http.client.HTTPException) as error:
            click.echo(f"Kunde inte hämta {path}: {type(error).__name__}", err=True)
            return None
        if said:
            return said
        time.sleep(random.SystemRandom().uniform(0, pause))
    return ""


def _tell(said: str | None, mail_to: str | None) -> None:
    """Say nothing strange, or raise the alarm: one line, a letter if one is asked for, and the end."""
    if said is None:
        return
    now = datetime.now(UTC)
    if not said:
        click.echo(f"{now:%Y-%m-%d %H:%M} Allt är som det ska.")
        return
    line = f"LARM {now:%Y-%m-%d %H:%M} UTC: {said}"
    click.echo(line, err=True)
    if mail_to:
        _mail(mail_to, line, now)
    raise SystemExit(DIFFERENT)


def _mail(to: str, line: str, now: datetime) -> None:
    import smtplib

    from staff.reminders.mail import MailSettings, address, send
    from web.environment import Environment

    reader = Environment("UTVAG_STAFF_", os.environ)
    try:
        settings = MailSettings.read(reader)
        if settings is None or reader.faults:
            raise click.ClickException("--mail-to behöver UTVAG_STAFF_SMTP_HOST och _SMTP_FROM.")
        send(settings, address(to), now, SUBJECT, f"{line}\n")
    except (OSError, smtplib.SMTPException, ValueError) as error:
        click.echo(f"Larmet kunde inte skickas: {type(error).__name__}", err=True)
