"""`utvag recovery`: the key for when all others are lost. Made in shares, rehearsed, used, replaced each year."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from pathlib import Path

import click

from command.ceremony import protocol
from command.ceremony.asking import PUBLIC, refuse_existing, write_new
from command.ceremony.keys import MUNICIPALITY
from command.ceremony.recovery_use import replace, use
from command.ceremony.shares import ask_key, ask_passphrase, say, shares_fd, with_passphrase
from command.ceremony.sheets import hand_out, refuse_disk
from crypto.errors import Error, MalformedError
from crypto.opening.identity import Identity, new_identity
from crypto.opening.members import RECOVERY, Member, read_person, write_person
from crypto.opening.shares import PLANS, ShareError, split
from crypto.opening.unseal import unseal
from crypto.primitives import seal_to, unhex
from crypto.sealing.roster import verify
from crypto.sealing.seal import seal_content

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NAME = "Återhämtning"


@click.group()
def recovery() -> None:
    """Make, rehearse, use and replace the recovery key. Shares are asked for, never given as arguments."""


recovery.add_command(use)
recovery.add_command(replace)


@recovery.command("split")
@click.option("--municipality", required=True, help="The municipality's id, as in the programme's settings.")
@click.option("--name", help="What the key is called in the register of members; else by its municipality.")
@click.option(
    "--plan", type=click.Choice(["2/3", "3/5"]), default="2/3", show_default=True, help="How many of how many."
)
@click.option("--public", type=NEW_FILE, required=True, help="The public file to write; it travels to the root key.")
@click.option("--sheets", type=FOLDER, help="A folder in memory for the sheets, to print; else they are shown.")
@with_passphrase
def split_command(
    municipality: str, name: str | None, plan: str, public: Path, sheets: Path | None, with_passphrase: bool
) -> None:
    """Make the recovery key, give its shares to those who keep them, and forget it.

    Do it on the machine without a network. The key itself is never written anywhere. The public file is written last:
    broken off before that, the shares are of a key that nobody uses. Rehearse it at once.
    """
    refuse_existing(public)
    if not MUNICIPALITY.fullmatch(municipality):
        raise click.ClickException("--municipality: kommunens id ur inställningarna, små bokstäver a till z först.")
    if sheets is not None:
        refuse_disk(sheets)
    passphrase = _new_passphrase() if with_passphrase else ""
    make_shares(municipality, name or f"{NAME} {municipality}", plan, public, sheets, passphrase)


def make_shares(municipality: str, name: str, plan: str, public: Path, sheets: Path | None, passphrase: str) -> Member:
    """Make the key, hand out its shares and write its public file; raise ClickException."""
    _harden()
    threshold, count = next(one for one in PLANS if f"{one[0]}/{one[1]}" == plan)
    identity = new_identity()
    try:
        statement = write_person(identity, name, RECOVERY, municipality)
        shares = split(identity, threshold, count, passphrase)
    except ShareError as error:
        raise click.ClickException(say(error)) from None
    except MalformedError as error:
        raise click.ClickException(str(error)) from None
    hand_out(shares, sheets, _today())
    write_new(public, statement, PUBLIC)
    mark = identity.box_public.hex()[: protocol.FINGERPRINT]
    click.echo(
        f"Skrev {public}. Nyckelns kännetecken: {mark}. Repetera nu: utvag recovery rehearse --public {public} …"
    )
    return read_person(statement)


@recovery.command("rehearse")
@click.option("--public", type=FILE, required=True, help="The recovery key's public file.")
@click.option("--roster", type=FILE, help="The roster: the canary is then sealed to it, as a phone seals.")
@click.option("--root-key", help="The root key's public half, in hex; goes with --roster.")
@click.option("--protocol", "protocol_path", type=NEW_FILE, required=True, help="The protocol to write.")
@shares_fd
@with_passphrase
def rehearse_command(
    public: Path,
    roster: Path | None,
    root_key: str | None,
    protocol_path: Path,
    shares_fd: int | None,
    with_passphrase: bool,
) -> None:
    """Prove with the shares that the recovery key works, without touching a case: it opens a canary made for this."""
    if (roster is None) != (root_key is None):
        raise click.ClickException("--roster och --root-key hör ihop: ge båda eller ingen.")
    refuse_existing(protocol_path)
    _harden()
    person = read_recovery(public)
    sealed = _canary_for(person, roster, root_key) if roster and root_key else None
    identity = ask_key([(person.box_public, person.sign_public)], shares_fd, with_passphrase)
    rehearsed(identity, person, sealed, protocol_path)


def rehearsed(identity: Identity, person: Member, sealed: tuple[bytes, bytes, str] | None, path: Path) -> None:
    """Open the canary and write the protocol; `sealed` is (envelope, what is in it, where), None: seal one here."""
    token = secrets.token_bytes(32)
    data, wanted, where = sealed or (b"", token, "ett prov förseglat till nyckeln öppnades.")
    opened = unseal(data, identity, [0]) if sealed else identity.open_seal(seal_to(person.box_public, token))
    if opened != wanted:
        raise click.ClickException("Nyckeln öppnade något annat än provet. Säg till den som sköter nycklarna.")
    write_new(path, protocol.rehearsal(identity, person.municipality, _today(), where).encode(), PUBLIC)
    click.echo(f"Delbladen ger rätt nyckel, och provet öppnades. Protokoll: {path}")


def read_recovery(path: Path) -> Member:
    """Read the public file of a recovery key; raise ClickException."""
    try:
        person = read_person(path.read_bytes())
    except (OSError, Error) as error:
        raise click.ClickException(f"{path} är ingen publik fil, eller skadad ({error}).") from None
    if person.role != RECOVERY:
        raise click.ClickException(f"{path} är inte en återhämtningsnyckels publika fil.")
    return person


def _canary_for(person: Member, path: Path, root_key: str) -> tuple[bytes, bytes, str]:
    """Seal a canary to the whole team, as a phone does, if the roster names this recovery key."""
    try:
        roster = verify(path.read_bytes(), unhex(root_key.strip().lower(), 32), minimum_epoch=1, today=None)
        team = roster.team(person.municipality)
    except KeyError:
        raise click.ClickException(f"Mottagarlistan har ingen kommun som heter {person.municipality}.") from None
    except Error as error:
        raise click.ClickException(f"{path} kan inte tros: {type(error).__name__}: {error}.") from None
    if team.recovery != person.box_public:
        raise click.ClickException("Mottagarlistan har en annan återhämtningsnyckel än den publika filen.")
    token = secrets.token_bytes(32)
    said = f"ett prov förseglat som från en telefon, till mottagarlista {roster.epoch}, öppnades."
    return seal_content(token, person.municipality, roster), token, said


def _new_passphrase() -> str:
    click.echo("Ett ord till delbladen skyddar dem, men glöms det bort är nyckeln borta med det.", err=True)
    first = ask_passphrase()
    if click.prompt("Samma ord en gång till", hide_input=True, err=True) != first:
        raise click.ClickException("Det var inte samma ord. Inget är gjort; börja om.")
    return first


def _harden() -> None:
    from staff.hardening import harden

    harden()


def _today() -> date:
    return datetime.now(UTC).date()
