"""How a command gets a secret and where it writes one: asked for or from a file descriptor, into files of one's own."""

import os
from pathlib import Path

import click

from command.machine import Machine
from crypto.errors import DamagedKeyFileError, PepperError, WrongPassphraseError
from crypto.opening.identity import Identity
from crypto.opening.keyfile import new_passphrase, read_key_file

PRIVATE, PUBLIC = 0o600, 0o644
LONGEST = 4096
RIGHTLESS = frozenset({"vfat", "msdos", "exfat", "fuseblk", "ntfs", "ntfs3"})

passphrase_fd = click.option(
    "--passphrase-fd",
    type=click.IntRange(min=0),
    help="Read the passphrase from this file descriptor; else it is asked for, or for a new key drawn and shown once.",
)
pepper_file = click.option(
    "--pepper",
    "pepper_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The staff app's pepper.",
)


def existing_passphrase(descriptor: int | None, what: str) -> str:
    """Get the passphrase of a key that exists; never from an argument, which every user of the machine could see."""
    if descriptor is None:
        answer: str = click.prompt(f"Passphrase of {what}", hide_input=True)
        return answer
    return _from_descriptor(descriptor)


def new_or_drawn_passphrase(descriptor: int | None) -> str:
    """Get a passphrase for a new key: from a descriptor, or drawn and shown once on the terminal."""
    if descriptor is not None:
        return _from_descriptor(descriptor)
    drawn = new_passphrase()
    click.echo(f"The passphrase, shown only now. Write it down:\n\n    {drawn}\n", err=True)
    click.confirm("Have you written it down?", abort=True, err=True)
    return drawn


def yes(question: str) -> None:
    """Ask what must be answered with ja before it goes on; nej ends the command, as Ctrl-C does (click.Abort)."""
    while True:
        answer: str = click.prompt(f"{question} (ja/nej)", err=True)
        if answer.strip().casefold() in ("ja", "j"):
            return
        if answer.strip().casefold() in ("nej", "n"):
            raise click.Abort


def refuse_open_file(path: Path) -> None:
    """End with one sentence if others on this machine can read a key file: a copy can be tried for ever.

    A memory stick's file system (FAT) keeps no rights of its own: there whoever holds the stick is the guard.
    """
    if path.is_file() and path.stat().st_mode & 0o077 and Machine().filesystem(path) not in RIGHTLESS:
        raise click.ClickException(f"{path} can be read by others on this machine. chmod 600 {path}, then again.")


def open_key(path: Path, passphrase: str, pepper: bytes | None = None) -> Identity:
    """Open a key file, or end with one clear sentence that says which of four things is wrong and what to do."""
    refuse_open_file(path)
    try:
        return read_key_file(path.read_bytes(), passphrase, pepper=pepper)
    except WrongPassphraseError as error:
        raise click.ClickException(f"The passphrase does not open {path}. The file is whole: try again.") from error
    except PepperError as error:
        raise click.ClickException(
            f"{path} was written with another pepper. Give the right one with --pepper."
        ) from error
    except DamagedKeyFileError as error:
        raise click.ClickException(f"{path} is damaged or no key file ({error}). Take the copy you keep.") from error


def refuse_existing(*paths: Path) -> None:
    """End with one sentence if a file exists that is to be written: before a passphrase is drawn for nothing."""
    for path in paths:
        if path.exists():
            raise click.ClickException(f"{path} exists already. Choose another name; nothing was changed.")


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not exist yet, whole and on disk, readable as `mode` says; never over another key."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError as error:
        raise click.ClickException(f"{path} exists already. Choose another name; nothing was changed.") from error
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _from_descriptor(descriptor: int) -> str:
    try:
        with os.fdopen(descriptor, "rb") as file:
            text = file.read(LONGEST).decode().strip()
    except (OSError, ValueError) as error:
        raise click.ClickException(f"File descriptor {descriptor} cannot be read as text.") from error
    if not text:
        raise click.ClickException(f"File descriptor {descriptor} holds no passphrase.")
    return text
