"""The steps of `utvag start`, each of which may be broken off anywhere and begun anew."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from command.ceremony.asking import PRIVATE, PUBLIC, open_key, write_new, yes
from command.ceremony.draft import DraftError, read_draft, read_others
from command.ceremony.guide import Guide, drawn, folder_that_is
from command.ceremony.keys import MUNICIPALITY
from command.ceremony.recovery import make_shares, read_recovery, rehearsed
from command.ceremony.roster import with_recovery
from command.ceremony.shares import ask_key
from crypto.errors import Error
from crypto.opening.ceremony import sign_members, sign_roster
from crypto.opening.identity import new_identity
from crypto.opening.keyfile import write_key_file
from crypto.opening.members import write_person
from crypto.opening.pepper import new_pepper
from programme import Programme
from programme.reader import ProgrammeError
from web.origin import Origin

HOLDS = timedelta(days=90)
PHONE = re.compile(r"[+\d][\d \-]{5,20}")
LEAD1, LEAD2, COORDINATOR = "lead1", "lead2", "coordinator"
ROOT_KEY, DRAFT = "root.key", "draft.toml"
PROGRAMME = """# Programmets inställningar; programme/demo.toml i källkoden visar allt som kan stå här.
# Varje löfte är en mening på sidorna: sätt det till true först när någon har gjort det sant.
name = "Utväg"
short_address = {short}
exit_url = {exit_url}
exit_name = {{ sv = "en vanlig startsida", en = "an ordinary front page" }}
readers = {{ sv = "samordnarna", en = "the coordinators" }}
languages = ["sv", "sv-simple", "en"]
social_duty = {duty}

[board]
name = {board}

[[municipality]]
id = {town}
name = {town_name}

[telephone]
number = {phone}
interpreter = false

[hours]
monday = "8-16"
tuesday = "8-16"
wednesday = "8-16"
thursday = "8-16"
friday = "8-16"

[answers]
code = true

[promises]
"""


def settings(guide: Guide) -> None:
    """Ask what the pages must know, and write the programme's file."""
    town = guide.ask("town", "Kommunens id (små bokstäver, till exempel ekstad)", check=_town)
    guide.ask("town_name", "Kommunens namn, som det ska stå", town.capitalize())
    guide.ask("board", "Nämnden som ansvarar", f"Socialnämnden i {guide.answers['town_name']}")
    guide.ask("phone", "Telefonen som någon svarar i", check=_phone)
    guide.ask("duty", "Socialjourens telefon", check=_phone)
    guide.ask("exit_url", "Sidan som Lämna leder till", "https://www.1177.se/")
    origin = guide.ask("origin", "Adressen som besökare ser (https://…)", check=_origin)
    guide.ask("staff_origin", "Adressen som personalen ser (https://…)", check=_origin)
    values = {name: json.dumps(text, ensure_ascii=False) for name, text in guide.answers.items()}
    short = json.dumps(origin.partition("//")[2])
    path = guide.folder / "programme.toml"
    path.write_text(PROGRAMME.format(short=short, **values), "utf-8")
    try:
        Programme.load(path)
    except ProgrammeError as error:
        for name in ("town_name", "board", "exit_url"):
            guide.answers.pop(name, None)
        guide.save()
        raise click.ClickException("Inställningarna duger inte, kör igen:\n" + "\n".join(error.faults)) from None
    click.echo(f"Skrev {path}.")


def root(guide: Guide) -> None:
    """Make the root key on two sticks; it lies nowhere else."""
    click.echo("Rotnyckeln bestämmer vem som får läsa. Den ska aldrig ligga på en maskin som har ett nät.")
    yes("Är nätet avstängt på den här maskinen (kabeln ur, trådlöst av)?")
    first = Path(guide.ask("stick1", "Var ligger den första stickan (sökväg)", check=folder_that_is))
    second = Path(guide.ask("stick2", "Var ligger den andra stickan", check=_another(first)))
    files = first / ROOT_KEY, second / ROOT_KEY
    guide.begin("root", *files)
    identity = new_identity()
    data = write_key_file(identity, drawn("rotnyckeln"))
    for path in files:
        write_new(path, data, PRIVATE)
    guide.answers["root"] = identity.sign_public.hex()
    guide.save()
    click.echo("Rotnyckeln ligger på båda stickorna. Låt dem sitta i tills mottagarlistan är underskriven (steg 9).")


def recovery(guide: Guide) -> None:
    """Make the recovery key and hand out its shares."""
    click.echo("Återhämtningsnyckeln öppnar allt när alla andra nycklar är borta. Ingen får ha den ensam.")
    plan = guide.ask("plan", "Hur många blad ska räcka, av hur många (2/3 eller 3/5)", "2/3", check=_plan)
    public, sheets = guide.folder / "recovery.public", guide.answers.get("sheets", "")
    guide.begin("recovery", public)
    town = guide.answers["town"]
    make_shares(town, f"Återhämtning {town}", plan, public, Path(sheets) if sheets else None, "")


def rehearsal(guide: Guide) -> None:
    """Prove that the shares that were handed out give the key."""
    person = read_recovery(guide.folder / "recovery.public")
    path = guide.folder / f"repetition-{_today()}.txt"
    guide.begin("rehearsal", path)
    click.echo("De som har blad läser upp eller skriver själva. Det här är provet på att de är rätt avskrivna.")
    identity = ask_key([(person.box_public, person.sign_public)], None, passphrase=False)
    rehearsed(identity, person, None, path)


def pepper(guide: Guide) -> None:
    """Make the pepper where no backup of the casebook takes it along."""
    click.echo("Utan pepparn öppnas ingen nyckelfil. Den ska ligga för sig, aldrig i samma kopia som personalens data.")
    path = Path(guide.ask("pepper", "Var ska den ligga (en fil utanför mappen)", check=_outside(guide.folder)))
    guide.begin("pepper", path)
    write_new(path, new_pepper(), PRIVATE)


def person(step: str, role: str) -> Callable[[Guide], None]:
    """Make the step in which one person's key is made; they sit at the keyboard themselves."""

    def make(guide: Guide) -> None:
        if step not in people_of(guide):
            click.echo("Behövs inte: samordnaren är chefens ersättare.")
            return
        taken = [guide.answers[one] for one in people_of(guide) if one != step and one in guide.answers]
        name = guide.ask(step, "Namn, som det ska synas i arbetet", check=_name(taken))
        click.echo(f"{name} sätter sig vid tangentbordet. De andra tittar bort.")
        files = key_file(guide, step), _public_file(guide, step)
        files[0].parent.mkdir(mode=0o700, exist_ok=True)
        guide.begin(step, *files)
        identity = new_identity()
        data = write_key_file(identity, drawn(name), pepper=Path(guide.answers["pepper"]).read_bytes())
        write_new(files[0], data, PRIVATE)
        write_new(files[1], write_person(identity, name, role, guide.answers["town"]), PUBLIC)

    return make


def people_of(guide: Guide) -> tuple[str, ...]:
    """Name those who get keys: two leads and a coordinator, or one lead for whom the coordinator stands in."""
    two = guide.ask(
        "leads", "Finns det två chefer (2), eller en som samordnaren är ersättare för (1)", "2", check=_leads
    )
    return (LEAD1, LEAD2, COORDINATOR) if two == "2" else (LEAD1, COORDINATOR)


def roster(guide: Guide) -> None:
    """Write the draft on the first stick, sign it with the root key, keep a copy on the second."""
    stick, copy = Path(guide.answers["stick1"]), Path(guide.answers["stick2"])
    signed, members = guide.folder / "roster", guide.folder / "staff" / "members"
    members.parent.mkdir(mode=0o700, exist_ok=True)
    guide.begin("roster", signed, members)
    _write_draft(guide, stick)
    key = open_key(stick / ROOT_KEY, click.prompt("Rotnyckelns lösenfras (syns inte)", hide_input=True))
    try:
        planned = read_draft(stick / DRAFT, key.sign_public)
        people = [one for team in planned.teams for one in team.people] + read_others(stick / DRAFT)
        data = sign_roster(planned, key, today=_today())
        register = sign_members(planned.epoch, with_recovery(people, planned), key)
    except (Error, DraftError) as error:
        raise click.ClickException(f"Inte underskriven: {error}.") from error
    write_new(signed, data, PUBLIC)
    write_new(members, register, PRIVATE)
    for path in (signed, members):
        shutil.copyfile(path, stick / f"{path.name}.1")
    for path in stick.iterdir():
        if path.suffix in (".public", ".toml", ".json", ".1"):
            shutil.copyfile(path, copy / path.name)
    click.echo(f"Lista 1 gäller till {planned.not_after}. Ta ur båda stickorna och lås in dem, på två ställen.")
    yes("Är stickorna ur? Då får nätet sättas på igen")


def files(guide: Guide) -> None:
    """Write each app's environment, and make the folders that they name."""
    for name in ("drop", "state", "staff"):
        (guide.folder / name).mkdir(mode=0o700, exist_ok=True)
    for app, values in (("portal", portal_environment(guide)), ("staff", staff_environment(guide))):
        path = guide.folder / f"{app}.env"
        path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()), "utf-8")
        path.chmod(PRIVATE)
        click.echo(f"Skrev {path}.")


def portal_environment(guide: Guide) -> dict[str, str]:
    """Give what the portal is told: public keys, and no path to anything of the staff's."""
    return _both(guide, "UTVAG_PORTAL_", guide.answers["origin"]) | {
        "UTVAG_PORTAL_STATE": str(guide.folder / "state"),
        "UTVAG_PORTAL_MINIMUM_EPOCH": "1",
    }


def staff_environment(guide: Guide) -> dict[str, str]:
    """Give what the staff app is told."""
    return _both(guide, "UTVAG_STAFF_", guide.answers["staff_origin"]) | {
        "UTVAG_STAFF_CASEBOOK": str(guide.folder / "staff" / "casebook.sqlite"),
        "UTVAG_STAFF_MEMBERS": str(guide.folder / "staff" / "members"),
        "UTVAG_STAFF_PEPPER": guide.answers["pepper"],
    }


def _both(guide: Guide, prefix: str, origin: str) -> dict[str, str]:
    values = {
        "ORIGIN": origin,
        "ROSTER": guide.folder / "roster",
        "ROOT_KEY": guide.answers["root"],
        "DEADDROP": guide.folder / "drop" / "deaddrop.sqlite",
        "PROGRAMME": guide.folder / "programme.toml",
    }
    return {prefix + name: str(value) for name, value in values.items()}


def _write_draft(guide: Guide, stick: Path) -> None:
    people = people_of(guide)
    leads = ", ".join(f'"{step}.public"' for step in people if step != COORDINATOR)
    stand_in = json.dumps([] if LEAD2 in people else [guide.answers[COORDINATOR]], ensure_ascii=False)
    for path in [*(_public_file(guide, step) for step in people), guide.folder / "recovery.public"]:
        shutil.copyfile(path, stick / path.name)
    text = f"""epoch = 1
not_after = {_today() + HOLDS}
[[teams]]
municipality = "{guide.answers["town"]}"
recovery = "recovery.public"
people = ["coordinator.public"]
others = [{leads}]
stand_ins = {stand_in}
contact = {{ sv = {json.dumps("Ring " + guide.answers["phone"], ensure_ascii=False)} }}
"""
    (stick / DRAFT).write_text(text, "utf-8")


def key_file(guide: Guide, step: str) -> Path:
    """Give where a person's key file lies; it goes with its owner afterwards."""
    return guide.folder / "people" / f"{step}.key"


def _public_file(guide: Guide, step: str) -> Path:
    return guide.folder / "people" / f"{step}.public"


def _town(text: str) -> str:
    if not MUNICIPALITY.fullmatch(text) or text == "unknown":
        raise ValueError("Bara små bokstäver a till z, siffror och streck, en bokstav först.")
    return text


def _phone(text: str) -> str:
    if not PHONE.fullmatch(text):
        raise ValueError("Skriv ett telefonnummer, till exempel 070-174 06 05.")
    return text


def _origin(text: str) -> str:
    try:
        return str(Origin.parse(text))
    except ValueError:
        raise ValueError("Skriv en adress som https://utvag.example, utan något efter namnet.") from None


def _plan(text: str) -> str:
    if text not in ("2/3", "3/5"):
        raise ValueError("Skriv 2/3 eller 3/5.")
    return text


def _leads(text: str) -> str:
    if text not in ("1", "2"):
        raise ValueError("Skriv 1 eller 2.")
    return text


def _name(taken: list[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not 0 < len(text) <= 100 or not text.isprintable():
            raise ValueError("Ett namn har 1 till 100 tecken.")
        if text.casefold() in [one.casefold() for one in taken]:
            raise ValueError("Det namnet har någon redan.")
        return text

    return check


def _another(first: Path) -> Callable[[str], str]:
    def check(text: str) -> str:
        found = folder_that_is(text)
        if Path(found) == first:
            raise ValueError("Det är samma sticka. Ta den andra.")
        return found

    return check


def _outside(folder: Path) -> Callable[[str], str]:
    def check(text: str) -> str:
        path = Path(text).absolute()
        if folder in path.parents:
            raise ValueError("Den får inte ligga i programmets mapp.")
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise ValueError("Den mappen finns inte, eller får inte skrivas i.")
        return str(path)

    return check


def _today() -> date:
    return datetime.now(UTC).date()
