"""The page of figures: a half-year is counted once by a coordinator, read by the lead, and never changes again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given

from command.figures import figures
from command.past import tell_past
from crypto.opening.members import Member
from programme.hours import ZONE
from staff.audit import Audit
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.figures import views
from staff.figures.collect import case_fact
from staff.figures.export import read_export
from staff.figures.exporting import NotCountedError, exported
from staff.figures.half import Half, newest_settled
from staff.figures.picture import Point, bars, line
from staff.figures.protect import Range
from staff.folders import Keys, counting
from tests.staff.casework import any_entries
from tests.staff.world import ORIGIN, PROGRAMME, Browser, World

HALF = newest_settled(datetime.now(UTC))
CANARY = "kanariefågel"


def inside(month: int = 0, day: int = 10, hour: int = 9) -> datetime:
    """Give a time in the newest half-year that may be counted."""
    return datetime(HALF.year, HALF.months[month], day, hour, tzinfo=ZONE).astimezone(UTC)


def case(world: World, number: int, *more: Entry, protected: bool = False) -> bytes:
    """Make a case of Anna's that began in the half-year."""
    anna, when = world.person(world.owner), inside(number % 6)
    fields = {"working": f"{CANARY} {number}", "how": "call", **({"protected": "yes"} if protected else {})}
    first = [Entry(anna.name, when, "opened", fields), *more]
    members: Sequence[Member] = anna.papers.members.with_role("ekstad", "coordinator", "lead")
    return world.parts.folders.create(anna, first, summarise, members, when)


def counted(world: World, browser: Browser) -> str:
    """Count the half-year and give the page."""
    answer = browser.post("/figures/count", half=str(HALF))
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def cell(page: str, table: str, row: str) -> str:
    """Read one number of the page."""
    found = re.search(rf"<caption>{table}</caption>.*?<th scope=\"row\">{row}</th><td>([^<]*)</td>", page, re.DOTALL)
    assert found, (table, row)
    return found[1]


def total(page: str, figure: str) -> str:
    """Read a figure's total on the page."""
    found = re.search(rf"<h2>{figure} <b class=\"total\">([^<]*)</b>", page)
    assert found, figure
    return found[1]


def test_a_half_year_is_counted_once_and_never_again(world: World, owner: Browser) -> None:
    """Nine cases, one of them protected: eight are told. One more comes to light later: still eight."""
    for number in range(8):
        case(world, number, Entry("Anna Ek", inside(number % 6, 20), "note", {"text": CANARY}))
    case(world, 8, protected=True)
    page = counted(world, owner)
    assert total(page, "Personer") == "8"
    assert total(page, "Ärenden") == "8–12"  # how many were opened again is hidden: as far as anybody can reckon
    assert cell(page, "Hur det började", "samtal") == "dold"
    assert cell(page, "Behov", "Boende") == "färre än 5"
    assert CANARY not in page
    case(world, 9)
    assert total(counted(world, owner), "Personer") == "8"


def test_the_lead_reads_but_does_not_count(world: World, owner: Browser) -> None:
    """Lena sees what Anna counted, has no button, and her form is not there for her; she may export it."""
    case(world, 1)
    lead = world.browser(world.lead)
    assert "Räkna ett halvår" not in lead.get("/figures").text
    assert lead.post("/figures/count", half=str(HALF)).status_code in (403, 404)
    counted(world, owner)
    assert HALF.title in lead.get("/figures").text
    export = lead.client.get(f"/figures/export?half={HALF}", base_url=ORIGIN)
    account = read_export(export.data, {"ekstad": frozenset({world.lead.identity.sign_public})})
    assert account.half == HALF
    assert account.tables["persons"].total is None


def test_two_exports_of_one_half_year_say_the_same(world: World, owner: Browser) -> None:
    """Between the two a case is erased and another opened: what is exported does not move."""
    for number in range(6):
        case(world, number)
    counted(world, owner)
    first = owner.client.get(f"/figures/export?half={HALF}", base_url=ORIGIN).data
    case(world, 7)
    second = owner.client.get(f"/figures/export?half={HALF}", base_url=ORIGIN).data
    assert first == second


def test_nothing_of_the_running_half_year_can_be_counted(world: World, owner: Browser) -> None:
    """The present half-year, one to come and nonsense are refused, and the page says when the next may be counted."""
    for half in (str(Half.of(world.clock.now())), "2199-1", "x", ""):
        owner.post("/figures/count", half=half)
        assert "går inte att räkna nu" in owner.get("/figures").text
    assert owner.get("/figures?half=2001-1").status_code == 404
    assert owner.get("/figures/export?half=2001-1").status_code == 404
    assert owner.get("/figures/export?half=nonsense").status_code == 303


def test_another_town_sees_none_of_it(world: World, owner: Browser, stranger: Browser) -> None:
    """Cilla's page knows nothing of Ekstad's half-years."""
    case(world, 1)
    counted(world, owner)
    assert "Inget halvår är räknat än" in stranger.get("/figures").text


def test_each_case_that_is_counted_stands_in_its_audit(world: World, owner: Browser) -> None:
    """Who counted opened the case with their key: its owner sees that."""
    row = case(world, 1)
    counted(world, owner)
    anna, keys = world.person(world.owner), Keys()
    keys.refresh(world.parts.casebook, anna)
    folder = world.parts.folders.peek(keys, row, anna)
    assert "counted" in [one.what for one in world.parts.folders.seen(folder, anna)]


def test_answers_and_outcomes_are_counted_from_the_entries() -> None:
    """A case that was closed, opened again and closed anew; a follow-up that found nobody is none."""
    anna = "Anna Ek"
    told = [
        Entry(anna, inside(0), "opened", {"working": "B", "how": "outreach"}),
        Entry(anna, inside(0, 20), "forward", {"reason": "r", "to": "2"}),
        Entry(anna, inside(1), "back", {"reason": "r", "to": "1"}),
        Entry(anna, inside(1, 20), "forward", {"reason": "r", "to": "3"}),
        Entry(anna, inside(2), "form", {"id": "f", "form": "assessment", "needs": "housing\nwork"}),
        Entry(anna, inside(2, 20), "close", {"reason": "r", "outcome": "moved"}),
        Entry(anna, inside(3), "reopen", {"reason": "r"}),
        Entry(anna, inside(3, 20), "follow_up", {"id": "u", "safe": "yes", "rating": "8", "done": "2001-01-01"}),
        Entry(anna, inside(3, 21), "follow_up", {"id": "v", "unreached": "yes"}),
        Entry(anna, inside(4), "close", {"reason": "r", "outcome": "completed"}),
    ]
    fact = case_fact(fold(told), told)
    assert fact.opened == (inside(0), "outreach")
    assert fact.reopened == (inside(3),)
    assert [what for _, what in fact.closed] == ["moved", "completed"]
    assert [(one.stage, one.until) for one in fact.stays] == [(1, inside(0, 20)), (1, inside(1, 20))]
    assert fact.needs == {"housing", "work"}
    ((_, results),) = fact.followups
    assert (results["safe"], results["rating"]) == ("yes", "high")


@given(any_entries())
def test_whatever_a_colleagues_key_signed_can_be_counted(entries: list[Entry]) -> None:
    """No entry, however odd, keeps a team from its figures."""
    fact = case_fact(fold(entries), entries)
    assert len(fact.closed) <= len(entries)


def test_what_a_bar_is_called_stands_inside_its_picture() -> None:
    """A long name moves every bar of its picture to the side; short ones leave them where they are."""
    long, short = "överlämnat till annan kommun", "ja"
    names = (bars("x", "T", [Point(one, Range(1, 1), "1")]) for one in (long, short))
    ends = [int(re.findall(r'class="name" x="(\d+)"', picture)[0]) for picture in names]
    assert ends[0] >= 8 * len(long) > ends[1] == 157


def test_pictures_have_words_and_escape_them() -> None:
    """Each picture has a title and a description, and a label is never markup."""
    points = [Point("<b>", Range(3, 3), "3"), Point("b", Range(0, 4), "färre än 5")]
    for picture in (bars("x", "T<i>", points), line("y", "T", points), line("z", "T", points[:1]), bars("n", "T", [])):
        assert picture.count("<title") == picture.count("<desc") == 1
        assert "<b>" not in picture
        assert "<i>" not in picture
        assert "style=" not in picture


@pytest.mark.parametrize(
    ("now", "half"),
    [
        ("2026-07-14T23:59+02:00", Half(2025, 2)),
        ("2026-07-15T00:01+02:00", Half(2026, 1)),
        ("2027-01-15T00:01+01:00", Half(2026, 2)),
        ("2026-12-31T12:00+01:00", Half(2026, 1)),
    ],
)
def test_a_half_year_may_be_counted_fourteen_days_after_its_end(now: str, half: Half) -> None:
    """In Swedish time, to the minute."""
    assert newest_settled(datetime.fromisoformat(now)) == half
    assert half.after.before == half
    assert half.after.settled - half.settled > timedelta(days=180)


def test_what_may_still_be_counted_goes_two_years_back(world: World) -> None:
    """Four half-years are offered, the newest first."""
    assert views.OFFERED == 4
    assert replace(HALF).before < HALF


def test_the_command_exports_what_the_page_counted(world: World, owner: Browser, tmp_path: Path) -> None:
    """`utvag figures export` gives the very bytes of the page; a police officer's key, or no count, gives nothing."""
    for number in range(6):
        case(world, number)
    with pytest.raises(NotCountedError, match="counted"):
        exported(world.settings, world.owner.identity, str(HALF))
    counted(world, owner)
    page = owner.client.get(f"/figures/export?half={HALF}", base_url=ORIGIN).data
    assert exported(world.settings, world.owner.identity, str(HALF)) == page
    for human in (world.officer, world.auditor):
        with pytest.raises(NotCountedError, match="no coordinator or lead"):
            exported(world.settings, human.identity, str(HALF))
    with pytest.raises(ValueError, match="written as"):
        exported(world.settings, world.owner.identity, "2026")


def test_the_command_line_signs_and_never_writes_over(world: World, owner: Browser, tmp_path: Path) -> None:
    """`utvag figures export` asks for the passphrase, writes the page's bytes, and refuses a file that is there."""
    case(world, 1)
    counted(world, owner)
    (tmp_path / "pepper").write_bytes(world.settings.pepper)
    (tmp_path / "anna.key").write_bytes(world.key_file(world.owner))
    (tmp_path / "anna.key").chmod(0o600)
    names = {"ORIGIN": ORIGIN, "CASEBOOK": world.settings.casebook, "DEADDROP": world.settings.deaddrop}
    names |= {"ROSTER": str(world.settings.roster), "MEMBERS": str(world.settings.members)}
    names |= {"ROOT_KEY": world.settings.root_key.hex(), "PROGRAMME": str(PROGRAMME)}
    names |= {"PEPPER": str(tmp_path / "pepper")}
    environment = {f"UTVAG_STAFF_{name}": value for name, value in names.items()}
    out = tmp_path / "out"
    words = ["export", str(HALF), "--key", str(tmp_path / "anna.key"), "--out", str(out)]
    for code in (0, 1):
        done = CliRunner().invoke(figures, words, input=f"{world.owner.passphrase}\n", env=environment)
        assert done.exit_code == code, done.output
    assert out.read_bytes() == owner.client.get(f"/figures/export?half={HALF}", base_url=ORIGIN).data


def test_the_demos_past_is_told_once(world: World, owner: Browser) -> None:
    """Four made-up half-years, kept as any others: told again, nothing moves."""
    needs, pages = world.settings.programme.casework.needs, []
    for _ in range(2):
        tell_past(world.person(world.owner), world.parts.casebook, needs)
        pages.append(owner.get("/figures").text)
    assert all(page.count('class="chip"') == 4 for page in pages)
    assert all(HALF.title in page and "Halvår för halvår" in page for page in pages)


def test_no_figure_is_given_before_every_case_has_its_row(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three cases are counted two at a time, and the second commit fails: nothing is counted; then each has one row."""
    cases = [case(world, one) for one in range(3)]
    keys, anna = world.session(world.owner)
    monkeypatch.setattr(counting, "CHUNK", 2)
    write, left = Audit.write_all, [1]

    def dies(self: Audit, *given: object) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise RefusedActError("busy")
        return write(self, *given)  # type: ignore[arg-type]  # whatever it is called with

    def count() -> list[int]:
        now = world.clock.now()
        return counting.count_each(
            world.parts.casebook, keys, cases, anna, now, lambda found: len(found.trusted), "counted"
        )

    with monkeypatch.context() as patched:
        patched.setattr(Audit, "write_all", dies)
        with pytest.raises(RefusedActError):
            count()
    assert len(count()) == 3
    rows = [world.parts.folders.seen(world.parts.folders.peek(keys, one, anna), anna) for one in cases]
    assert [[one.what for one in each].count("counted") for each in rows] == [2, 2, 1]
    assert all(one.trusted and not one.missing for each in rows for one in each)
    with pytest.raises(UnknownFolderError):
        counting.count_each(world.parts.casebook, keys, [b"x" * 16], anna, world.clock.now(), bool, "counted")
