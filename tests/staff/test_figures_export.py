"""Exports are believed by their signature, and the common report is one quiet file."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner

from command.figures import figures
from crypto.errors import ForgedError, MalformedError
from crypto.opening.ceremony import sign_members
from crypto.opening.identity import Identity, new_identity
from crypto.opening.members import Member
from crypto.primitives import canonical
from crypto.sealing.signed import signed_bytes, write_signed
from staff.figures.account import Account
from staff.figures.common import report
from staff.figures.count import Facts
from staff.figures.export import read_export, write_export
from staff.figures.half import Half
from tests.staff.made_figures import KNOWN, NEEDS, account, case, request

HALF = Half(2026, 1)


def told(town: str = "ekstad", half: Half = HALF, requests: int = 12) -> Account:
    """Make an account of a quiet half-year."""
    came = [request(half, number % 6, "h2") for number in range(requests)]
    begun = [case(half, 0, "request" if number else "call", "completed") for number in range(7)]
    return account(town, half, Facts(came, begun))


def signed(value: dict[str, object], by: Identity) -> bytes:
    """Sign anything as an export."""
    content = canonical(value)
    return write_signed("figures", content, by.sign(signed_bytes("figures", content)))


@pytest.fixture(scope="module")
def anna() -> Identity:
    """Give a key that signs for Ekstad."""
    return new_identity()


def test_an_export_says_what_was_told_without_the_months(anna: Identity) -> None:
    """What the team sees month by month stays with the team; the rest comes through as it was."""
    read = read_export(write_export(told(), KNOWN, anna), {"ekstad": frozenset({anna.sign_public})})
    assert read == told().for_others(KNOWN)
    assert "months" in told().tables["requests"].parts
    assert all("months" not in table.parts for table in read.tables.values())


@pytest.mark.parametrize("fault", ["stranger", "another town", "changed", "cut", "not a file"])
def test_an_export_that_nobody_believed_signed_is_refused(anna: Identity, fault: str) -> None:
    """A stranger's key, a key of another municipality, a changed byte: each is refused."""
    data = write_export(told(), KNOWN, anna if fault != "stranger" else new_identity())
    keys = {("granvik" if fault == "another town" else "ekstad"): frozenset({anna.sign_public})}
    spoilt = {"changed": data.replace(b'"total":12', b'"total":13'), "cut": data[:-9], "not a file": b"hej"}
    with pytest.raises((ForgedError, MalformedError)):
        read_export(spoilt.get(fault, data), keys)


@pytest.mark.parametrize(
    "change",
    [
        {"figures": {"requests": {"total": 3, "adds_up": True, "parts": {}, "classes": {}}}},
        {"figures": {"requests": {"total": 6, "adds_up": True, "parts": {"answered": {"h2": 7}}, "classes": {}}}},
        {"figures": {"requests": {"total": True, "adds_up": True, "parts": {}, "classes": {}}}},
        {"figures": {"requests": []}},
        {"figures": {}},
        {"figures": {"elsewhere": {"total": 9, "adds_up": True, "parts": {}, "classes": {}}}},
        {"half": "2026-3"},
        {"municipality": ""},
        {"needs": ["a"]},
        {"cases": ["Björk 14"]},
    ],
)
def test_what_is_signed_but_is_no_account_is_refused(anna: Identity, change: dict[str, object]) -> None:
    """A small count, parts beyond their total, missing or unknown names: a signature does not make them figures."""
    data = signed({**told().for_others(KNOWN).value(), **change}, anna)
    with pytest.raises(MalformedError):
        read_export(data, {"ekstad": frozenset({anna.sign_public})})


def test_the_common_report_is_one_file_without_script() -> None:
    """It parses strictly, runs nothing, asks for nothing, and says who has few only as few."""
    text = report([told(town).for_others(KNOWN) for town in ("ekstad", "granvik")] + [told("bo<b>", requests=3)], KNOWN)
    html5lib.HTMLParser(strict=True).parse(text)
    assert "default-src 'none'; style-src 'sha256-" in unescape(text)
    assert not re.search(r"<script|<link|<img|https?:(?!//www\.w3)|style=|\son[a-z]+=|url\(|bo<b>", text)
    assert "<td>färre än 5</td>" in text
    assert "<td>24–28</td>" in text
    assert text.count('role="img"') == text.count("<title id=") == text.count("<desc id=")


@pytest.fixture
def folder(tmp_path: Path, anna: Identity) -> Path:
    """Lay two municipalities' exports and a register in a folder."""
    root = new_identity()
    members = [
        Member("Anna", "coordinator", "ekstad", anna.box_public, anna.sign_public),
        Member("Petra", "police", "granvik", (one := new_identity()).box_public, one.sign_public),
    ]
    (tmp_path / "members").write_bytes(sign_members(1, members, root))
    (tmp_path / "root").write_text(root.sign_public.hex())
    (tmp_path / "ekstad").write_bytes(write_export(told(), KNOWN, anna))
    (tmp_path / "police").write_bytes(write_export(told("granvik"), KNOWN, one))
    cilla = new_identity()
    (tmp_path / "cilla").write_text(f"granvik={cilla.sign_public.hex()}")
    (tmp_path / "granvik").write_bytes(write_export(told("granvik"), KNOWN, cilla))
    (tmp_path / "later").write_bytes(write_export(told("granvik", Half(2026, 2)), KNOWN, cilla))
    return tmp_path


def merge(folder: Path, *names: str, key: str = "") -> tuple[int, str]:
    """Call `utvag figures merge` with the register's and Cilla's key."""
    out = folder / "report.html"
    register = [str(folder / "members"), (folder / "root").read_text()]
    paths = [str(folder / name) for name in names]
    key = key or (folder / "cilla").read_text()
    words = ["merge", *paths, "--register", *register, "--key", key, "--out", str(out)]
    done = CliRunner().invoke(figures, words)
    return done.exit_code, done.output


def test_merge_takes_registers_and_keys(folder: Path) -> None:
    """One municipality is believed by its register, the other by a key that was read out over the telephone."""
    assert merge(folder, "ekstad", "granvik")[0] == 0
    assert "Boende" in (folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("names", "key", "says"),
    [
        (("ekstad", "police"), "", "nobody whose key"),
        (("ekstad", "later"), "", "different half-years"),
        (("ekstad", "ekstad"), "", "one municipality"),
        (("members",), "", "not a figures file"),
        (("ekstad",), "ekstad=12", "64 hex digits"),
    ],
)
def test_merge_writes_nothing_unless_all_is_well(folder: Path, names: tuple[str, ...], key: str, says: str) -> None:
    """A police officer's signature, two half-years, the same municipality twice: said by name, and no report."""
    code, output = merge(folder, *names, key=key)
    assert code == 1
    assert says in output
    assert not (folder / "report.html").exists()


def test_the_definitions_say_what_each_figure_counts() -> None:
    """Every figure has a Swedish text, and every part a word."""
    for figure in KNOWN.figures:
        assert len(figure.text) > 20
        for one in figure.breakdowns:
            assert one.parts or one.settings or one.team_only
    assert set(NEEDS) <= set(told().needs)
