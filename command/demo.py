"""`utvag demo`: both apps on this machine, with made-up people, until Ctrl-C."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import click
import pyotp

from command.past import tell_past
from command.processes import Child, ChildError, check, claim_port, start, stop, utvag, wait_until_answers
from command.stage import CAST_FILE, Stage, lent, write_json, write_private
from crypto.errors import Error
from crypto.opening.ceremony import RosterDraft, TeamDraft, draw_spare, sign_members, sign_roster
from crypto.opening.identity import Identity, new_identity
from crypto.opening.intake import Intake
from crypto.opening.keyfile import FAST, new_passphrase, write_key_file
from crypto.opening.members import AUDITOR, COORDINATOR, LEAD, Member
from crypto.opening.pepper import new_pepper
from crypto.sealing.signed import read_signed
from staff.accounts import enrol
from staff.casebook import Casebook
from staff.errors import StaffError
from staff.inbox import intake
from staff.person import Person as StaffPerson
from staff.register import Register
from staff.settings import StaffSettings

# One coordinator a town, since a key opens its own town's requests and no other's; --fill leaves most in the first
# town. Name and town begin alike, so that nobody has to look up who belongs where.
CAST = {"Elsa": "ekstad", "Bashir": "bjorkby", "Greta": "granvik"}
# Those of the first town who work beside its coordinator: name, role, authority.
OTHERS = (
    ("Lena", LEAD, ""),
    ("Aron", AUDITOR, ""),
    ("Sonja", "case_officer", "Socialtjänsten i Ekstad"),
    ("Peter", "police", "Polisen"),
    ("Kim", "partner", "Frivården"),
)
STAND_IN = "Elsa"  # the town has one lead: she is the second to sign
WORK = {
    COORDINATOR: "samordnare",
    LEAD: "enhetschef",
    AUDITOR: "granskare",
    "case_officer": "socialtjänsten",
    "police": "polis",
    "partner": "samverkanspart",
}
CONTACT = {"sv": "Ring 070-174 06 05.", "en": "Call 070-174 06 05."}
PLACES = 8
HOLDS = timedelta(days=90)
RENEW = timedelta(days=30)  # a roster with fewer days left is signed anew when the demo starts


@dataclass(frozen=True)
class Person:
    """A made-up person, with all that a person keeps secret."""

    name: str
    role: str
    municipality: str
    seed: str
    passphrase: str
    totp_secret: str
    agency: str = ""


@dataclass(frozen=True)
class Cast:
    """What is drawn once for a demo's folder, in hex: started there again, it has the same keys and people."""

    root: str
    recovery: str
    pepper: str
    salt: str
    people: list[Person]

    @classmethod
    def from_json(cls, text: str) -> Cast:
        """Read what `write_json` wrote."""
        values = json.loads(text)
        values.pop("spare", None)  # kept by an earlier version
        return cls(**values | {"people": [Person(**one) for one in values["people"]]})


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep everything here, for the next time too.")
@click.option("--portal-port", type=click.IntRange(0, 65535), default=8831, show_default=True, help="0: any free one.")
@click.option("--staff-port", type=click.IntRange(0, 65535), default=8832, show_default=True, help="0: any free one.")
@click.option("--fill", "number", type=click.IntRange(min=0), default=0, help="Leave this many made-up requests.")
def demo(folder: Path | None, portal_port: int, staff_port: int, number: int) -> None:
    """Run both apps with made-up coordinators and those who work beside them, until Ctrl-C.

    Without --dir everything lies in a fresh temporary folder that is removed at the end.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    os.umask(0o077)  # what both apps write here is their owner's only
    try:
        with ExitStack() as stack:
            where = stack.enter_context(lent(folder))
            if portal_port and portal_port == staff_port:
                raise click.ClickException("The two apps cannot share a port. Choose another with --staff-port.")
            stage = Stage(where, _port(portal_port, "--portal-port"), _port(staff_port, "--staff-port"))
            _run(stage, stack.enter_context(_children()), number)
    except KeyboardInterrupt:
        click.echo("\nThe demo has ended.")
    except ChildError as error:
        raise click.ClickException(str(error)) from None


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _port(wanted: int, option: str) -> int:
    try:
        return claim_port(wanted)
    except OSError as error:
        why = f"Port {wanted} is taken or not allowed ({error.strerror}). Choose another with {option}."
        raise click.ClickException(why) from None


@contextmanager
def _children() -> Iterator[list[Child]]:
    """Lend a list of children and end whoever is in it; a second Ctrl-C does not interrupt that."""
    children: list[Child] = []
    try:
        yield children
    finally:
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        stop(children)


def _run(stage: Stage, children: list[Child], number: int) -> None:
    told = stage.folder / "demo.json"
    told.unlink(missing_ok=True)  # left behind by a demo that was killed
    try:
        cast = draw_cast(stage)
        prepare(stage, cast, datetime.now(UTC).date())
    except (Error, StaffError, KeyError, TypeError, ValueError) as error:
        why = f"{stage.folder} holds a demo that cannot be started again ({type(error).__name__}: {error})."
        raise click.ClickException(f"{why} Name an empty folder.") from None
    _open(stage, cast, children)
    if number:
        _fill(stage, cast, number, children)
        _tell_past(stage, cast)
    write_json(told, contract(stage, cast))
    try:
        click.echo(welcome(stage, cast))
        _watch(cast, children)
    finally:
        told.unlink(missing_ok=True)  # whoever waits for the next demo here must not find this one's


def _open(stage: Stage, cast: Cast, children: list[Child]) -> None:
    """Start both apps, each with its own environment, and return when both answer."""
    root = _root(cast).sign_public.hex()
    portal_log, staff_log = stage.folder / "portal.log", stage.folder / "staff.log"
    children.append(start("The portal", utvag("portal"), stage.portal_environment(root), portal_log))
    children.append(start("The staff app", utvag("staff", "serve"), stage.staff_environment(root), staff_log))
    for child, url in zip(children, (f"{stage.portal}/readyz", f"{stage.staff}/login"), strict=True):
        wait_until_answers(child, url)


def _fill(stage: Stage, cast: Cast, number: int, children: list[Child]) -> None:
    click.echo(f"Leaving {number} made-up requests …")
    environment = stage.portal_environment(_root(cast).sign_public.hex())
    filler = start("The filling", utvag("fill", str(number)), environment, stage.folder / "fill.log")
    children.append(filler)
    while filler.process.poll() is None:
        for child in children[:2]:
            check(child)
        time.sleep(0.1)
    if filler.process.returncode:
        check(filler)
    children.remove(filler)


def _tell_past(stage: Stage, cast: Cast) -> None:
    """Give the first town made-up half-years to look at."""
    settings = StaffSettings.from_env(stage.staff_environment(_root(cast).sign_public.hex()))
    papers = Register(settings.roster, settings.members, settings.root_key).current()
    first = cast.people[0]
    casebook = Casebook(settings.casebook)
    try:
        person = StaffPerson(_identity(first.seed), _member(first), papers, settings.pepper)
        tell_past(person, casebook, settings.programme.casework.needs)
    finally:
        casebook.close()


def _watch(cast: Cast, children: list[Child]) -> None:
    """Show the sign-in codes, on a terminal always those of now, until a child ends (ChildError)."""
    shown = codes(cast)
    click.echo(shown, nl=not sys.stdout.isatty())
    while True:
        for child in children:
            check(child)
        if sys.stdout.isatty() and codes(cast) != shown:
            shown = codes(cast)
            click.echo(f"\x1b[1A\r{shown}", nl=False)  # over the two lines before
        time.sleep(0.5)


# The people, their keys, and what is signed with the root key


def draw_cast(stage: Stage) -> Cast:
    """Return the folder's people and keys, drawn the first time; whoever an earlier version lacked joins them."""
    path = stage.folder / CAST_FILE
    cast = Cast.from_json(path.read_text("utf-8")) if path.exists() else _new_cast()
    known = {person.name for person in cast.people}
    joined = [_draw(name, role, "ekstad", agency) for name, role, agency in OTHERS if name not in known]
    if joined or not path.exists():
        cast = replace(cast, people=[*cast.people, *joined])
        write_json(path, asdict(cast))
    return cast


def _new_cast() -> Cast:
    return Cast(
        root=new_identity().seed.hex(),
        recovery=new_identity().seed.hex(),
        pepper=new_pepper().hex(),
        salt=secrets.token_hex(16),
        people=[_draw(name, COORDINATOR, town) for name, town in CAST.items()],
    )


def _draw(name: str, role: str, town: str, agency: str = "") -> Person:
    return Person(name, role, town, new_identity().seed.hex(), new_passphrase(), pyotp.random_base32(), agency)


def prepare(stage: Stage, cast: Cast, today: date) -> None:
    """Write what the apps read, where it is missing, and let the people in. Broken off, it goes on where it was."""
    pepper = bytes.fromhex(cast.pepper)
    (stage.folder / "state").mkdir(mode=0o700, exist_ok=True)
    stage.write_settings()
    _write_once(stage.folder / "pepper", lambda: pepper)
    for person in cast.people:
        _write_once(stage.key_file(person.name), partial(_key_file, person, pepper))
    coordinators = [_identity(one.seed) for one in cast.people if one.role == COORDINATOR]
    stated = intake.firsts(stage.path("casebook.sqlite"), coordinators, pepper, today)
    renew_roster(stage.folder / "roster", cast, today, stated)
    renew_members(stage, cast)
    settings = StaffSettings.from_env(stage.staff_environment(_root(cast).sign_public.hex()))
    for person in cast.people:
        enrol(settings, person.name, stage.key_file(person.name).read_bytes(), person.totp_secret)


def _write_once(path: Path, content: Callable[[], bytes]) -> None:
    if not path.exists():
        write_private(path, content())


def _key_file(person: Person, pepper: bytes) -> bytes:
    """Write a key file that opens fast: the passphrase is drawn, and nobody's life hangs on a demo's."""
    return write_key_file(_identity(person.seed), person.passphrase, pepper=pepper, cost=FAST)


def renew_roster(path: Path, cast: Cast, today: date, stated: Sequence[Intake] = ()) -> None:
    """Sign a roster if there is none or the one there soon ends: a folder may be started again months later."""
    epoch, previous = 1, ""
    if path.exists():
        held = read_signed("roster", path.read_bytes(), _root(cast).sign_public)
        if date.fromisoformat(held["not_after"]) >= today + RENEW:
            return
        epoch, previous = held["epoch"] + 1, hashlib.sha256(path.read_bytes()).hexdigest()
    draft = RosterDraft(
        epoch=epoch,
        not_after=today + HOLDS,
        salt=bytes.fromhex(cast.salt),
        teams=[_team(cast, town, stated) for town in CAST.values()],
        previous=previous,
        places=PLACES,
    )
    write_private(path, sign_roster(draft, _root(cast), today=today))


def renew_members(stage: Stage, cast: Cast) -> None:
    """Sign the register of members if there is none, or another than this: with the roster's epoch, never an older."""
    root, path = _root(cast), stage.folder / "members"
    epoch = read_signed("roster", (stage.folder / "roster").read_bytes(), root.sign_public)["epoch"]
    signed = sign_members(epoch, _register(cast), root)
    if not path.exists() or path.read_bytes() != signed:
        write_private(path, signed)


def _team(cast: Cast, town: str, stated: Sequence[Intake]) -> TeamDraft:
    people = [_member(one) for one in cast.people if (one.municipality, one.role) == (town, COORDINATOR)]
    own = {one.sign_public for one in people}
    return TeamDraft(
        municipality=town,
        contact=CONTACT,
        recovery=_recovery(cast, town),
        people=people,
        spare=draw_spare(PLACES - 1 - len(people)),  # drawn anew with the intake keys
        intake=[one for one in stated if one.sign_public in own],
    )


def _register(cast: Cast) -> list[Member]:
    return [*(_member(person) for person in cast.people), *(_recovery(cast, town) for town in CAST.values())]


def _member(person: Person) -> Member:
    keys = _identity(person.seed)
    halves = keys.box_public, keys.sign_public
    stand_in = person.name == STAND_IN
    return Member(person.name, person.role, person.municipality, *halves, person.agency, stand_in=stand_in)


def _recovery(cast: Cast, town: str) -> Member:
    """Give a town's recovery key: the first one's is drawn, the others' follow from it, as nobody's would for real."""
    first = next(iter(CAST.values()))
    seed = hashlib.sha256(f"{cast.recovery} {town}".encode()).hexdigest() if town != first else cast.recovery
    keys, name = _identity(seed), "Recovery" if town == first else f"Recovery {town}"
    return Member(name, "recovery", town, keys.box_public, keys.sign_public)


def _root(cast: Cast) -> Identity:
    return _identity(cast.root)


def _identity(seed: str) -> Identity:
    return Identity.from_seed(bytes.fromhex(seed))


# What a person at the keyboard, and a tool, is told


def contract(stage: Stage, cast: Cast) -> dict[str, object]:
    """Return what stands in demo.json; tools outside the project rely on exactly these keys."""
    return {
        "portal": stage.portal,
        "staff": stage.staff,
        "people": [
            {
                "name": person.name,
                "role": person.role,
                "passphrase": person.passphrase,
                "totp_secret": person.totp_secret,
                "key_file": str(stage.key_file(person.name)),
            }
            for person in cast.people
        ],
        "roster": stage.path("roster"),
        "deaddrop": stage.path("deaddrop.sqlite"),
        "casebook": stage.path("casebook.sqlite"),
    }


def welcome(stage: Stage, cast: Cast) -> str:
    """Return what is printed when both apps answer."""
    people = "\n".join(map(_two_lines, cast.people))
    return f"""
Utväg: en övning på den här datorn · an exercise on this machine

  Publika sidor · public pages         {stage.portal}
  Personalens app · staff app          {stage.staff}

Logga in med namn, lösenfras och kod · Sign in with name, passphrase and code
{people}
Andra raden är hemligheten för en kodapp. · The second line is the secret for an authenticator app.
Elsa läser det som skickas till Ekstad, det förvalda. · Elsa reads what is sent to Ekstad, the first choice.

Allt ligger i · everything lies in {stage.folder}
Avsluta med Ctrl-C · end with Ctrl-C
"""


def _two_lines(person: Person) -> str:
    first = f"  {person.name:<8}{WORK[person.role]:<18}{person.municipality:<9}{person.passphrase}"
    return f"{first}\n{'':37}{person.totp_secret}"


def codes(cast: Cast) -> str:
    """Return the sign-in codes of now, on two lines; each can be used once, and a new one comes every 30 s."""
    now = [f"{person.name} {pyotp.TOTP(person.totp_secret).now()}" for person in cast.people]
    return f"Koder nu · codes now:  {'   '.join(now[: len(CAST)])}\n{'   '.join(now[len(CAST) :])}"
