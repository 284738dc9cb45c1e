"""Every fault of a programme's file says on which line it stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from programme import Programme, ProgrammeError
from programme.lines import lines, near

DEMO = (Path(__file__).resolve().parents[2] / "programme" / "demo.toml").read_text("utf-8")
LINE = re.compile(r" \(line (\d+)\)$")


def faults_of(text: str) -> dict[str, int]:
    """Return the line of each fault, by the setting that it names."""
    try:
        Programme.read(text)
    except ProgrammeError as error:
        found = {}
        for fault in error.faults:
            line = LINE.search(fault)
            assert line, fault
            found[fault.partition(":")[0]] = int(line[1])
        return found
    return {}


def changed(text: str, start: str, new: str) -> str:
    """Return the text with the first line that starts so replaced."""
    assert f"\n{start}" in text
    return re.sub(rf"(?m)^{re.escape(start)}.*$", new.replace("\\", r"\\"), text, count=1)


def line_of(text: str, start: str) -> int:
    """Return the number of the first line that starts so."""
    return next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith(start))


def paths(value: object, path: str = "") -> set[str]:
    """Return the path of every key of a file, as a reader that knows no lines finds them."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else key
            found |= {here} | paths(inner, here)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            found |= paths(inner, f"{path}[{place}]") if isinstance(inner, dict) else set()
    return found


def test_every_setting_of_the_demo_is_found_on_its_line() -> None:
    """Each path that the file has is known, and the last part of its name stands on the line."""
    found = lines(DEMO)
    assert paths(tomllib.loads(DEMO)) <= found.keys()
    written = DEMO.split("\n")
    for path, line in found.items():
        assert re.sub(r"\[\d+\]$", "", path).rpartition(".")[2] in written[line - 1], path


def test_each_fault_is_named_with_its_line_and_in_the_files_order() -> None:
    """Wrong values, unknown names and what is missing, in tables, in lists of tables and within lines."""
    text = DEMO
    for old, new in (
        ('name = "Utväg"', "name = 7"),
        ("readers = ", "readers = { sv = 1 }"),
        ('name = "Socialnämnden i Ekstad"', "# no name"),
        ('id = "granvik"', 'id = "Granvik!"'),
        ("closed = []", "closed = [\n  2026-12-23,\n  true,\n]"),
        ("parents_may_wait = true", "parents_may_wayt = true"),
        ("months = 3", "months = 0"),
    ):
        text = changed(text, old, new)
    written = text.split("\n")
    found = faults_of(text)
    starts = {path: written[line - 1].split(" = ")[0] for path, line in found.items()}
    assert starts == {
        "name": "name",
        "readers": "readers",
        "board.name": "[board]",
        "municipality[2].id": "id",
        "hours.closed": "closed",
        "promises.parents_may_wayt": "parents_may_wayt",
        "casework.erasure[1].months": "months",
    }
    assert list(found.values()) == sorted(found.values())


def test_a_misspelt_setting_is_told_what_may_be_meant() -> None:
    """The name that is missing and looks alike is offered; where nothing does, nothing is."""
    with pytest.raises(ProgrammeError) as caught:
        Programme.read(DEMO.replace("parents_may_wait", "parents_may_wayt").replace("[hours]", "[hours]\nzebra = 1"))
    said = " ".join(caught.value.faults)
    assert "promises.parents_may_wayt: is not a setting; is parents_may_wait meant?" in said
    assert "hours.zebra: is not a setting (line" in said


@pytest.mark.parametrize(
    ("old", "new", "begins"),
    [
        ("closed = []", "closed = [", "closed = ["),  # the parser gives up lines later
        ('number = "070-174 06 05"', 'number = "070', 'number = "070'),
        ('name = "Björkby"', 'name = "Björkby"\nname = "Igen"', 'name = "Igen"'),
        ("[answers]", "[board]", "[board]"),
        ("within_office_hours = 8", "within_office_hours = åtta", "within_office_hours = åtta"),
        ('[casework.agencies.wording.text]\nsv = "', '[casework.agencies.wording.text]\nsv = """', 'sv = """Jag säger'),
    ],
)
def test_what_is_no_toml_is_named_by_the_line_on_which_it_begins(old: str, new: str, begins: str) -> None:
    """An open bracket, an open quote, a name twice, a table twice, a bare word, an open text to the end of the file."""
    assert DEMO.count(old) == 1
    text = DEMO.replace(old, new)
    ((name, line),) = faults_of(text).items()
    assert name == "file"
    assert text.split("\n")[line - 1].startswith(begins)


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("utvag.se", True),
        ("utväg.se", True),
        ("127.0.0.1:8831", True),
        ("https://utvag.se", False),
        ("ekstad.se/utvag", False),
        ("utvag.se?k=1", False),
        ("anna@utvag.se", False),
        ("u" * 70 + ".se", False),
    ],
)
def test_the_short_address_is_a_bare_host(address: str, whole: bool) -> None:
    """What stands on a card is said and remembered: no path, no mark of who gave it, nothing to carry."""
    text = DEMO.replace('short_address = "utvag.example"', f'short_address = "{address}"')
    assert faults_of(text) == ({} if whole else {"short_address": line_of(text, "short_address")})


@pytest.mark.parametrize("sign", ["\\u202e", "\\u0000", "\\u2066", "\\u001b"])
def test_a_character_that_nobody_sees_is_a_fault(sign: str) -> None:
    """What turns a text around, or acts on a terminal, is named with its line."""
    town = changed(DEMO, 'name = "Granvik"', f'name = "Gran{sign}vik"')
    assert faults_of(town) == {"municipality[2].name": line_of(town, 'name = "Gran')}
    readers = changed(DEMO, "readers = ", f'readers = {{ sv = "vi", en = "the {sign} coordinators" }}')
    assert faults_of(readers) == {"readers.en": line_of(readers, "readers")}


def test_brackets_without_end_are_one_fault() -> None:
    """A file that would exhaust the reader is refused in a sentence."""
    with pytest.raises(ProgrammeError, match="too many brackets"):
        Programme.read("a = " + "[" * 9000)


def test_what_a_file_lacks_altogether_stands_on_its_first_line() -> None:
    """A table that is not there has no line of its own."""
    assert near({"board": 3}, "board.name") == 3
    assert near({"board": 3}, "municipality[4].id") == 1
    assert set(faults_of("").values()) == {1}


def test_a_support_for_nobody_is_a_fault() -> None:
    """Whom it is for is one of two; a line of the file's end is named."""
    text = DEMO + '\n[[support]]\nname = { sv = "Stöd" }\nphone = "1"\nwhom = "all"\n'
    assert faults_of(text) == {"support[0].whom": text.count("\n")}
