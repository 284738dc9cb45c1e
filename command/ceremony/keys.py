"""`utvag keys`: make the offline root key, the backup key, and a person's own key."""

import re
from pathlib import Path

import click

from command.ceremony.asking import (
    PRIVATE,
    PUBLIC,
    new_or_drawn_passphrase,
    passphrase_fd,
    pepper_file,
    refuse_existing,
    write_new,
)
from crypto.errors import MalformedError
from crypto.opening.identity import new_identity
from crypto.opening.keyfile import write_key_file
from crypto.opening.members import COORDINATOR, ROLES, fingerprint, read_person, write_person

MUNICIPALITY = re.compile(r"[a-z][a-z0-9-]{0,30}")  # as docs/envelope.md section 3 has it
SIGN_IN = [role for role in ROLES if role != "recovery"]
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """Make keys. Secrets are asked for or read from a file descriptor, never given as arguments."""


@keys.command()
@click.option("--out", type=NEW_FILE, default="root.key", show_default=True, help="The root key file to write.")
@passphrase_fd
def root(out: Path, passphrase_fd: int | None) -> None:
    """Make the root key, which signs rosters. Do it on a machine without a network; keep two copies apart."""
    refuse_existing(out)
    identity = new_identity()
    write_new(out, write_key_file(identity, new_or_drawn_passphrase(passphrase_fd)), PRIVATE)
    click.echo(f"Wrote {out}. Public half, for UTVAG_PORTAL_ROOT_KEY and UTVAG_STAFF_ROOT_KEY:", err=True)
    click.echo(identity.sign_public.hex())


@keys.command()
@click.option("--out", type=NEW_FILE, default="backup.key", show_default=True, help="The backup key file to write.")
@passphrase_fd
def backup(out: Path, passphrase_fd: int | None) -> None:
    """Make the backup key, which opens backups of the casebook. Do it where the root key is made; keep two copies."""
    refuse_existing(out)
    identity = new_identity()
    write_new(out, write_key_file(identity, new_or_drawn_passphrase(passphrase_fd)), PRIVATE)
    click.echo(f"Skrev {out}. Publik halva, för UTVAG_STAFF_BACKUP_KEY:", err=True)
    click.echo(identity.box_public.hex())


@keys.command()
@click.option("--name", required=True, help="The name used at work; it stands in the staff app, never in the roster.")
@click.option("--role", type=click.Choice(ROLES), default=COORDINATOR, show_default=True)
@click.option("--municipality", required=True, help="The municipality's id, as in the programme's settings.")
@click.option("--agency", default="", help="The authority of a case officer, police officer or partner.")
@click.option("--out", type=NEW_FILE, required=True, help="The key file to write; it stays with its owner.")
@click.option("--public", type=NEW_FILE, required=True, help="The public file to write; it travels to the root key.")
@pepper_file
@passphrase_fd
def new(
    *,
    name: str,
    role: str,
    municipality: str,
    agency: str,
    out: Path,
    public: Path,
    pepper_path: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make a person's key: a key file that a passphrase opens, and a public file."""
    refuse_existing(out, public)
    if not MUNICIPALITY.fullmatch(municipality):
        raise click.ClickException("--municipality: the id from the programme's settings, small letters a to z first.")
    if role in SIGN_IN and pepper_path is None:
        raise click.ClickException(
            "--pepper is missing: without the staff app's pepper this person could never sign in."
        )
    identity = new_identity()
    try:
        statement = write_person(identity, name, role, municipality, agency)
    except MalformedError as error:
        raise click.ClickException(str(error)) from error
    pepper = pepper_path.read_bytes() if pepper_path else None
    write_new(out, write_key_file(identity, new_or_drawn_passphrase(passphrase_fd), pepper=pepper), PRIVATE)
    write_new(public, statement, PUBLIC)
    click.echo(f"Wrote {out} (keep it) and {public} (send it). Compare by voice: {fingerprint(read_person(statement))}")
