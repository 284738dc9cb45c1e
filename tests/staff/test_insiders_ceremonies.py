"""The ceremonies of docs/operations.md on conflicts, two signatures and the auditor's week, followed word by word."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path

import pytest
from sqlalchemy import delete

from staff.audit import store
from staff.models import AuditRow
from tests.docs.spoken import said
from tests.staff.dealing import LAW, TEST, Case, lead, post
from tests.staff.test_staff_audit import run
from tests.staff.world import Browser, World

OPERATIONS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
WHY = "Personen flyttar i dag, och boendet behöver veta."
VERIFY = "utvag audit verify --key aron.key"
SPOKEN = (VERIFY,)
NAME = "Snabben Karlsson"


class Reader:
    """Somebody who reads pages and keeps all that was shown, as words."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def get(self, browser: Browser, path: str) -> str:
        """Read a page that must be there."""
        answer = browser.get(path)
        assert answer.status_code == 200, path
        self.seen.append(html.unescape(answer.text))
        return self.seen[-1]

    def press(self, browser: Browser, path: str, **form: object) -> str:
        """Press a button and read the page that follows."""
        answer = post(browser, path, **form)
        assert answer.status_code == 303, path
        return self.get(browser, answer.headers["Location"])

    def lacks(self, ceremony: str) -> set[str]:
        """List the words that a ceremony's page says stand on a page, and that nobody was shown."""
        section = OPERATIONS.partition(f"### {ceremony}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
        said = set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", section))
        assert len(said) > 5
        return {words for words in said if not any(words in page for page in self.seen)}


@pytest.fixture
def reader() -> Reader:
    """Read along."""
    return Reader()


def file_by_two(reader: Reader, anna: Browser, lena: Browser) -> None:
    """Fetch a file from the form that stands open: Anna asks, Lena signs."""
    form = dict(re.findall(r'type="hidden" name="(act|case|what)" value="([^"]*)"', reader.seen[-1]))
    reader.press(anna, "/orders/new", **form, why=WHY)
    (order,) = re.findall(r'href="(/orders/[0-9a-f]{32})"', reader.get(lena, "/orders"))
    reader.get(lena, order)
    reader.press(lena, f"{order}/sign")
    reader.get(anna, order)
    assert post(anna, f"{order}/fetch").mimetype == "application/pdf"
    reader.get(anna, "/orders")


def test_two_sign_is_followed_word_by_word(world: World, reader: Reader) -> None:
    """A file for the person, a hand-over without a ground, and an erasure before its time, by Anna and Lena."""
    case = Case(world)
    anna, lena = case.reader, lead(world)
    case.do("paper", agency="social", person=world.case_officer.name, chosen=["e4"], test=TEST, **LAW)
    assert 'href="/cases/' in reader.get(anna, case.base)
    extract = case.do("extract", chosen=["e4"], test=TEST).headers["Location"]
    reader.get(anna, extract)
    asked = anna.get(f"{extract}/paper").headers["Location"]
    assert "Be om en andra underskrift" in reader.get(anna, asked)
    file_by_two(reader, anna, lena)
    reader.get(anna, f"{case.base}/new/handover")
    over = {"act": "override", "case": case.id.hex(), "to": world.case_officer.name, "why": WHY}
    where = post(anna, "/orders/new", **over).headers["Location"]
    post(lena, f"{where}/sign")
    reader.get(anna, where)
    assert "Två har skrivit under för" in reader.get(anna, f"{case.base}/new/handover")
    wish = {"until": case.day(5), "chosen": ["e4"], "test": TEST, "purpose": "Ordna boende"}
    case.do("handover", people=[world.case_officer.name], basis=f"o:{where[-32:]}", **wish)
    assert len(case.dealings.handed) == 1
    post(anna, f"/cases/{case.id.hex()}/save/close", outcome="completed", reason="klart", seen="99")
    early = {"act": "erase", "case": case.id.hex(), "number": "SN 1", "why": WHY}
    where = post(anna, "/orders/new", **early).headers["Location"]
    post(lena, f"{where}/sign")
    reader.get(anna, where)
    assert reader.lacks("Two sign") == set()


def test_a_conflict_of_interest_is_followed_word_by_word(world: World, owner: Browser, reader: Reader) -> None:
    """Anna writes her list, meets somebody on it in the inbox, leaves one to Björn and opens another with a reason."""
    assert "Min jävslista" in reader.get(owner, "/today")
    reader.get(owner, "/me/conflicts")
    reader.press(owner, "/me/conflicts", lines=NAME, after="0")
    rows = [world.send(message=f"{NAME} {number}") for number in (1, 2)]
    assert NAME not in reader.get(owner, "/inbox")
    for row in rows:
        where = owner.get(f"/inbox/{row}").headers["Location"]
        reader.get(owner, where)
    reader.press(owner, f"/conflict/request/{rows[0]}/hand", to=world.colleague.name)
    reader.press(owner, f"/conflict/request/{rows[1]}/open", reason=WHY)
    assert WHY in lead(world).get("/load").text
    assert reader.lacks("A conflict of interest") == set()


def test_the_auditors_week_is_followed_word_by_word(world: World, owner: Browser, reader: Reader) -> None:
    """Aron reads the log, the notices, what is unusual and the canary cases, checks by the command, and meets a cut."""
    lena = lead(world)
    for name in ("Lärk 7", "Ask 8"):
        post(lena, "/canaries", working=name, note="Ringde själv, ville prata om skulder.")
    reader.get(lena, "/canaries")
    post(owner, "/me/conflicts", lines=NAME, after="0")
    row = world.send(message=NAME)
    post(owner, f"/conflict/request/{row}/open", reason=WHY)
    page = owner.get("/cases?show=closed").text
    owner.get(re.findall(r'href="(/cases/[0-9a-f]{32})"', page)[0])
    with world.parts.casebook.read() as session:
        number, head = store.head(session)
    for _ in range(60):  # enough for a second page
        owner.post("/inbox/collect")
    aron = world.browser(world.auditor)
    for path in ("/audit", "/audit/unusual", "/canaries"):
        reader.get(aron, path)
    assert "Äldre" in reader.seen[-3]
    assert run(world, "--known", head.hex()[:32])[0] == 0
    (world.folder / "aron.key").write_bytes(world.key_file(world.auditor))
    (world.folder / "aron.key").chmod(0o600)
    words = shlex.split(said(VERIFY).replace("NUMBER:HEAD", f"{number}:{head.hex()}"))[3:]
    code, told = run(world, *(word.replace("aron.key", str(world.folder / "aron.key")) for word in words))
    assert code == 0, told
    with world.parts.casebook.write() as session:
        session.execute(delete(AuditRow).where(AuditRow.number == 3))
    world.clock.turn(seconds=31)
    reader.get(world.browser(world.auditor), "/audit")
    assert reader.lacks("The auditor's week") == set()
