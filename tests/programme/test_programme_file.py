"""A programme's file: read whole, or every fault named at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programme import LANGUAGES, Programme, ProgrammeError, say
from programme.reader import clock

DEMO = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"


def faults_of(folder: Path, text: str) -> list[str]:
    """Return the faults of a file with that text; none if it loads."""
    file = folder / "programme.toml"
    file.write_text(text, "utf-8")
    try:
        Programme.load(file)
    except ProgrammeError as error:
        return error.faults
    return []


def changed(*pairs: tuple[str, str]) -> str:
    """Return the demo's file with texts replaced; each must be there."""
    text = DEMO.read_text("utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_the_demo_is_a_whole_programme() -> None:
    """Three invented towns, numbers kept for fiction, every promise set."""
    demo = Programme.load(DEMO)
    assert [town.id for town in demo.municipalities] == ["ekstad", "bjorkby", "granvik"]
    assert demo.municipality("granvik") == demo.municipalities[2]
    assert demo.municipality("stockholm") is None
    for number in (demo.telephone.number, demo.social_duty):
        assert 701740605 <= int(number.replace(" ", "").replace("-", "")) <= 701740699
    assert demo.languages == ("sv", "sv-simple", "en")


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    """One run tells all that must be mended, by name."""
    text = changed(
        ('name = "Utväg"', "name = 7"),
        ('exit_url = "https://example.org/"', 'exit_url = "javascript:alert(1)"'),
        ('id = "bjorkby"', 'id = "Björkby"'),
        ('id = "granvik"', 'id = "unknown"'),
        ('monday = "8-16"', 'monday = "16-8"'),
        ("within_office_hours = 8", "within_office_hours = 1000"),
        ("police_never_reads = true", 'police_never_reads = "yes"'),
        ("parents_may_wait = true", "parents_may_wayt = true"),
        ('languages = ["sv", "sv-simple", "en"]', 'languages = ["en", "?"]'),
        ('secrecy_rule = "26 kap. 1 § offentlighets- och sekretesslagen"', 'secrecy_rule = ""'),
    )
    names = {fault.partition(":")[0] for fault in faults_of(tmp_path, text)}
    assert names == {
        "name",
        "exit_url",
        "municipality[1].id",
        "municipality[2].id",
        "hours.monday",
        "answers.within_office_hours",
        "promises.police_never_reads",
        "promises.parents_may_wayt",
        "languages",
        "promises.secrecy",
    }


def test_an_empty_file_names_everything_that_is_missing(tmp_path: Path) -> None:
    """Nothing has a default that a municipality must decide."""
    names = {fault.partition(":")[0] for fault in faults_of(tmp_path, "")}
    needed = {"name", "short_address", "exit_url", "exit_name", "readers", "social_duty", "languages", "municipality"}
    assert names == needed | {"board.name", "telephone.number", "hours"}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("interpreter = true\n\n[hours]", "interpreter = false\n\n[hours]", "promises.interpreter_from_elsewhere"),
        ('id = "bjorkby"', 'id = "ekstad"', "municipality"),
        ("closed = []", 'closed = ["2026-12-23"]', "hours.closed"),
        ('readers = { sv = "samordnarna", ', "readers = { ", "readers"),
        ("[promises]", "[promises]\nsolved = true", "promises.solved"),
        ("[promises]", "[[promises]]", "promises"),
        ('social_duty = "070-174 06 40"', 'social_duty = " "', "social_duty"),
        ('languages = ["sv", "sv-simple", "en"]', 'languages = ["sv", "tlh"]', "languages"),
        ('languages = ["sv", "sv-simple", "en"]', 'languages = ["sv", "en", "en"]', "languages"),
        ('readers = { sv = "samordnarna", ', 'readers = { sv = "samordnarna", xx = "x", ', "readers.xx"),
    ],
)
def test_a_contradiction_is_a_fault(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """A promise without what makes it true, a town twice, a wrong type, a misspelt name."""
    assert {line.partition(":")[0] for line in faults_of(tmp_path, changed((old, new)))} >= {fault}


@pytest.mark.parametrize("tag", [tag for tag, one in LANGUAGES.items() if not one.offered])
def test_a_draft_is_refused_by_name_and_line(tmp_path: Path, tag: str) -> None:
    """A language that nobody stands for by name is shown by the demo alone; the fault says where it was named."""
    text = changed(('languages = ["sv", "sv-simple", "en"]', f'languages = ["sv", "{tag}"]'))
    line = next(number for number, row in enumerate(text.splitlines(), 1) if row.startswith("languages"))
    (fault,) = faults_of(tmp_path, text)
    assert fault.startswith(f'languages: "{tag}" is a draft,')
    assert fault.endswith(f"(line {line})")


def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path) -> None:
    """Missing, not TOML, not UTF-8."""
    with pytest.raises(ProgrammeError) as caught:
        Programme.load(tmp_path / "missing.toml")
    assert len(caught.value.faults) == 1
    (tmp_path / "latin.toml").write_bytes("name = 'Utväg'".encode("latin-1"))
    with pytest.raises(ProgrammeError):
        Programme.load(tmp_path / "latin.toml")
    assert len(faults_of(tmp_path, "name = ")) == 1


def test_a_promise_left_out_is_not_made(tmp_path: Path) -> None:
    """Without the table every promise is off."""
    text = DEMO.read_text("utf-8")
    file = tmp_path / "programme.toml"
    file.write_text(text[: text.index("[promises]")], "utf-8")
    promises = Programme.load(file).promises
    assert [name for name in promises.names() if getattr(promises, name)] == []


VALUES = st.recursive(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters='"\\\n\r'), max_size=9), st.integers(), st.booleans()
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.integers(0, 80), value=VALUES)
def test_no_value_in_any_place_is_a_trace(tmp_path: Path, line: int, value: object) -> None:
    """Whatever stands behind any name, the outcome is a programme or a list of faults."""
    lines = DEMO.read_text("utf-8").splitlines()
    place = line % len(lines)
    name, equals, _ = lines[place].partition(" = ")
    if equals:
        lines[place] = f"{name} = {toml(value)}"
        faults_of(tmp_path, "\n".join(lines))


def toml(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_words_fall_back_to_swedish() -> None:
    """A language without its own words speaks Swedish."""
    assert say({"sv": "ja", "en": "yes"}, "en") == "yes"
    assert say({"sv": "ja", "en": ""}, "en") == "ja"
    assert say({"sv": "ja"}, "so") == "ja"


@pytest.mark.parametrize("text", ["24", "8.60", "8.5", "-1", "", "åtta", "8:30:00"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    """Only hours, or hours and two digits of minutes."""
    assert clock(text) is None
