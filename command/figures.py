"""`utvag figures`: export a team's half-year without cases, and put several municipalities' exports together."""

from __future__ import annotations

import os
from pathlib import Path

import click

from command.ceremony.asking import PUBLIC, existing_passphrase, open_key, passphrase_fd, write_new
from crypto.errors import Error

IN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def figures() -> None:
    """Export figures of a half-year, and merge exports into one report."""


@figures.command()
@click.argument("half")
@click.option("--key", type=IN_FILE, required=True, help="The key file of a coordinator or lead, who signs the export.")
@click.option("--out", type=NEW_FILE, required=True, help="The file to write; never over another.")
@passphrase_fd
def export(half: str, key: Path, out: Path, passphrase_fd: int | None) -> None:
    """Export HALF (such as 2026-1), which must have been counted on the page, without cases and without months.

    Settings are the staff app's (UTVAG_STAFF_…). The reading stands in the audit as if it had been done on the page.
    """
    from staff.errors import StaffError
    from staff.figures.exporting import exported
    from staff.settings import StaffSettings

    try:
        settings = StaffSettings.from_env(os.environ)
        identity = open_key(key, existing_passphrase(passphrase_fd, str(key)), settings.pepper)
        data = exported(settings, identity, half)
    except (StaffError, Error, ValueError) as error:
        raise click.ClickException(str(error) or type(error).__name__) from None
    write_new(out, data, PUBLIC)
    click.echo(f"Wrote {out}.")


@figures.command()
@click.argument("exports", nargs=-1, required=True, type=IN_FILE)
@click.option("--key", "keys", multiple=True, metavar="MUNICIPALITY=HEX", help="A key that signs for a municipality.")
@click.option("--register", "registers", multiple=True, type=(IN_FILE, str), metavar="FILE ROOT", help="A register.")
@click.option("--out", type=NEW_FILE, required=True, help="The report to write: one HTML file.")
def merge(exports: tuple[Path, ...], keys: tuple[str, ...], registers: tuple[tuple[Path, str], ...], out: Path) -> None:
    """Put EXPORTS of one half-year together.

    Each must be signed by a key that --key names for its municipality, or by a coordinator or lead of its municipality
    in a register that --register names with the root key that signed it. Nothing is written if one of them is not.
    """
    from staff.figures.common import MergeError, report
    from staff.figures.definitions import definitions
    from staff.figures.export import read_export

    believed = _believed(keys, registers)
    accounts = []
    for path in exports:
        try:
            accounts.append(read_export(path.read_bytes(), believed))
        except Error as error:
            raise click.ClickException(f"{path}: {error}") from None
    try:
        text = report(accounts, definitions())
    except MergeError as error:
        raise click.ClickException(str(error)) from None
    out.write_text(text, "utf-8")
    click.echo(f"Wrote {out}: {len(accounts)} municipalities.")


def _believed(keys: tuple[str, ...], registers: tuple[tuple[Path, str], ...]) -> dict[str, frozenset[bytes]]:
    """Collect who may sign for which municipality; raise ClickException for what cannot be read."""
    from staff.figures.export import join, signers

    found = [_key(key) for key in keys]
    for path, root in registers:
        try:
            found.append(signers(path.read_bytes(), bytes.fromhex(root)))
        except (Error, ValueError) as error:
            raise click.ClickException(f"{path}: not a register signed by that root key ({error})") from None
    return join(found)


def _key(text: str) -> dict[str, frozenset[bytes]]:
    town, _, key = text.partition("=")
    try:
        public = bytes.fromhex(key)
    except ValueError:
        public = b""
    if not town or len(public) != 32:
        raise click.ClickException(f"--key {text}: write MUNICIPALITY=64 hex digits")
    return {town: frozenset({public})}
