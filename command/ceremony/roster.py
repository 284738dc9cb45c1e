"""`utvag roster`: sign, show and check the list of public keys that submissions are sealed to."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from command.ceremony import asking
from command.ceremony.asking import (
    PRIVATE,
    PUBLIC,
    existing_passphrase,
    open_key,
    passphrase_fd,
    refuse_existing,
    write_new,
)
from command.ceremony.draft import (
    SPARE,
    DraftError,
    keep_spare,
    read_draft,
    read_members_before,
    read_others,
    refuse_left,
)
from command.ceremony.renewing import plan, read_before, told
from command.watch import watch
from crypto.errors import Error, RosterError
from crypto.opening.ceremony import RosterDraft, sign_members, sign_roster
from crypto.opening.members import RECOVERY, ROLES, Member, fingerprint, read_person
from crypto.opening.parcel import read_parcel
from crypto.primitives import unhex
from crypto.sealing.roster import LONGEST, Roster, verify

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
HOLDS = 90  # days


@click.group()
def roster() -> None:
    """Sign, show and check rosters, and watch that the portal serves the one that was signed."""


roster.add_command(watch)


@roster.command()
@click.argument("draft", type=FILE)
@click.option("--root", "root_path", type=FILE, required=True, help="The root key file.")
@click.option("--out", type=NEW_FILE, required=True, help="The roster to write, for the portal and the staff app.")
@click.option(
    "--members", type=NEW_FILE, required=True, help="The register of members to write, for the staff app only."
)
@click.option("--audit", default="", help="NUMBER:HEAD as `utvag audit verify` printed it, signed into the register.")
@passphrase_fd
def sign(draft: Path, root_path: Path, out: Path, members: Path, audit: str, passphrase_fd: int | None) -> None:
    """Sign the DRAFT of an epoch. Refuses police and partners: only coordinators hold a key to submissions."""
    root = open_key(root_path, existing_passphrase(passphrase_fd, str(root_path)))
    try:
        planned = read_draft(draft, root.sign_public)
        people = with_recovery(
            [person for team in planned.teams for person in team.people] + read_others(draft), planned
        )
        signed = sign_roster(planned, root, today=_today())
        before = read_members_before(draft, root.sign_public)
        refuse_left(draft, before, people)
        register = sign_members(planned.epoch, people, root, before, audit)
    except (Error, DraftError) as error:
        raise click.ClickException(f"Inte underskrivet: {error}.") from error
    write_new(out, signed, PUBLIC)
    write_new(members, register, PRIVATE)
    click.echo(f"Lista {planned.epoch} är underskriven och gäller till {planned.not_after}. Skrev {out} och {members}.")
    click.echo("Jämför siffrorna med var och en, muntligt, innan listan lämnar den här maskinen:")
    for one in people:
        if one.role in ROLES and one.role != RECOVERY:
            click.echo(f"  {one.name:<24} {fingerprint(one)}")


@roster.command()
@click.option("--previous", type=FILE, required=True, help="The roster of the epoch before.")
@click.option("--previous-members", type=FILE, required=True, help="The register of members of the epoch before.")
@click.option("--parcel", "parcel_path", type=FILE, required=True, help="What `utvag staff intake` wrote.")
@click.option("--root", "root_path", type=FILE, required=True, help="The root key file.")
@click.option("--out", type=NEW_FILE, required=True, help="The roster to write, for the portal and the staff app.")
@click.option(
    "--members", type=NEW_FILE, required=True, help="The register of members to write, for the staff app only."
)
@click.option(
    "--days", type=click.IntRange(1, LONGEST.days), default=HOLDS, show_default=True, help="How long it holds."
)
@click.option("--recovery", type=FILE, multiple=True, help="A new recovery key's public file, in place of its town's.")
@click.option("--revoke-previous", is_flag=True, help="The epoch before is not welcome from now on: a key was lost.")
@click.option("--yes", is_flag=True, help="Sign without asking whether what is shown is right.")
@passphrase_fd
def renew(
    *,
    previous: Path,
    previous_members: Path,
    parcel_path: Path,
    root_path: Path,
    out: Path,
    members: Path,
    days: int,
    recovery: tuple[Path, ...],
    revoke_previous: bool,
    yes: bool,
    passphrase_fd: int | None,
) -> None:
    """Sign the next epoch from the last one: new intake keys, who joined or left since, unused places drawn anew.

    Shows everybody and every key first. Writes `spare.json` beside the roster anew; keep it with the drafts.
    """
    refuse_existing(out, members)
    root = open_key(root_path, existing_passphrase(passphrase_fd, str(root_path)))
    try:
        before = read_before(previous.read_bytes(), previous_members.read_bytes(), root.sign_public)
        parcel = read_parcel(parcel_path.read_bytes())
        keys = [read_person(path.read_bytes()) for path in recovery]
        renewal = plan(before, parcel, _today() + timedelta(days=days), revokes=revoke_previous, recovery=keys)
        signed = sign_roster(renewal.draft, root, today=_today())
        register = sign_members(renewal.draft.epoch, renewal.members, root, before.members, parcel.audit)
    except Error as error:
        raise click.ClickException(f"Inte underskrivet: {error}.") from error
    click.echo("\n".join(told(renewal)))
    if not yes:
        asking.yes("Stämmer det? Jämför siffrorna med varje ny person själv, i rummet eller i telefon.")
    keep_spare(out.parent / SPARE, {team.municipality: team.spare for team in renewal.draft.teams})
    write_new(members, register, PRIVATE)
    write_new(out, signed, PUBLIC)
    click.echo(
        f"Lista {renewal.draft.epoch} är underskriven. Skrev {members} och {out}. Sätt {members} på plats först."
    )


@roster.command()
@click.argument("path", type=FILE)
@click.option("--root-key", required=True, help="The root key's public half, in hex.")
def show(path: Path, root_key: str) -> None:
    """Show what a roster says, once its signature holds; also one that has expired."""
    data = path.read_bytes()
    for line in _lines(data, _verify(data, root_key, minimum_epoch=1, today=None)):
        click.echo(line)


@roster.command()
@click.argument("path", type=FILE)
@click.option("--root-key", required=True, help="The root key's public half, in hex.")
@click.option("--minimum-epoch", type=click.IntRange(min=1), default=1, show_default=True)
def check(path: Path, root_key: str, minimum_epoch: int) -> None:
    """Check a roster as the portal would today: exit 0 if it may be used, 1 with the reason if not."""
    found = _verify(path.read_bytes(), root_key, minimum_epoch=minimum_epoch, today=_today())
    click.echo(f"Good: epoch {found.epoch}, {(found.not_after - _today()).days} days left.")


def with_recovery(people: list[Member], planned: RosterDraft) -> list[Member]:
    """Add the teams' recovery keys, each once: what they grant is believed only if the register has them."""
    found = {one.sign_public: one for one in people}
    for team in planned.teams:
        found.setdefault(team.recovery.sign_public, team.recovery)
    return list(found.values())


def _verify(data: bytes, root_key: str, *, minimum_epoch: int, today: date | None) -> Roster:
    try:
        root = unhex(root_key.strip().lower(), 32)
        return verify(data, root, minimum_epoch=minimum_epoch, today=today)
    except RosterError as error:
        raise click.ClickException(f"{type(error).__name__}: {error}.") from error
    except Error as error:
        raise click.ClickException(f"--root-key: {error}.") from error


def _lines(data: bytes, found: Roster) -> list[str]:
    lines = [
        f"epoch       {found.epoch}",
        f"not after   {found.not_after}",
        f"places      {found.places}",
        f"suites      {', '.join(map(str, found.suites))}",
        f"salt        {found.salt.hex()}",
        f"previous    {found.previous or '-'}{', revoked' if found.revokes else ''}",
        f"sha-256     {hashlib.sha256(data).hexdigest()}",
    ]
    for team in found.teams:
        lines.append(f"team        {team.municipality}: recovery {team.recovery.hex()[:16]}")
        lines.extend(f"  contact   {language}: {text}" for language, text in team.contact.items())
        lines.extend(f"  recipient {key.hex()[:16]}" for key in team.recipients)
    return lines


def _today() -> date:
    return datetime.now(UTC).date()
