"""A catalogue that is broken anywhere breaks no page: what cannot be used is said in Swedish, and is named."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.portal.world import Phone, World
from web.app import TEMPLATES
from web.catalogue import load, source

HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
GOOD = 'msgid "Skicka nu"\nmsgstr "Send now"\n\n'
STYLED = ("templates/**/*.css", "staff/static/*.css", "docs/_static/*.css")
SHEETS = sorted(path for places in STYLED for path in TEMPLATES.parent.glob(places))
PHYSICAL = re.compile(r"(?<![\w-])(?:left|right)(?![\w-])|-(?:left|right)\b")
# Four values go round the box by the compass: the second lies on the right, the fourth on the left.
ROUND = re.compile(r"(?<![\w-])(margin|padding|inset|border-width|border-radius):\s*([^;}]+)")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Make a programme with its roster."""
    made = World(tmp_path)
    made.write_roster()
    return made


def write(folder: Path, text: str, tag: str = "en") -> Path:
    """Write a catalogue; return the folder of catalogues."""
    path = source(tag, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("entry", "swedish"),
    [
        ('msgid "Ring %(phone)s."\nmsgstr "Call us."\n', "Ring %(phone)s."),
        ('msgid "Ring %(phone)s."\nmsgstr "Call %(fone)s."\n', "Ring %(phone)s."),
        ('msgid "Ring %(phone)s."\nmsgstr "Call %(phone)d."\n', "Ring %(phone)s."),
        ('msgid "Hej"\nmsgstr "<b>Hi</b>"\n', "Hej"),
        ('msgid "Hej"\nmsgstr "Hi &amp; bye"\n', "Hej"),
        ('msgid "Hej"\nmsgstr "Hi\u202e112"\n', "Hej"),
        ('msgid "%(n)s dag"\nmsgid_plural "%(n)s dagar"\nmsgstr[0] "%(n)s day"\nmsgstr[1] "days <i>"\n', "%(n)s dag"),
    ],
)
def test_an_entry_that_cannot_be_used_is_said_in_swedish(tmp_path: Path, entry: str, swedish: str) -> None:
    """Other placeholders, markup, what turns the direction: the entry is left out and named, the next one holds."""
    said, faults = load("en", write(tmp_path, HEAD + "#, python-format\n" + entry + "\n" + GOOD))
    assert said.gettext(swedish) == swedish
    assert said.gettext("Skicka nu") == "Send now"
    (fault,) = faults
    assert re.match(r"en: line \d+: ", fault)


@pytest.mark.parametrize("text", ["msgid", 'msgid "a"\nmsgid "b"\nmsgstr', "\x00\x01", HEAD.replace("2;", "x;")])
def test_a_file_that_cannot_be_read_leaves_swedish(tmp_path: Path, text: str) -> None:
    """Broken off, binary, with plurals that no formula gives: nothing of it is used, and the language is named."""
    said, faults = load("en", write(tmp_path, text))
    assert said.gettext("Skicka nu") == "Skicka nu"
    assert [fault for fault in faults if not fault.startswith("en: ")] == []


def test_a_missing_or_foreign_file_leaves_swedish(tmp_path: Path) -> None:
    """No file at all, and one that is no UTF-8."""
    assert load("so", tmp_path)[1] == ["so: no catalogue: messages.po is missing"]
    source("so", write(tmp_path, "", "so")).write_bytes((HEAD + GOOD).encode() + b'\nmsgid "\xff"\nmsgstr "x"\n')
    said, faults = load("so", tmp_path)
    assert said.gettext("Skicka nu") == "Skicka nu"
    assert len(faults) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.integers(0, 400))
def test_no_file_raises(tmp_path: Path, text: str, at: int) -> None:
    """Whatever is written into the middle of a catalogue, loading gives words and says what it left out."""
    whole = HEAD + GOOD * 3
    load("en", write(tmp_path, whole[:at] + text.encode("utf-8", "replace").decode() + whole[at:]))


def test_a_portal_with_a_broken_catalogue_starts_and_says_so(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """English pages answer, in English where it holds and in Swedish where not; the log names language and line."""
    broken = source("en").read_text("utf-8").replace('"Call 112."', '"<b>Call 112.</b>"')
    where = source("en", write(tmp_path, broken))
    with mock.patch("web.catalogue.source", return_value=where), caplog.at_level(logging.ERROR):
        phone = Phone(world.app(), language="en")
    page = phone.get("/").text
    assert "Ring 112." in page
    assert "There is a way out" in page
    assert re.search(r"catalogue: en: line \d+: markup", caplog.text)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_sheet_knows_left_from_right(sheet: Path) -> None:
    """Every property is logical, so that a page from right to left needs no rules of its own."""
    style = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    assert PHYSICAL.findall(style) == []
    assert [found for found in ROUND.findall(style) if lopsided(*found)] == []


def lopsided(name: str, values: str) -> bool:
    """Tell whether a shorthand has another value on the right than on the left; a radius goes by corners instead."""
    given = re.findall(r"(?:[^\s()]|\([^()]*\))+", values)
    top, right, bottom, left = (given * 4)[:4] if len(given) in (1, 2, 4) else [*given, given[1]]
    return (top, bottom) != (right, left) if name == "border-radius" else right != left


def test_a_lopsided_box_is_found() -> None:
    """Values that differ from side to side are physical, though no word says so; those that do not are none."""
    assert lopsided("margin", "0 .2rem .3rem 0")
    assert lopsided("border-radius", "0 .5rem .5rem 0")
    for values in ("1rem", "0 1rem .3rem 1rem", "1rem max(.5rem, 50% - 8.5rem)", ".4rem 0 .2rem"):
        assert not lopsided("padding", values)
