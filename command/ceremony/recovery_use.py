"""`utvag recovery use` and `replace`: on the staff app's machine, with its settings, beside the running app."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from command.ceremony import protocol
from command.ceremony.asking import PUBLIC, refuse_existing, write_new, yes
from command.ceremony.shares import ask_key, shares_fd, with_passphrase
from command.doctor import staff_settings
from crypto.errors import Error, ForgedError
from crypto.opening import pepper
from crypto.opening.identity import Identity
from crypto.opening.members import COORDINATOR, FORMER_RECOVERY, RECOVERY, Member, fingerprint
from crypto.opening.recovering import by_key, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crypto.opening.orders import Signed
    from staff.casebook import Casebook
    from staff.recovery.granting import Giving, Tally
    from staff.register import Papers
    from staff.settings import StaffSettings

NEW_FILE = click.Path(dir_okay=False, path_type=Path)
STEP = 100
UNSIGNED = (
    "Två har inte skrivit under. En ber och en annan skriver under i appen: Medarbetare, Ge tillbaka läsning. Det "
    "gäller i sju dagar. Finns ingen chef kvar: --without-order."
)
KINDS = {"folders": "ärenden och annat", "submissions": "förfrågningar", "envelopes": "oöppnade kuvert"}


@dataclass(frozen=True)
class Place:
    """Hold where the command works: the staff app's settings, casebook and papers."""

    settings: StaffSettings
    casebook: Casebook
    papers: Papers
    orders: Sequence[Signed]

    def tag(self, box_public: bytes) -> bytes:
        """Give the tag under which grants to a key stand."""
        return pepper.tag(self.settings.pepper, "member", box_public.hex())

    def signed(self, key: Member, to: Sequence[Member]) -> str:
        """Name the two who have signed, in the app, that this key gives these people what it holds; "" if none have."""
        members, wanted = self.papers.members, by_key(key, to)
        now = datetime.now(UTC).timestamp()
        found = wanted and ordered(self.papers.signed, members, self.orders, wanted, now)
        return ", ".join(one.name for by in found.signers if (one := members.by_sign(by))) if found else ""


without_order = click.option(
    "--without-order", is_flag=True, help="No lead is left who could sign: the log says that nobody did."
)


@click.command("use")
@without_order
@shares_fd
@with_passphrase
def use(shares_fd: int | None, with_passphrase: bool, without_order: bool) -> None:
    """Give a new team what all lost coordinators could read: every case, request and envelope that is not protected.

    Settings are the staff app's (UTVAG_STAFF_…); the new team stands in the signed register already, and two have
    signed for it in the app. May be broken off and run again at any time: it does what is left. Each thing given is a
    row of the audit, signed by this key.
    """
    with _place() as place:
        keys = _recovery(place)
        by = {one: place.signed(one, place.papers.members.team(one.municipality)) for one in keys}
        _confirm_order(by.values(), without_order)
        identity = ask_key([(one.box_public, one.sign_public) for one in keys], shares_fd, with_passphrase)
        member = next(one for one in keys if one.box_public == identity.box_public)
        if not (by[member] or without_order):
            raise click.ClickException(UNSIGNED)
        team = _team(place, member)
        _confirm_team(team)
        giving = _giving(place, identity, member, team)
        giving.note("recovery_used", by[member])
        giving.give_folders()
        giving.give_submissions()
        giving.open_envelopes()
    click.echo(_told(giving.tally))
    click.echo("Kör kommandot en gång till om två dygn: kuvert till den gamla listan kan ännu vara på väg.")


@click.command("replace")
@click.option("--protocol", "protocol_path", type=NEW_FILE, required=True, help="The protocol of destruction to write.")
@click.option(
    "--rehearsed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The protocol of the new key's rehearsal: until its shares are proven, nothing old may be destroyed.",
)
@click.option("--municipality", help="Whose key is replaced, where the register has several towns.")
@without_order
@shares_fd
@with_passphrase
def replace(
    *,
    protocol_path: Path,
    rehearsed: Path,
    municipality: str | None,
    shares_fd: int | None,
    with_passphrase: bool,
    without_order: bool,
) -> None:
    """Give the new recovery key all that the old one had, then write the protocol by which the old shares go.

    The new key stands in the roster and the register already (`recovery split`, then the next epoch). What coordinators
    have renewed since has the new key; what is left is given with the old shares. Nothing left, nothing is asked for.
    """
    refuse_existing(protocol_path)
    with _place() as place:
        old, new = _old_and_new(place, municipality)
        proven = _proven(rehearsed, new)
        left = _left(place, old, new)
        click.echo(f"Kvar att ge till den nya nyckeln: {left[0]} ärenden och annat, {left[1]} förfrågningar.")
        if any(left):
            _confirm_order([by := place.signed(old, [new])], without_order)
            identity = ask_key([(old.box_public, old.sign_public)], shares_fd, with_passphrase)
            # Under the name that folders give every recovery key: a later renewal knows by it whom to replace.
            giving = _giving(place, identity, old, [dataclasses.replace(new, name=RECOVERY)])
            giving.note("recovery_replaced", by)
            giving.give_folders()
            giving.give_submissions()
            click.echo(_told(giving.tally))
            left = _left(place, old, new)
    if any(left):
        raise click.ClickException(f"Kvar: {left[0]} och {left[1]}. Behåll de gamla delbladen och kör en gång till.")
    write_new(protocol_path, protocol.destruction(old, new, datetime.now(UTC).date(), proven).encode(), PUBLIC)
    click.echo(f"Allt är givet. Förstör de gamla delbladen enligt {protocol_path}.")


def _proven(path: Path, new: Member) -> date:
    """Give the day on which the new key's shares were proven to open it; raise ClickException if nothing says so."""
    try:
        return protocol.read_rehearsal(path.read_text("utf-8"), [new]).day
    except (OSError, ValueError, Error):
        why = f"{path} är inget protokoll över en repetition av den nya nyckeln. Repetera den först (avsnitt 6.3)."
        raise click.ClickException(f"{why} Inget är givet, och inget gammalt får förstöras.") from None


@contextmanager
def _place() -> Iterator[Place]:
    """Lend the staff app's place; raise ClickException for settings or papers that will not do."""
    from staff.casebook import Casebook, prepare
    from staff.erasure.record import Record
    from staff.errors import StaffError
    from staff.hardening import harden
    from staff.orders import Orders
    from staff.register import Register

    harden()
    settings = staff_settings(os.environ)
    casebook = Casebook(settings.casebook)
    try:
        prepare(casebook)
        # Who left is out by the file beside the casebook too: this may be a backup from before they left.
        orders, record = Orders(casebook, settings.pepper).all, Record(settings.erased_file)
        papers = Register(
            settings.roster, settings.members, settings.root_key, settings.minimum_epoch, orders, record
        ).current()
        yield Place(settings, casebook, papers, orders())
    except (StaffError, Error) as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from None
    finally:
        casebook.close()


def _recovery(place: Place) -> list[Member]:
    from staff.recovery.granting import recovery_members

    found = recovery_members(place.papers.members)
    if not found:
        raise click.ClickException("Det underskrivna registret har ingen återhämtningsnyckel: ingen skulle tro den.")
    return found


def _team(place: Place, key: Member) -> Sequence[Member]:
    team = place.papers.members.with_role(key.municipality, COORDINATOR)
    if not team:
        raise click.ClickException(f"Registret har ingen samordnare i {key.municipality}. Skriv under ett nytt först.")
    return team


def _confirm_order(signed: Collection[str], without_order: bool) -> None:
    """Refuse to go on if nobody has signed for any of these uses, before anybody types a share."""
    if not any(signed) and not without_order:
        raise click.ClickException(UNSIGNED)
    if not any(signed):
        yes("Ingen har skrivit under, och loggen kommer att säga det. Finns det verkligen ingen chef som kan?")


def _old_and_new(place: Place, municipality: str | None) -> tuple[Member, Member]:
    """Find the key that was replaced last and the one that took its place."""
    from staff.recovery.granting import current_recovery

    former = [one for one in _recovery(place) if one.role == FORMER_RECOVERY]
    towns = {one.municipality for one in former}
    town = municipality or next(iter(towns), "")
    if town not in towns or (len(towns) > 1 and municipality is None):
        why = "Ge --municipality." if towns else "Skriv under en ny mottagarlista och ett register med den nya först."
        raise click.ClickException(f"Ingen återhämtningsnyckel är utbytt. {why}")
    try:
        new = current_recovery(place.papers, town)
    except (KeyError, ForgedError):
        why = "Mottagarlistans återhämtningsnyckel står inte i registret. Skriv under båda på nytt."
        raise click.ClickException(why) from None
    olds = [one for one in former if one.municipality == town]
    return max(olds, key=lambda one: sum(_left(place, one, new))), new


def _left(place: Place, old: Member, new: Member) -> tuple[int, int]:
    from staff.recovery import counting

    return counting.left(place.casebook, place.tag, old, new, place.papers.members)


def _giving(place: Place, identity: Identity, member: Member, to: Sequence[Member]) -> Giving:
    from staff.audit import Audit
    from staff.folders import Folders
    from staff.person import Person
    from staff.recovery.granting import Giving

    person = Person(identity, member, place.papers, place.settings.pepper)
    folders = Folders(place.casebook, Audit(place.casebook))
    return Giving(place.casebook, folders, person, to, lambda: datetime.now(UTC), _progress)


def _progress(kind: str, done: int, of: int) -> None:
    if done % STEP == 0 or done == of:
        click.echo(f"{KINDS[kind]}: {done} av {of}", err=True)


def _confirm_team(team: Sequence[Member]) -> None:
    click.echo("De här ska kunna läsa allt som inte är skyddat:", err=True)
    for one in team:
        click.echo(f"  {one.name:<24} {fingerprint(one)}", err=True)
    yes("Har du jämfört siffrorna med varje person själv, i rummet eller i telefon?")


def _told(tally: Tally) -> str:
    given = f"{tally.folders} ärenden och annat, {tally.submissions} förfrågningar, {tally.envelopes} oöppnade kuvert"
    return f"Givet: {given}. Stängt för nyckeln (skyddat eller ändrat): {tally.closed}."
