"""Two scanners that attackers use, let loose: sqlmap on what can be typed in both apps, wapiti on the pages of both."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.wapiti import HOLE, gate, scan
from tests.road import Demo, demo, listed, sign_in

pytestmark = pytest.mark.long
NOTHING = "all tested parameters do not appear to be injectable"
PAGES, STAFF_PAGES, ROLE_PAGES = (
    12,
    40,
    8,
)  # that a scanner finds at least, forms included, before it counts
FORMS = ("note", "task", "move", "measure", "follow_up", "schedule", "protect", "close")
CALENDAR = "text/calendar; charset=utf-8"


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Both apps, with some requests to read."""
    with demo(tmp_path_factory.mktemp("scan") / "dir", "--fill", "5") as lent:
        yield lent


def sqlmap(page: str, fields: str, folder: Path, *more: str, action: str = "") -> str:
    """Let sqlmap try every field of a page's form, with the token of the page itself; give what it said."""
    address = action or page
    wanted = ["--data", fields, "--csrf-token", "csrf_token", "--csrf-url", page]
    quiet = [
        "--batch",
        "--flush-session",
        "--disable-coloring",
        "--output-dir",
        str(folder),
        "--ignore-redirects",
        "--answers=refresh=N",
    ]
    command = ["sqlmap", "-u", address, *wanted, *quiet, *more]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=500, cwd=folder).stdout


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/me", "message=hej&contact=1&municipality=ekstad&need=talk&lang=&csrf_token=x"),
        ("/code", "code=1&csrf_token=x"),
    ],
)
def test_nothing_that_a_visitor_types_reaches_a_database_as_words(
    road: Demo, tmp_path: Path, path: str, fields: str
) -> None:
    """Every field of the public forms is tried as an injection, and none is one."""
    assert NOTHING in sqlmap(road.portal + path, fields, tmp_path)


def test_nothing_that_staff_type_reaches_a_database_as_words(road: Demo, tmp_path: Path) -> None:
    """A coordinator's search is tried as an injection, and is none."""
    elsa = sign_in(road.staff, road.people[0])
    cookie = "; ".join(f"{name}={value}" for name, value in elsa.cookies.items())
    known, action = ["--cookie", cookie, "-p", "words"], f"{road.staff}/cases/search"
    said = sqlmap(f"{road.staff}/cases", "words=hej&csrf_token=x", tmp_path, *known, action=action)
    assert NOTHING in said


def planted_and_no_more(found: list[str]) -> None:
    """Hold that the scanner saw the gate's own hole, and none beside it."""
    assert any(HOLE in one and "XSS" in one for one in found)
    assert [one for one in found if HOLE not in one] == []


def test_a_scanner_finds_nothing_on_the_public_pages(road: Demo, tmp_path: Path) -> None:
    """Injections, markup, redirects, headers, backups, methods: the whole of the portal is tried; a hole is seen."""
    with gate(road.portal) as door:
        found, pages = scan(f"{door.origin}/", tmp_path, 30)
    planted_and_no_more(found)
    assert pages >= PAGES


def test_a_scanner_that_is_signed_in_finds_nothing_on_the_staff_pages(road: Demo, tmp_path: Path) -> None:
    """As Elsa it presses every button but those that lock, remove or erase: no hole but the gate's own."""
    elsa = sign_in(road.staff, road.people[0])
    case = elsa.fill_in("/cases/new", {"working": "Björk 14", "how": "call", "text": "hej"}).headers["location"]
    with gate(road.staff, elsa) as door:
        more = [door.origin + path for path in (case, *(f"{case}?write={form}" for form in FORMS), min(listed(elsa)))]
        found, pages = scan(f"{door.origin}/today", tmp_path, 60, *more)
    file = elsa.get("/calendar/kalender.ics")
    assert (file.headers["content-type"], file.headers["x-content-type-options"]) == (CALENDAR, "nosniff")
    planted_and_no_more([one for one in found if "kalender.ics" not in one])  # no browser reads that file as a page
    assert pages >= STAFF_PAGES
    assert elsa.get("/today").status == 200, "she was signed out on the way, so most of it was the sign-in page"


@pytest.mark.parametrize("role", ["lead", "auditor", "case_officer"])
def test_a_scanner_with_another_role_finds_nothing_either(road: Demo, tmp_path: Path, role: str) -> None:
    """As a lead, an auditor and an agency's person, each from the page they come to: no hole but the gate's own."""
    (person,) = (one for one in road.people if one.role == role)
    visitor = sign_in(road.staff, person)
    with gate(road.staff, visitor) as door:
        found, pages = scan(f"{door.origin}/", tmp_path, 30, f"{door.origin}/keys")
    planted_and_no_more(found)
    assert pages >= ROLE_PAGES
    assert visitor.get("/keys").status == 200, "signed out on the way, so most of it was the sign-in page"
