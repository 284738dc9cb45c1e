"""A small world to tell stories in: two towns, those who work there, a roster, a dead drop and the staff app."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import html5lib
import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import staff
from crypto.envelope import envelope_id
from crypto.opening.ceremony import RosterDraft, TeamDraft, draw_spare, sign_members, sign_roster
from crypto.opening.identity import Identity, new_identity
from crypto.opening.intake import Intake
from crypto.opening.keyfile import Cost, new_passphrase, write_key_file
from crypto.opening.members import Member, Members, verify_members
from crypto.sealing.pin import salt_of
from crypto.sealing.roster import Roster, verify
from crypto.sealing.seal import seal, seal_content
from crypto.submission import Answer, Submission, new_try
from deaddrop import schema
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from programme import Programme
from programme.hours import ZONE
from staff.accounts import enrol
from staff.accounts.store import Details
from staff.casebook import Casebook
from staff.entry import Entry
from staff.folders import Keys
from staff.folders.making import Summarise
from staff.office import KEY, Office
from staff.person import Person as SignedIn
from staff.register import Papers
from staff.settings import StaffSettings
from tests.staff.mould import lay
from web.origin import Origin

PROGRAMME = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
ORIGIN = "http://127.0.0.1:8832"
CHEAP = Cost(1, 8192)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# Words and values of letters, digits, spaces and these: no parser finds a fault in one of them that another has not.
PLAIN = r"\w \n.,:;!?()/%+=#*’”“'–…·-"
VALUE = re.compile(rf'( (?:action|aria-[a-z]+|class|data-[a-z]+|datetime|for|href|id|name|title|value)=")[{PLAIN}]*"')
WORDS = re.compile(rf">[{PLAIN}]*\w[{PLAIN}]*<")


@cache
def programme() -> Programme:
    """Read the programme's settings once for all worlds."""
    return Programme.load(PROGRAMME)


@cache
def parse(page: str) -> None:
    """Read a page as a browser would that mends nothing; one that has been read before is not read again."""
    _parse(WORDS.sub(">x<", VALUE.sub(r'\1"', page)))


@cache
def _parse(built: str) -> None:
    """Read how a page is built, its plain words left out: pages that differ in them alone are read once."""
    html5lib.HTMLParser(strict=True).parse(built)


@dataclass
class Human:
    """Somebody with a key, a passphrase and a phone that shows codes."""

    name: str
    role: str
    town: str
    agency: str = ""
    stand_in: bool = False
    identity: Identity = field(default_factory=new_identity)
    passphrase: str = field(default_factory=new_passphrase)
    totp: str = field(default_factory=pyotp.random_base32)

    @property
    def member(self) -> Member:
        """Give what the register says of them."""
        keys = self.identity
        return Member(self.name, self.role, self.town, keys.box_public, keys.sign_public, self.agency, self.stand_in)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Give the wall clock."""
        return datetime.now(UTC) + self.ahead

    def today(self) -> date:
        """Give the day of coordinators, which is Sweden's: at night another one than UTC's."""
        return self.now().astimezone(ZONE).date()

    def ticks(self) -> float:
        """Give the clock that sessions go by, in seconds."""
        return 1000.0 + self.ahead.total_seconds()

    def turn(self, **by: float) -> None:
        """Turn both forward."""
        self.ahead += timedelta(**by)


class World:
    """Everything that a story needs, in one folder."""

    def __init__(
        self, folder: Path, casebook: str = "", deaddrop: str = "", origin: str = ORIGIN, drop: str = ""
    ) -> None:
        self.folder = folder
        self.origin = origin
        self.casebook = casebook or str(folder / "casebook.sqlite")
        self.deaddrop = deaddrop or str(folder / "deaddrop.sqlite")
        self.clock = Clock()
        self.opened: list[Casebook] = []
        self.owner = Human("Anna Ek", "coordinator", "ekstad")
        self.colleague = Human("Björn Lind", "coordinator", "ekstad")
        self.stranger = Human("Cilla Björk", "coordinator", "bjorkby")
        self.lead = Human("Lena Holm", "lead", "ekstad")
        self.auditor = Human("Aron Dahl", "auditor", "ekstad")
        self.case_officer = Human("Sonja Vik", "case_officer", "ekstad", "Socialtjänsten i Ekstad")
        self.officer = Human("Petra Polis", "police", "ekstad", "Polisen")
        self.partner = Human("Kim Sol", "partner", "ekstad", "Frivården")
        self.others = [self.lead, self.auditor, self.case_officer, self.officer, self.partner]
        self.enrolled: set[str] = set()
        self.recovery = {town: Human(f"Återhämtning {town}", "recovery", town) for town in ("ekstad", "bjorkby")}
        self.root = new_identity()
        self.spare = {town: draw_spare(8) for town in self.recovery}
        self.roster = self.sign([self.owner, self.colleague, self.stranger])
        self.settings = self._settings()
        # The story's own way to the dead drop, as visitors and as whoever has it in hand; the app has its own role.
        self.engine = schema.engine(drop or self.settings.deaddrop)
        prepare(self.engine, self.roster.places)
        if not casebook:
            lay(Path(self.casebook))
        self.app = self.start()
        for human in (self.owner, self.colleague, self.stranger):
            # Past the checks of enrolling, and in the app's own casebook: each story needs it three times.
            self.parts.accounts.add(Details(human.name, human.role, human.totp), self.key_file(human))

    def sign(self, people: list[Human], epoch: int = 1, days: int = 90, stated: Sequence[Intake] = ()) -> Roster:
        """Sign a roster and a register with these coordinators, and with what they stated of their intake keys."""
        today = datetime.now(UTC).date()
        teams = []
        for town, recovery in self.recovery.items():
            own = [human.member for human in people if human.town == town] or [Human("X", "coordinator", town).member]
            keys = [one for one in stated if one.sign_public in {each.sign_public for each in own}]
            spare = self.spare[town][: 7 - len(own)]
            teams.append(TeamDraft(town, {"sv": ""}, recovery.member, own, spare, keys))
        draft = RosterDraft(epoch, today + timedelta(days=days), salt_of(self.root.sign_public), teams)
        data = sign_roster(draft, self.root, today=today)
        (self.folder / "roster").write_bytes(data)
        members = [human.member for human in (*people, *self.others, *self.recovery.values())]
        before = self.members if epoch > 1 else None
        (self.folder / "members").write_bytes(sign_members(epoch, members, self.root, before))
        return verify(data, self.root.sign_public, minimum_epoch=1, today=today)

    def _settings(self) -> StaffSettings:
        return StaffSettings(
            origin=Origin.parse(self.origin),
            casebook=self.casebook,
            deaddrop=self.deaddrop,
            roster=self.folder / "roster",
            members=self.folder / "members",
            root_key=self.root.sign_public,
            programme=programme(),
            pepper=b"p" * 32,
            erased=self.folder / "erased" if "://" in self.casebook else None,
        )

    def key_file(self, human: Human, cost: Cost = CHEAP) -> bytes:
        """Write somebody's key file, as cheap to open as a key file may be: a story opens many."""
        return write_key_file(human.identity, human.passphrase, pepper=self.settings.pepper, cost=cost)

    def enrol(self, human: Human, cost: Cost = CHEAP) -> None:
        """Give somebody a way in, or a new one."""
        enrol(self.settings, human.name, self.key_file(human, cost), human.totp)
        self.enrolled.add(human.name)

    def start(self) -> Flask:
        """Start the app, with the story's clock."""
        app = staff.create_app(self.settings, background=False)
        parts = app.extensions[KEY]
        parts.now = self.clock.now
        parts.sessions._clock = self.clock.ticks
        parts.boxes._clock = self.clock.ticks
        parts.sign_in.cost = CHEAP
        self.opened.append(parts.casebook)
        self.parts: Office = parts
        return app

    def open(self) -> Casebook:
        """Open the casebook a second time, as another process would."""
        self.opened.append(Casebook(self.casebook))
        return self.opened[-1]

    def close(self) -> None:
        """Give every connection back that an app of this story has kept."""
        for casebook in self.opened:
            casebook.close()

    def run_on(self, **by: float) -> None:
        """Let time pass while the app runs and looks at its clock each day."""
        self.clock.turn(**by)
        self.parts.erased.look(self.parts.today())

    @property
    def members(self) -> Members:
        """Read the register as it stands."""
        return verify_members((self.folder / "members").read_bytes(), self.root.sign_public)

    def person(self, human: Human) -> SignedIn:
        """Give somebody as a view would see them."""
        return SignedIn(
            human.identity, human.member, Papers(self.roster, self.members, self.members), self.settings.pepper
        )

    def envelope(self, town: str = "ekstad", form: str = "me", minutes: int = 5, **answers: Answer) -> bytes:
        """Seal a submission that was sent some minutes ago."""
        try_id = str(answers.pop("try_id", new_try()))
        inside = str(answers.pop("inside", town))
        page = str(answers.pop("page", "sv"))
        sent = self.clock.now() - timedelta(minutes=minutes)
        submission = Submission(try_id, sent, form, inside, page, answers)
        outside = Submission(try_id, sent, form, town, page, answers)
        return self.seal_content(submission.encode(), town) if inside != town else seal(outside, self.roster)

    def seal_content(self, content: bytes, town: str = "ekstad") -> bytes:
        """Seal any bytes as an attacker would, who follows the outer form only."""
        return seal_content(content, town, self.roster)

    def leave(self, envelope: bytes, minutes: float = 0) -> None:
        """Put an envelope into the dead drop, some minutes ago."""
        left = self.clock.now() - timedelta(minutes=minutes)
        Leave(self.engine, self.roster.places).leave(envelope, left.date())

    def collect(self) -> None:
        """Collect what waits."""
        assert self.parts.collector.run()

    def send(self, town: str = "ekstad", form: str = "me", minutes: int = 5, **answers: Answer) -> str:
        """Leave one submission some minutes ago, and collect it; gives its id in hex."""
        sealed = self.envelope(town, form, minutes, **answers)
        self.leave(sealed, minutes)
        self.collect()
        return envelope_id(sealed).hex()

    def saw(self, page: str) -> None:
        """Take note of a page that somebody was shown; a story that asks what pages say overrides it."""

    def browser(self, human: Human | None = None) -> Browser:
        """Give a browser, signed in if somebody sits at it."""
        browser = Browser(self)
        if human in self.others and human.name not in self.enrolled:
            self.enrol(human)  # only the stories that need them pay for them
        if human:
            assert "/login" not in browser.sign_in(human).headers["Location"]
        return browser

    def session(self, human: Human) -> tuple[Keys, SignedIn]:
        """Give somebody's keys and person as a session of theirs has them, without a browser."""
        keys, person = Keys(), self.person(human)
        keys.refresh(self.parts.casebook, person, self.clock.now())
        return keys, person

    def open_folder(self, human: Human, first: Sequence[Entry], summarise: Summarise, *to: Human) -> bytes:
        """Make a folder by somebody, granted to them and to others, and give its id."""
        members = [one.member for one in (human, *to)]
        return self.parts.folders.create(self.person(human), first, summarise, members, self.clock.now())


class Browser:
    """A browser that keeps cookies, sends tokens, and reads every page strictly."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: FlaskClient = world.app.test_client()
        self._held: dict[tuple[str, ...], str] = {}

    def get(self, path: str) -> TestResponse:
        """Fetch a page; HTML must parse without a single error."""
        response = self.client.get(path, base_url=self.world.origin)
        if response.mimetype == "text/html" and response.data:
            parse(TOKEN.sub(r'name="csrf_token" value=""', response.text))
            self.world.saw(response.text)
        return response

    def token(self, path: str = "/login") -> str:
        """Take the CSRF token from a page."""
        found = TOKEN.search(self.get(path).text)
        assert found, "no token on the page"
        return found[1]

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form with the token that every page of this browser holds."""
        return self.client.post(path, data={"csrf_token": self.held(), **form}, base_url=self.world.origin)

    def held(self) -> str:
        """Give the token that a page of this browser holds; the next page has the same, until a cookie changes."""
        if self._jar not in self._held:
            page = self.get("/login")
            page = self.get("/keys") if page.status_code == 303 else page
            found = TOKEN.search(page.text)
            assert found, "no token on the page"
            self._held = {self._jar: found[1]}
        return self._held[self._jar]

    @property
    def _jar(self) -> tuple[str, ...]:
        return tuple(f"{one.key}={one.value}" for one in (self.client._cookies or {}).values())

    def sign_in(self, human: Human, **changes: str) -> TestResponse:
        """Sign in with the code that the phone shows now."""
        code = pyotp.TOTP(human.totp).at(self.world.clock.now())
        claim = {"name": human.name, "passphrase": human.passphrase, "otp": code, **changes}
        return self.post("/login", **claim)

    def act(self, row: str, name: str, **form: str) -> TestResponse:
        """Do something with a request, as its page offers it now."""
        page = self.get(f"/inbox/{row}").text
        seen = re.search(r'name="seen" value="(\d+)"', page)
        assert seen, "nothing to do on the page"
        return self.post(f"/inbox/{row}/{name}", **{"seen": seen[1], **form})
