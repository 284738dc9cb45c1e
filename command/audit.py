"""`utvag audit`: check that the record of who did what is whole."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from command.ceremony.asking import existing_passphrase, open_key, passphrase_fd
from crypto.errors import Error

KNOWN = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
SHORT = re.compile(r"()([0-9a-f]{32})")  # as a daily letter has it: the first half


@click.group()
def audit() -> None:
    """Check the record of who did what."""


@audit.command()
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An auditor's key file.")
@click.option("--known", help="NUMBER:HEAD as an earlier check printed it, or the HEAD of a daily letter.")
@passphrase_fd
def verify(key: Path | None, known: str | None, passphrase_fd: int | None) -> None:
    """Check the chain of the audit; with an auditor's key also what the rows say and who signed them.

    Settings are the staff app's (UTVAG_STAFF_…). Prints the number and head to note down elsewhere: whoever can write
    to the casebook can cut rows off the end, and only such a note shows it. What the root key signed into the register
    is compared by itself. Exit 1 if anything is wrong.
    """
    from staff.audit.verify import FAULTS, check_all
    from staff.casebook import Casebook
    from staff.erasure.record import Record
    from staff.errors import SettingsError, StaffError
    from staff.orders import Orders
    from staff.register import Register
    from staff.settings import StaffSettings

    noted = _known(known)
    try:
        settings = StaffSettings.from_env(os.environ)
        casebook = Casebook(settings.casebook)
        orders, paths = Orders(casebook, settings.pepper), (settings.roster, settings.members)
        record = Record(settings.erased_file)
        papers = Register(*paths, settings.root_key, settings.minimum_epoch, orders.all, record).current()
    except (SettingsError, StaffError, Error) as error:
        raise click.ClickException(str(error)) from None
    identity = open_key(key, existing_passphrase(passphrase_fd, str(key)), settings.pepper) if key else None
    try:
        with casebook.read() as session:
            check = check_all(session, papers.members, identity, noted)
    finally:
        casebook.close()
    for fault in check.faults:
        click.echo(f"{fault.number}: {FAULTS[fault.what]}")
    if identity is not None:
        click.echo(f"{check.read} rows opened and signed as they say, {check.other} sealed to other auditors.")
    if check.faults:
        raise click.ClickException(f"The audit is not whole; the first fault is at {check.faults[0].number}.")
    click.echo(f"Whole. Note down elsewhere: {check.number}:{check.head.hex()}")


def _known(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    found = KNOWN.fullmatch(text.strip()) or SHORT.fullmatch(text.strip())
    if found is None or found[1] == "0":
        raise click.ClickException("--known is NUMBER:HEAD as an earlier check printed it, or a letter's HEAD.")
    return int(found[1] or 0), found[2]
