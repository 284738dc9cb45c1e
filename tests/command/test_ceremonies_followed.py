"""docs/operations.md, section 6, followed word by word: each command as it stands there, and what it says it shows."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from command import main
from command.processes import claim_port
from crypto.opening import keyfile
from crypto.opening.identity import Identity
from crypto.opening.keyfile import read_key_file
from crypto.opening.orders import countersign
from crypto.opening.recovering import by_key, order_recovery
from portal import create_app
from portal.settings import PortalSettings
from staff.accounts.store import Accounts
from staff.casebook import Casebook
from staff.orders import Orders
from staff.register import Register
from staff.settings import StaffSettings
from tests.command.actor import Actor
from tests.serving import serving

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
SECTION = re.compile(r"^### (6\.\d) .*?(?=^###? )", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
WORDS = "kola bada tepo sogu fite joha"
SAYS = "# says: "


def pages() -> dict[str, list[str]]:
    """Give the lines of each ceremony's commands."""
    return {
        found[1]: [line for block in BLOCK.findall(found[0]) for line in block.splitlines()]
        for found in SECTION.finditer(DOCS)
    }


class Room:
    """The people, the machine and the page that they follow."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, monkeypatch
        self.port = claim_port(0)
        for name in ("sticka1", "sticka2", "annan plats"):
            (folder / name).mkdir()
        self.actor = Actor(
            {
                "Kommunens id": "ekstad",
                "Telefonen som någon svarar": "070-174 06 05",
                "Socialjourens": "070-174 06 40",
                "Adressen som besökare": f"http://127.0.0.1:{self.port}",
                "Adressen som personalen": "https://utvag.inner.example",
                "första stickan": str(folder / "sticka1"),
                "andra stickan": str(folder / "sticka2"),
                "utanför mappen": str(folder / "annan plats" / "pepper"),
            }
        )
        self.names = iter([("Chef", "Lena"), ("Chef", "Lars"), ("", "Alma")])
        self.actor.sit_down(monkeypatch)
        ask = self.actor.prompt

        def prompt(question: str, default: str | None = None, **options: object) -> str:
            return next(self.names)[1] if question.startswith("Namn,") else ask(question, default, **options)

        monkeypatch.setattr("click.prompt", prompt)
        monkeypatch.chdir(folder)

    @property
    def home(self) -> Path:
        """Give the programme's folder."""
        return self.folder / "utvag"

    def follow(self, section: str, *more: str, **instead: str) -> None:
        """Type each command of a page as it stands there, and look for what it says the screen shows."""
        lines = pages()[section]
        assert lines
        output = ""
        for line in lines:
            typed = line.replace("HEX", os.environ.get("UTVAG_STAFF_ROOT_KEY", ""))
            for word, other in instead.items():
                typed = typed.replace(word, other)
            if line.startswith(SAYS):
                assert typed.removeprefix(SAYS) in output, (section, line, output)
                continue
            result = self.type(*shlex.split(typed, comments=True), *more)
            assert result.exit_code == 0, (section, line, result.output)
            output = result.output

    def type(self, *words: str, secret: str = "") -> Result:
        """Type one command."""
        assert words[0] == "utvag"
        arguments = list(words[1:])
        if secret:
            reader, writer = os.pipe()
            os.write(writer, secret.encode())
            os.close(writer)
            arguments += ["--passphrase-fd", str(reader)]
        return CliRunner().invoke(main, arguments)

    def load(self, name: str) -> None:
        """Load an app's settings."""
        for line in (self.home / name).read_text("utf-8").splitlines():
            (setting,) = shlex.split(line)  # as the shell reads it
            self.patch.setenv(*setting.split("=", 1))

    def next_epoch(self, epoch: int, recovery: str, *people: str) -> None:
        """Sign another epoch as section 2 has it, and put it in place."""
        stick, day = self.folder / "sticka1", datetime.now(UTC).date() + timedelta(days=90)
        named = ", ".join(f'"{one}"' for one in people)
        (stick / "draft.toml").write_text(
            f'epoch = {epoch}\nnot_after = {day}\nprevious = "roster.{epoch - 1}"\n'
            f'previous_members = "members.{epoch - 1}"\n[[teams]]\nmunicipality = "ekstad"\nrecovery = "{recovery}"\n'
            f'people = [{named}]\nothers = ["lead1.public", "lead2.public"]\n'
            'contact = { sv = "Ring 070-174 06 05" }\n',
            "utf-8",
        )
        out = ("--out", str(stick / f"roster.{epoch}"), "--members", str(stick / f"members.{epoch}"))
        root, phrase = str(stick / "root.key"), self.actor.passphrases["rotnyckeln"]
        signed = self.type("utvag", "roster", "sign", str(stick / "draft.toml"), "--root", root, *out, secret=phrase)
        assert signed.exit_code == 0, signed.output
        self.put_in_place(epoch)

    def renew(self, epoch: int, recovery: Path) -> None:
        """Renew the keys with another recovery key, as the page on that has it, and put the files in place."""
        stick, parcel = self.folder / "sticka1", self.folder / "parcel.json"
        assert self.type("utvag", "staff", "intake", "--out", str(parcel)).exit_code == 0
        before = [str(stick / f"{name}.{epoch - 1}") for name in ("roster", "members")]
        out = [str(stick / f"{name}.{epoch}") for name in ("roster", "members")]
        renewed = self.type(
            *("utvag", "roster", "renew", "--previous", before[0], "--previous-members", before[1]),
            *("--parcel", str(parcel), "--root", str(stick / "root.key"), "--out", out[0], "--members", out[1]),
            *("--recovery", str(recovery), "--yes"),
            secret=self.actor.passphrases["rotnyckeln"],
        )
        assert renewed.exit_code == 0, renewed.output
        self.put_in_place(epoch)

    def two_sign(self, what: str) -> None:
        """Let both leads sign in the app that the recovery key gives on what it holds."""
        settings = StaffSettings.from_env(os.environ)
        leads = [self.lead(settings, name) for name in ("Lena", "Lars")]
        casebook = Casebook(settings.casebook)
        orders = Orders(casebook, settings.pepper)
        papers = Register(settings.roster, settings.members, settings.root_key).current()
        keys = {one.role: one for one in papers.members.members if "recovery" in one.role}
        key = keys["recovery" if what == "use" else "former_recovery"]
        to = papers.members.team("ekstad") if what == "use" else [keys["recovery"]]
        wanted = by_key(key, to)
        assert wanted
        data = order_recovery(wanted, leads[0], papers.signed.epoch, int(datetime.now(UTC).timestamp()))
        with casebook.write() as session:
            orders.keep(session, countersign(data, leads[1]))
        casebook.close()

    def lead(self, settings: StaffSettings, name: str) -> Identity:
        """Open a lead's key."""
        account = Accounts(Casebook(settings.casebook), settings.pepper).find(name)
        assert account
        return read_key_file(account.key_file, self.actor.passphrases[name], pepper=settings.pepper)

    def put_in_place(self, epoch: int) -> None:
        """Carry both files to where the apps read them, the register first."""
        for name, place in (("members", "staff/members"), ("roster", "roster")):
            (self.home / place).write_bytes((self.folder / "sticka1" / f"{name}.{epoch}").read_bytes())

    @contextmanager
    def open_portal(self) -> Iterator[None]:
        """Serve the portal as its settings say."""
        app = create_app(PortalSettings.from_env(os.environ))
        with serving(app.wsgi_app, self.port):
            yield


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Sit down with the page, at the demo's cost of keys, and leave this process as it is."""
    defaults = keyfile.write_key_file.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "cost", keyfile.FAST)
    monkeypatch.setattr("command.ceremony.start.harden", lambda: True)
    monkeypatch.setattr("staff.hardening.harden", lambda: True)
    return Room(tmp_path, monkeypatch)


def test_every_ceremony_has_a_page_with_its_commands() -> None:
    """None of them is without a command, and none of the commands without what it shows."""
    assert sorted(pages()) == [f"6.{number}" for number in range(1, 8)]
    for lines in pages().values():
        assert lines[0].startswith("utvag ")
        assert lines[1].startswith(SAYS)


def test_the_ceremonies_are_followed_word_by_word(room: Room) -> None:
    """From nothing to open, a rehearsal, the total loss, a new recovery key, the watcher, the status: one programme."""
    room.follow("6.1")
    room.load("staff.env")
    room.patch.chdir(room.home)
    room.follow("6.3")
    room.follow("6.7")
    # All coordinators are lost: a new one makes a key as section 1 says, and stands in the next epoch.
    stick = room.folder / "sticka1"
    new = ("--name", "Nils", "--municipality", "ekstad", "--out", "nils.key", "--public", str(stick / "nils.public"))
    pepper = str(room.folder / "annan plats" / "pepper")
    assert room.type("utvag", "keys", "new", *new, "--pepper", pepper, secret=WORDS).exit_code == 0
    room.next_epoch(2, "recovery.public", "nils.public")
    room.two_sign("use")
    room.follow("6.4")
    # The key has been in a machine's memory: a new one is split, stands in the next epoch, and gets everything.
    old = list(room.actor.shares)
    room.follow("6.2", **{"recovery.public": "recovery-2.public"})
    room.renew(3, room.home / "recovery-2.public")
    room.actor.hand = 0
    room.follow("6.3", **{"recovery.public": "recovery-2.public", "repetition.txt": "repetition-2.txt"})
    room.actor.shares, room.actor.hand = old, 0
    room.two_sign("replace")
    room.follow("6.5")
    room.load("portal.env")
    with room.open_portal():
        room.follow("6.6", "--pause", "0")
