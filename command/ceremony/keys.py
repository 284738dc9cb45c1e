"""`utvag keys`: make the offline root key, and a person's own key."""

from pathlib import Path

import click

from command.ceremony.asking import PRIVATE, PUBLIC, new_or_drawn_passphrase, passphrase_fd, pepper_file, write_new
from crypto.errors import MalformedError
from crypto.opening.identity import new_identity
from crypto.opening.keyfile import write_key_file
from crypto.opening.members import COORDINATOR, ROLES, write_person

NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """Make keys. Secrets are asked for or read from a file descriptor, never given as arguments."""


@keys.command()
@click.option("--out", type=NEW_FILE, default="root.key", show_default=True, help="The root key file to write.")
@passphrase_fd
def root(out: Path, passphrase_fd: int | None) -> None:
    """Make the root key, which signs rosters. Do it on a machine without a network; keep two copies apart."""
    identity = new_identity()
    write_new(out, write_key_file(identity, new_or_drawn_passphrase(passphrase_fd)), PRIVATE)
    click.echo(f"Wrote {out}. Public half, for UTVAG_PORTAL_ROOT_KEY and UTVAG_STAFF_ROOT_KEY:", err=True)
    click.echo(identity.sign_public.hex())


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
    identity = new_identity()
    try:
        statement = write_person(identity, name, role, municipality, agency)
    except MalformedError as error:
        raise click.ClickException(str(error)) from error
    pepper = pepper_path.read_bytes() if pepper_path else None
    write_new(out, write_key_file(identity, new_or_drawn_passphrase(passphrase_fd), pepper=pepper), PRIVATE)
    write_new(public, statement, PUBLIC)
    click.echo(f"Wrote {out} (keep it) and {public} (send it). Compare by voice: {identity.box_public.hex()[:16]}")
