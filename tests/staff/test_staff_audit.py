"""The audit: what is written before it is shown, what a changed, cut or moved row does, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from command import main
from crypto.opening.auditing import START, Spot, audit_key, next_head, row_tag
from crypto.opening.keyring import own_key
from staff.audit import Seen
from staff.audit.store import newest_k
from staff.audit.verify import Check, verify
from staff.diary import Kind, lines
from staff.inbox import record
from staff.models import AuditHead, AuditRow, Grant, StoredEntry, StoredSubmission
from tests.staff.test_staff_folders import NOW, make, read
from tests.staff.world import Browser, Human, World


def faults(world: World, human: Human | None = None) -> list[tuple[int, str]]:
    """Check the chain, as an auditor if one is given, and list what is wrong."""
    check = Check()
    with world.parts.casebook.read() as session:
        verify(session, check, None, human.identity if human else None, world.members)
    return [(one.number, one.what) for one in check.faults]


def seen(world: World, row: str) -> list[Seen]:
    """List who did what with a request, as Anna reads it."""
    person = world.person(world.owner)
    found = record.read(world.parts.casebook, bytes.fromhex(row), person)
    return world.parts.audit.of(found.key, person.papers.members)


def test_a_reading_is_in_the_audit_before_a_word_is_shown(
    world: World, owner: Browser, colleague: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each visit is a row with name and time; where the row cannot be written, nothing is shown."""
    row = world.send(message="hemligt ord")
    owner.get(f"/inbox/{row}")
    assert "hemligt ord" in colleague.get(f"/inbox/{row}").text
    told = [(one.who, one.what) for one in seen(world, row)]
    assert told[0] == ("Anna Ek", "first_opened")
    assert told.count(("Anna Ek", "opened")) == told.count(("Björn Lind", "opened")) == 1

    def fail(*_words: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr("staff.audit.Audit.write", fail)
    answer = owner.client.get(f"/inbox/{row}", base_url="http://127.0.0.1:8832")
    assert answer.status_code in (500, 503)
    assert "hemligt ord" not in answer.text


def test_each_act_is_a_row_with_its_kind(world: World, owner: Browser) -> None:
    """Taking and setting aside are told by kind; the words typed beside them are not."""
    row = world.send(message="hej")
    owner.act(row, "take")
    owner.act(row, "set-aside", reason="other", line="mina egna ord")
    told = [(one.what, one.fields.get("did")) for one in seen(world, row)]
    assert ("wrote", "taken") in told
    assert ("wrote", "set_aside") in told
    assert "mina egna ord" not in str(seen(world, row))


def test_signing_in_locking_and_collecting_stand_in_ones_own_rows(world: World, owner: Browser) -> None:
    """Anna's own rows tell what she did, in order, and nobody else's."""
    owner.post("/inbox/collect")
    owner.post("/lock")
    own = world.parts.audit.own(world.person(world.owner))
    assert [one.what for one in own] == ["signed_in", "intake_key", "collected", "locked"]
    assert world.parts.audit.own(world.person(world.colleague)) == []


def test_the_first_opening_gives_a_number_in_the_register(world: World, owner: Browser) -> None:
    """Two requests opened are two lines: day, number, kind; a second reading adds none."""
    rows = [world.send(message="hej"), world.send(message="hå")]
    for row in [*rows, rows[0]]:
        owner.get(f"/inbox/{row}")
    with world.parts.casebook.read() as session:
        found = lines(session, world.person(world.owner).team)
        days = set(session.scalars(select(StoredSubmission.day)))
    assert [(one.number, one.kind) for one in found] == [(1, Kind.REQUEST), (2, Kind.REQUEST)]
    assert {one.day for one in found} == days


def test_a_request_put_back_to_an_older_state_says_so(world: World, owner: Browser) -> None:
    """Row and entries of before, all of them true: the page says that the audit knows of more."""
    row = world.send(message="hej")
    owner.get(f"/inbox/{row}")
    with world.parts.casebook.read() as session:
        before = session.get(StoredSubmission, bytes.fromhex(row))
    assert before is not None
    owner.act(row, "take")
    with world.parts.casebook.write() as session:
        session.execute(delete(StoredEntry).where(StoredEntry.number > before.version))
        changed = update(StoredSubmission).where(StoredSubmission.id == before.id)
        session.execute(changed.values(version=before.version, summary=before.summary))
    assert "Ett äldre läge har lagts tillbaka" in owner.get(f"/inbox/{row}").text
    assert "Ett äldre läge har lagts tillbaka" in owner.get(f"/inbox/{row}").text


def _change(column: str) -> Callable[[Session], object]:
    def change(session: Session) -> object:
        value = session.scalar(select(getattr(AuditRow, column)).where(AuditRow.number == 3))
        changed = bytes([value[0] ^ 1]) + value[1:] if isinstance(value, bytes) else int(value or 0) + 1
        return session.execute(update(AuditRow).where(AuditRow.number == 3).values({column: changed}))

    return change


def _cut(session: Session) -> object:
    return session.execute(delete(AuditRow).where(AuditRow.number == 3))


def _swap(session: Session) -> object:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        session.execute(update(AuditRow).where(AuditRow.number == old).values(number=new))
    return None


def _cut_end(session: Session) -> object:
    return session.execute(delete(AuditRow).where(AuditRow.number == 6))


def _add_end(session: Session) -> object:
    six = session.get(AuditRow, 6)
    assert six is not None
    values = {"number": 7, "day": six.day, "tag": six.tag, "sealed": six.sealed, "own": six.own, "head": six.head}
    return session.execute(AuditRow.__table__.insert().values(values))  # type: ignore[attr-defined]  # a Table has it


FORGERIES: dict[str, tuple[Callable[[Session], object], tuple[int, str]]] = {
    **{
        f"{column} of a row is changed": (_change(column), (3, "changed")) for column in ("day", "tag", "sealed", "own")
    },
    "head of a row is changed": (_change("head"), (3, "changed")),
    "a row is cut out": (_cut, (4, "missing")),
    "two rows change places": (_swap, (3, "changed")),
    "the last row is cut off": (_cut_end, (6, "end")),
    "a row is added at the end": (_add_end, (6, "end")),
}


@pytest.mark.parametrize(("forge", "first"), FORGERIES.values(), ids=FORGERIES)
def test_a_forged_chain_is_told(world: World, forge: Callable[[Session], object], first: tuple[int, str]) -> None:
    """Six rows in which something is changed, cut, moved or added: the check names the first that is wrong."""
    folder = make(world, world.owner, world.colleague)
    for human in (world.owner, world.colleague, world.owner):
        read(world, human, folder)
    assert faults(world, world.auditor) == []
    with world.parts.casebook.write() as session:
        forge(session)
    assert faults(world)[0] == first


def write_without(session: Session, gone: int) -> None:
    """Cut one row out and compute every head anew from the first row on, as whoever has the database can."""
    rows = [row for row in session.scalars(select(AuditRow).order_by(AuditRow.number)) if row.number != gone]
    kept = [(row.day, row.tag, row.sealed, row.own) for row in rows]
    session.execute(delete(AuditRow))
    head = START
    for number, (day, tag, sealed, own) in enumerate(kept, 1):
        head = next_head(Spot(head, number, day, tag), sealed, own)
        session.add(AuditRow(number=number, day=day, tag=tag, sealed=sealed, own=own, head=head))
    session.execute(update(AuditHead).values(number=len(kept), head=head))


def test_a_chain_written_anew_without_a_row_does_not_deceive_an_auditor(world: World) -> None:
    """Whoever cuts a row out and computes every head anew passes the chain, and fails at each row's own place."""
    folder = make(world, world.owner)
    for _ in range(3):
        read(world, world.owner, folder)
    with world.parts.casebook.write() as session:
        write_without(session, 3)
    assert faults(world) == []
    assert {what for _, what in faults(world, world.auditor)} == {"corrupt"}
    found = read(world, world.owner, folder)
    told = world.parts.folders.seen(found, world.person(world.owner))
    assert any(one.missing or not one.trusted for one in told)


def test_a_gap_in_who_opened_a_folder_is_told(world: World) -> None:
    """One reading is cut out of the table: the next row says that one is missing before it."""
    folder = make(world, world.owner, world.colleague)
    found = read(world, world.owner, folder)
    read(world, world.colleague, folder)
    read(world, world.owner, folder)
    with world.parts.casebook.write() as session:
        session.execute(delete(AuditRow).where(AuditRow.tag == row_tag(audit_key(found.key), 3)))
    told = world.parts.folders.seen(found, world.person(world.owner))
    assert [(one.k, one.missing) for one in told] == [(1, 0), (2, 0), (4, 1)]


def test_many_rows_of_one_subject_are_found_by_a_few_questions(world: World) -> None:
    """The newest row is found among hundreds, and writing goes on after it."""
    person = world.person(world.owner)
    key = own_key(person.identity, "audit")
    with world.parts.casebook.write() as session:
        for _ in range(150):
            world.parts.audit.about_me(session, person, "collected", NOW)
    with world.parts.casebook.read() as session:
        assert newest_k(session, audit_key(key)) == 150
    assert [one.k for one in world.parts.audit.own(person)] == list(range(1, 151))


def test_the_auditor_reads_who_did_what_and_nothing_of_a_case(world: World, owner: Browser) -> None:
    """Aron's page shows name, act and a code; never a word of the request, and no other role reaches it."""
    row = world.send(message="hemligt ord", contact="070-1740605")
    owner.get(f"/inbox/{row}")
    auditor = world.browser(world.auditor)
    page = auditor.get("/audit").text
    assert "Kedjan är hel" in page
    assert "öppnade" in page
    assert "Anna Ek" in page
    assert row[:8] in page
    assert "hemligt ord" not in page
    assert "070-1740605" not in page
    own = world.parts.audit.own(world.person(world.auditor))
    assert [one.what for one in own] == ["signed_in", "read_audit"]


def test_the_auditor_finds_one_persons_acts_of_one_day(world: World, owner: Browser, colleague: Browser) -> None:
    """What is looked for stays out of the address, and rows of others are left out."""
    auditor = world.browser(world.auditor)
    today = world.clock.now().date()
    answer = auditor.post("/audit/filter", who="Björn Lind", what="signed_in", day=str(today))
    assert answer.headers["Location"] == "/audit"
    page = auditor.get("/audit").text
    table = page[page.index("<tbody>") :]
    assert "Björn Lind" in table
    assert "Anna Ek" not in table
    auditor.post("/audit/filter", who="Björn Lind", what="", day=str(date(2020, 1, 1)))
    assert "Inget hittades" in auditor.get("/audit").text
    auditor.post("/audit/filter", who="x" * 500, what="<b>", day="i går")
    assert auditor.get("/audit").status_code == 200


def test_an_auditor_elsewhere_reads_nothing_of_ours(world: World, stranger: Browser) -> None:
    """What Cilla does in Björkby, without an auditor, is sealed to its recovery key: Aron sees only that it was."""
    page = world.browser(world.auditor).get("/audit").text
    assert "förseglad till annan granskare" in page
    assert "Cilla" not in page[page.index("<tbody>") :]


def test_a_broken_chain_is_told_on_the_auditors_page(world: World, owner: Browser, colleague: Browser) -> None:
    """A changed row is named at once."""
    with world.parts.casebook.write() as session:
        session.execute(update(AuditRow).where(AuditRow.number == 1).values(day=1))
    page = world.browser(world.auditor).get("/audit").text
    assert "Loggen är inte hel" in page
    assert "Rad 1" in page


def run(world: World, *words: str) -> tuple[int, str]:
    """Run `utvag audit verify` with the settings that the app has."""
    made = world.settings
    environment = {
        "UTVAG_STAFF_ORIGIN": "http://127.0.0.1:8832",
        "UTVAG_STAFF_CASEBOOK": made.casebook,
        "UTVAG_STAFF_DEADDROP": made.deaddrop,
        "UTVAG_STAFF_ROSTER": str(made.roster),
        "UTVAG_STAFF_MEMBERS": str(made.members),
        "UTVAG_STAFF_ROOT_KEY": made.root_key.hex(),
        "UTVAG_STAFF_PROGRAMME": "programme/demo.toml",
        "UTVAG_STAFF_PEPPER": str(world.folder / "pepper"),
    }
    (world.folder / "pepper").write_bytes(made.pepper)
    result = CliRunner().invoke(
        main, ["audit", "verify", *words], env=environment, input=f"{world.auditor.passphrase}\n"
    )
    return result.exit_code, result.output


def test_the_command_checks_the_chain_and_what_was_noted_of_it(world: World, owner: Browser) -> None:
    """It prints what to note; later it goes on from there; a chain that was cut shorter than the note is told."""
    code, said = run(world)
    assert code == 0, said
    (noted,) = re.findall(r"\d+:[0-9a-f]{64}", said)
    owner.post("/inbox/collect")
    assert run(world, "--known", noted)[0] == 0
    with world.parts.casebook.write() as session:
        session.execute(delete(AuditRow))
        session.execute(update(AuditHead).values(number=0, head=b"\0" * 32))
    assert run(world)[0] == 0
    code, said = run(world, "--known", noted)
    assert code == 1
    assert "cut and written anew" in said
    assert run(world, "--known", "nonsense")[0] == 1


def test_the_command_reads_the_rows_with_an_auditors_key(world: World, owner: Browser) -> None:
    """With Aron's key file each row of Ekstad is opened where it stands."""
    key = world.folder / "aron.json"
    key.write_bytes(world.key_file(world.auditor))
    key.chmod(0o600)
    code, said = run(world, "--key", str(key))
    assert code == 0, said
    assert "rows opened and signed as they say" in said
    with world.parts.casebook.write() as session:
        session.execute(update(AuditRow).where(AuditRow.number == 1).values(own=b"x"))
    code, said = run(world, "--key", str(key))
    assert code == 1
    assert "1: this row, or one before it, was changed" in said


def test_a_row_outside_tells_neither_who_nor_what(world: World, owner: Browser) -> None:
    """Number, day, a tag that links nothing, sealed bytes of one length: no name in the table."""
    row = world.send(message="hej")
    owner.get(f"/inbox/{row}")
    with world.parts.casebook.read() as session:
        rows = session.scalars(select(AuditRow)).all()
        grants = session.scalars(select(Grant.member)).all()
    assert {(len(one.sealed), len(one.own), len(one.head)) for one in rows} == {(873, 553, 32)}
    assert len({one.tag for one in rows}) == len(rows)
    assert not {one.tag for one in rows} & {member[:16] for member in grants}
    for word in ("Anna", "opened", "signed_in", row):
        for one in rows:
            assert word.encode() not in one.sealed + one.own + one.tag + one.head
