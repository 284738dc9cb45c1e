"""`utvag backup`, `verify`, `restore` and `rehearse`: the casebook, sealed to an offline key, kept for some days."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from command.ceremony import backup_words as words
from command.ceremony.asking import PUBLIC, existing_passphrase, open_key, passphrase_fd, refuse_existing, write_new
from command.doctor import staff_settings
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding, tell
from staff.backup.errors import BackupError  # where there is no staff app, these commands are not offered

if TYPE_CHECKING:
    from crypto.opening.identity import Identity
    from crypto.sealing.backup import Prove
    from staff.backup.putting import Where
    from staff.backup.taken import Taken

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
KEEP = 30  # days, as docs/it/upgrade.md suggests
BACKUP_KEY = click.option("--key", type=FILE, required=True, help="The backup key file, from where it lies offline.")
PEPPER = "--pepper"
PEPPER_HELP = "The staff app's pepper: it tells whether this app made the backup."
pepper_may = click.option(PEPPER, type=FILE, envvar="UTVAG_STAFF_PEPPER", help=PEPPER_HELP)
pepper_must = click.option(PEPPER, type=FILE, envvar="UTVAG_STAFF_PEPPER", required=True, help=PEPPER_HELP)
expired_because = click.option("--expired-because", default="", help="Why a backup is used though its day has passed.")
older_because = click.option(
    "--older-because", default="", help="Why what was erased since the file of erased ids was lost may come back."
)
copy_of_erased = click.option("--erased", "copy", type=FILE, help="The newest copy of the file of erased ids.")


@click.command()
@click.option("--out", "folder", type=FOLDER, required=True, help="The folder of backups; on another disk, best.")
@click.option(
    "--keep", type=click.IntRange(1, 366), default=KEEP, show_default=True, help="Days until it is destroyed."
)
@click.option("--erased", is_flag=True, help="Only the file of erased ids: each hour.")
def backup(folder: Path, keep: int, erased: bool) -> None:
    """Copy the casebook while it is in use, sealed to the backup key, and destroy backups whose last day has passed.

    Settings are the staff app's (UTVAG_STAFF_…). Neither pepper nor sessions are in it. A dead drop is refused.
    """
    from staff.backup import making

    settings = staff_settings(os.environ)
    make = making.erased if erased else making.casebook
    with refusing():
        made = make(settings, folder, _now().date(), keep)
    click.echo(f"Skrev {made.path} ({words.size(made.size)}). Får återställas till och med {made.head.expires}.")
    for path in made.gone:
        click.echo(f"Förstörde {path}: dess sista dag har varit.")
    if made.doubtful:
        click.echo("Klockan har hoppat fram: ingen gammal kopia förstördes. Ställ den, eller vänta till i morgon.")


@click.command()
@click.argument("path", type=FILE)
@click.option("--key", type=FILE, help="The backup key file: then every page, row and chunk is looked at.")
@click.option("--scratch", type=FOLDER, help="Where the copy is laid meanwhile, sealed as ever; else the system's own.")
@pepper_may
@passphrase_fd
def verify(path: Path, key: Path | None, scratch: Path | None, pepper: Path | None, passphrase_fd: int | None) -> None:
    """Check a backup: that it is whole and who made it; with the backup key also what is inside. Changes nothing."""
    from staff.backup.taken import taken

    with refusing(), taken(path, _prove(pepper)) as one:
        found = _outside(one)
        if key is not None:
            found += _inside(one, key, scratch, passphrase_fd)
    raise SystemExit(tell(found))


def _outside(one: Taken) -> list[Finding]:
    head, proven = one.looked.head, one.looked.proven
    past = head.expires < _now().date()
    return [
        Finding(GOOD, f"Hel: {head.kind} från {head.day}, version {head.version}."),
        Finding(GOOD, "Gjord av den här appen.")
        if proven
        else Finding(UNSURE, "Vem som gjort den är inte prövat: ge --pepper."),
        Finding(WARNING, f"Fick återställas till och med {head.expires}. Förstör den.")
        if past
        else Finding(GOOD, f"Får återställas till och med {head.expires}."),
    ]


def _inside(one: Taken, key: Path, folder: Path | None, descriptor: int | None) -> list[Finding]:
    from staff.backup.trying import look_through, scratch

    identity = _key(key, descriptor)
    with scratch(folder) as made:
        seen = look_through(one, identity, made)
    if seen.inside is None:
        return [Finding(GOOD, f"Öppnad: {seen.ids} gallrade id.")]
    rows, audit = sum(seen.inside.counts.values()), seen.inside.audit or "tom"
    opened = Finding(GOOD, f"Öppnad: {rows} rader i {len(seen.inside.counts)} tabeller, räknade om. Logg: {audit}")
    if seen.broken:
        return [opened, Finding(ALARM, f"Loggens kedja är inte hel vid rad {seen.broken}. Rör inget mer.")]
    if seen.broken is None:
        return [opened, Finding(UNSURE, "Loggens kedja prövas när den återställs på prov: utvag rehearse.")]
    return [opened, Finding(GOOD, "Loggens kedja är hel.")]


@click.command()
@click.argument("path", type=FILE)
@BACKUP_KEY
@click.option("--out", required=True, help="Where nothing stands yet: a path, or the address of an empty database.")
@click.option("--record", type=NEW_FILE, envvar="UTVAG_STAFF_ERASED", help="The file of erased ids; else beside --out.")
@copy_of_erased
@expired_because
@older_because
@pepper_must
@passphrase_fd
def restore(
    *,
    path: Path,
    key: Path,
    out: str,
    record: Path | None,
    copy: Path | None,
    expired_because: str,
    older_because: str,
    pepper: Path,
    passphrase_fd: int | None,
) -> None:
    """Put a backup back where nothing stands, and erase again what was erased since, before anybody can sign in.

    Stop the app first. The file of erased ids beside it must be the newest there is; a newer copy takes its place.
    """
    from staff.backup.putting import Where, put_back
    from staff.backup.taken import taken

    beside = _beside(out, record)
    identity = _key(key, passphrase_fd)
    with refusing("Inget är återställt."), taken(path, _prove(pepper)) as one:
        where = Where(out, beside, _copy(copy, pepper, identity), expired_because, older_because)
        done = put_back(one, identity, where, _now())
    for line in [*words.found(done), *_excuses(where)]:
        click.echo(line)
    click.echo(f"Återställt i {_shown(out)}. Starta appen, och säg till samordnarna vilka timmar som saknas.")
    raise SystemExit(2 if done.broken else 0)


@click.command()
@click.argument("path", type=FILE)
@BACKUP_KEY
@click.option("--protocol", "protocol_path", type=NEW_FILE, required=True, help="The protocol to write, to be signed.")
@click.option("--record", type=FILE, envvar="UTVAG_STAFF_ERASED", help="The file of erased ids as it stands now.")
@copy_of_erased
@click.option("--scratch", help="A folder for it, or for PostgreSQL the address of an empty database.")
@expired_because
@older_because
@pepper_may
@passphrase_fd
def rehearse(
    *,
    path: Path,
    key: Path,
    protocol_path: Path,
    record: Path | None,
    copy: Path | None,
    scratch: str | None,
    expired_because: str,
    older_because: str,
    pepper: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Put a backup back in a place that is destroyed afterwards, and write the protocol of it. Touches no casebook."""
    from staff.backup import trying
    from staff.backup.putting import Where
    from staff.backup.taken import taken

    refuse_existing(protocol_path)
    identity = _key(key, passphrase_fd)
    server = scratch if scratch and "://" in scratch else None
    folder = None if server or not scratch else Path(scratch)
    with refusing("Inget är repeterat."), taken(path, _prove(pepper)) as one, trying.scratch(folder) as made:
        given = _copy(copy or record, pepper, identity)
        where = Where(server or str(made / "casebook.sqlite"), made / "erased", given, expired_because, older_because)
        done = trying.rehearse(one, identity, where, _now())
    text = words.protocol(done, _now().date(), path.name, identity.box_public.hex()[:16])
    write_new(protocol_path, "\n".join([text, *_excuses(where)]).encode(), PUBLIC)
    click.echo(text)
    click.echo(f"Repeterat, och det tillfälliga är förstört. Protokoll: {protocol_path}")
    raise SystemExit(2 if done.broken else 0)


@contextmanager
def refusing(after: str = "") -> Iterator[None]:
    """Turn what a backup cannot do into one sentence, and say `after` it what stands."""
    try:
        yield
    except BackupError as error:
        raise click.ClickException(words.refusal(error.reason, error.more, after)) from None


def _key(path: Path, descriptor: int | None) -> Identity:
    """Open the backup key in a process that leaves no core and lets nobody look in."""
    from staff.hardening import harden

    harden()
    return open_key(path, existing_passphrase(descriptor, str(path)))


def _copy(path: Path | None, pepper: Path | None, identity: Identity) -> bytes | None:
    """Read a copy of the file of erased ids: as it is, or as `utvag backup --erased` has sealed it."""
    from staff.backup.taken import opened, taken

    if path is None:
        return None
    if path.read_bytes()[:4] != b"UTVB":
        return path.read_bytes()
    with taken(path, _prove(pepper)) as one:
        return b"".join(opened(one, identity)[1])


def _beside(out: str, record: Path | None) -> Path:
    if record is not None:
        return record
    if "://" in out:
        raise click.ClickException("Ge --record: filen över det gallrade, som UTVAG_STAFF_ERASED säger var.")
    return Path(f"{out}.erased")


def _excuses(where: Where) -> list[str]:
    said = {"Utgången kopia, därför att": where.expired, "Äldre fil om det gallrade, därför att": where.older}
    return [f"{why}: {text}" for why, text in said.items() if text]


def _prove(pepper: Path | None) -> Prove | None:
    from staff.backup.making import prove

    return prove(pepper.read_bytes()) if pepper else None


def _shown(out: str) -> str:
    return out if "://" not in out else out.rpartition("@")[2].partition("?")[0]


def _now() -> datetime:
    return datetime.now(UTC)
