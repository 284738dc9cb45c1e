"""Shares of the recovery key as people type them: at a prompt or by a file descriptor, never as an argument."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

import click

from crypto.opening.identity import Identity
from crypto.opening.shares import WORDS, Share, ShareError, combine, read_share, read_words, refuse_other

LONGEST = 64 * 1024
SAYS = {
    "words": f"Ett delblad har {WORDS} ord. Det här har {{place}}.",
    "check": "Alla ord finns i listan, men något av dem är fel eller står på fel plats. Jämför med bladet.",
    "kind": "Det är ett delblad, men inte av en återhämtningsnyckel.",
    "set": "Det delbladet hör till en annan omgång än de förra. Blad från olika omgångar öppnar ingenting tillsammans.",
    "twice": "Det delbladet är redan givet. Ta ett med ett annat nummer.",
    "few": "Det behövs {place} delblad, och så många är inte givna.",
    "many": "Det behövs precis {place} delblad, varken fler eller färre.",
    "passphrase": "Ordet till delbladen har bara tecken som finns på ett engelskt tangentbord.",
    "key": "Delbladen hör ihop, men de ger en annan nyckel än den som söks. "
    "Är det rätt omgång? Är ordet till delbladen rätt, om det finns ett?",
}

shares_fd = click.option(
    "--shares-fd",
    type=click.IntRange(min=0),
    help="Read the shares from this file descriptor, one a line; else they are asked for.",
)
with_passphrase = click.option(
    "--with-passphrase", is_flag=True, help="The shares have a passphrase of their own; it is asked for."
)


def say(error: ShareError) -> str:
    """Say in Swedish what is wrong with shares, and nothing that stands on them."""
    if error.reason == "unknown":
        guess = f" Menas {error.near}?" if error.near else ""
        return f"Ord {error.place}, {error.word}, finns inte i listan.{guess}"
    return SAYS[error.reason].format(place=error.place)


def ask_key(expected: Collection[tuple[bytes, bytes]], descriptor: int | None, passphrase: bool) -> Identity:
    """Ask for so many shares as it takes and give the key, if it is one of those expected (X25519, Ed25519).

    Raises ClickException, in Swedish, for shares that do not give it.
    """
    try:
        shares = _ask_all() if descriptor is None else _read_all(descriptor)
        return combine(shares, expected, ask_passphrase() if passphrase else "")
    except ShareError as error:
        raise click.ClickException(say(error)) from None


def ask_passphrase() -> str:
    """Ask for the passphrase of the shares."""
    answer: str = click.prompt("Ordet till delbladen (syns inte)", hide_input=True, err=True)
    return answer


def _ask_all() -> list[Share]:
    shares: list[Share] = []
    while not shares or len(shares) < shares[0].threshold:
        of = f" av {shares[0].threshold}" if shares else ""
        click.echo(f"\nBlad {len(shares) + 1}{of} att skriva in, vilket nummer det än har.", err=True)
        click.echo("De fyra första bokstäverna i varje ord räcker.", err=True)
        shares.append(_ask_one(shares))
        click.clear()  # on a terminal: what was typed does not stay on the screen
        click.echo(f"Delblad nr {shares[-1].number} är läst.", err=True)
    return shares


def _ask_one(before: Sequence[Share]) -> Share:
    """Ask for one share, some words at a time; a line with a fault is asked for again, a share that is wrong too."""
    while True:
        try:
            found = read_share(" ".join(_ask_words()))
            refuse_other(found, before)
        except ShareError as error:
            click.echo(f"{say(error)} Skriv hela bladet en gång till, eller avbryt med Ctrl-C.", err=True)
        else:
            return found


def _ask_words() -> list[str]:
    words: list[str] = []
    while len(words) < WORDS:
        line: str = click.prompt(f"Ord {len(words) + 1}–{WORDS}", err=True, prompt_suffix=": ")
        try:
            words += read_words(line, len(words) + 1)
        except ShareError as error:
            click.echo(f"{say(error)} Skriv om från ord {len(words) + 1}.", err=True)
    return words


def _read_all(descriptor: int) -> list[Share]:
    try:
        with os.fdopen(descriptor, "rb") as file:
            lines = file.read(LONGEST).decode().splitlines()
    except (OSError, ValueError) as error:
        raise click.ClickException(f"Filbeskrivaren {descriptor} kan inte läsas som text.") from error
    return [read_share(line) for line in lines if line.strip()]
