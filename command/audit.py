"""`utvag audit`: check that the record of who did what is whole."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from command.ceremony.asking import existing_passphrase, open_key, passphrase_fd
from crypto.errors import Error

KNOWN = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@click.group()
def audit() -> None:
    """Check the record of who did what."""


@audit.command()
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An auditor's key file.")
@click.option("--known", help="NUMBER:HEAD as an earlier check printed it: the chain must still hold that row.")
@passphrase_fd
def verify(key: Path | None, known: str | None, passphrase_fd: int | None) -> None:
    """Check the chain of the audit; with an auditor's key also what the rows say and who signed them.

    Settings are the staff app's (UTVAG_STAFF_…). Prints the number and head to note down elsewhere: whoever can write
    to the casebook can cut rows off the end, and only such a note shows it. Exit 1 if anything is wrong.
    """
    from staff.audit.verify import FAULTS, Check, verify
    from staff.casebook import Casebook
    from staff.errors import SettingsError, StaffError
    from staff.register import Register
    from staff.settings import StaffSettings

    noted = _known(known)
    try:
        settings = StaffSettings.from_env(os.environ)
        papers = Register(settings.roster, settings.members, settings.root_key, settings.minimum_epoch).current()
    except (SettingsError, StaffError, Error) as error:
        raise click.ClickException(str(error)) from None
    identity = open_key(key, existing_passphrase(passphrase_fd, str(key)), settings.pepper) if key else None
    casebook, check = Casebook(settings.casebook), Check()
    try:
        with casebook.read() as session:
            if noted:
                verify(session, check, noted[0], identity, papers.members)
                if (check.number, check.head) != noted:
                    check.blame(check.number, "known")
            verify(session, check, None, identity, papers.members)
    finally:
        casebook.close()
    for fault in check.faults:
        click.echo(f"{fault.number}: {FAULTS[fault.what]}")
    if identity is not None:
        click.echo(f"{check.read} rows opened and signed as they say, {check.other} sealed to other auditors.")
    if check.faults:
        raise click.ClickException(f"The audit is not whole; the first fault is at {check.faults[0].number}.")
    click.echo(f"Whole. Note down elsewhere: {check.number}:{check.head.hex()}")


def _known(text: str | None) -> tuple[int, bytes] | None:
    if text is None:
        return None
    found = KNOWN.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise click.ClickException("--known is NUMBER:HEAD as an earlier check printed it.")
    return int(found[1]), bytes.fromhex(found[2])
