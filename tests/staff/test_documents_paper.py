from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any  # what pypdf gives has no narrower type

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from pypdfium2 import PdfDocument

from staff.documents import paper as papers
from staff.documents.paper import Paper, PaperError, Section

ARABIC = "أريد أن أخرج"
PAPER = Paper(
    title="Björk 14",
    heading="Björk 14: till personakten",
    day=date(2026, 11, 22),
    facts=[("Till", "Sonja, Socialtjänsten i Ekstad")],
    contents=[("1", "20 nov 2026", "Första bedömning")],
    sections=[Section("Första bedömning", "Anna Ek", [("Motivation", "Jag vill bort härifrån."), ("", ARABIC)])],
    foot="Björk 14",
)


def read(pdf: bytes) -> PdfReader:
    """Read a PDF strictly."""
    return PdfReader(BytesIO(pdf), strict=True)


def words(pdf: bytes) -> str:
    """Give all words of a PDF."""
    return "\n".join(page.extract_text() for page in read(pdf).pages)


def keys(value: Any) -> set[str]:
    """Collect every name that stands in a PDF's objects."""
    found: set[str] = set()
    for number in {*value.xref.get(0, {}), *value.xref_objStm}:
        item = value.get_object(number)
        if isinstance(item, DictionaryObject):
            found |= {str(name) for name in item}
    return found


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """Make one paper for all who only look at it."""
    return PAPER.pdf()


def test_a_paper_says_that_it_is_an_archive_file(pdf: bytes) -> None:
    """The metadata name PDF/A-2a and PDF/UA-1, the colours are defined, and the structure is tagged in Swedish."""
    root: Any = read(pdf).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/OutputIntents"][0]["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "sv"


def test_every_letter_is_inside(pdf: bytes) -> None:
    """Each font of each page carries its own shapes, Swedish and Arabic, and the words can be copied out again."""
    fonts = {}
    for page in read(pdf).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]  # pypdf types pages as any object
            (inner,) = font.get_object()["/DescendantFonts"]
            fonts[str(font.get_object()["/BaseFont"])] = inner.get_object()["/FontDescriptor"]
    assert all("/FontFile2" in descriptor or "/FontFile3" in descriptor for descriptor in fonts.values())
    assert any("NotoSans-" in name for name in fonts)
    assert any("NotoSansArabic" in name for name in fonts)
    assert "Jag vill bort härifrån." in words(pdf)
    assert "Första bedömning" in words(pdf)


NUMBERS = ("070-174 06 05", "2026-11-22", "10-12", "+46 70 174 06 06")


def drawn(pdf: bytes) -> str:
    """Give the digits of a PDF as an eye reads a line of them, from left to right."""
    document = PdfDocument(pdf)
    text, lines = document[0].get_textpage(), dict[int, list[tuple[float, str]]]()
    for at in range(text.count_chars()):
        letter, (left, bottom, _, _) = text.get_text_range(at, 1), text.get_charbox(at)
        if letter.isdecimal():
            lines.setdefault(round(bottom), []).append((left, letter))
    document.close()
    return " ".join("".join(letter for _, letter in sorted(line)) for line in lines.values())


@pytest.mark.parametrize("before", ["رقمي", "Ring أحمد"], ids=["in Arabic", "after an Arabic name"])
def test_a_number_among_arabic_letters_is_read_as_it_was_typed(before: str) -> None:
    """A number to call, a day and a time keep their order on paper, where letters run from right to left."""
    for number in NUMBERS:
        line = Section("Text", "", [("", f"{before} {number} مساء")])
        made = dataclasses.replace(PAPER, facts=(), sections=[line], contents=(), heading="Text", foot="")
        assert re.sub(r"\D", "", number) in drawn(made.pdf()).split()
        assert number in " ".join(words(made.pdf()).split())


def test_nothing_in_a_paper_acts(pdf: bytes) -> None:
    """No script, no action, no link, no attachment, no form and no lock stands in the file."""
    found = keys(read(pdf))
    assert "/FontDescriptor" in found  # the look sees what is there
    acting = {
        "/JavaScript",
        "/JS",
        "/OpenAction",
        "/AA",
        "/Annots",
        "/URI",
        "/EmbeddedFiles",
        "/AF",
        "/AcroForm",
        "/Encrypt",
    }
    assert found & acting == set()


def test_the_metadata_hold_the_working_name_only(pdf: bytes) -> None:
    """Title and history name neither writer nor receiver nor machine."""
    root: Any = read(pdf).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "Björk 14</rdf:li>" in metadata
    assert [
        word for word in ("Anna", "Sonja", "Motivation", "personakten", os.uname().nodename) if word in metadata
    ] == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('#let x = 1; #panic("x") *b* $a$ @b <c> \\ // /* `', '#let x = 1; #panic("x") *b* $a$ @b <c> \\ // /* `'),
        ('", "rtl": true}]} {{ x }}', '", "rtl": true}]} {{ x }}'),
        ("a\u202eb", "a[RLO]b"),
        ("a\x00\x07b", "a[0000][0007]b"),
        ("a\ue000b", "a[E000]b"),
        ("a中b", "a[U+4E2D]b"),
    ],
    ids=["markup", "json", "turned", "control", "private", "no font"],
)
def test_what_was_typed_is_text(typed: str, shown: str) -> None:
    """Hostile words are neither markup nor tricks, and a letter that no font shows is named by its number."""
    made = dataclasses.replace(PAPER, heading=typed, sections=[Section("Text", "", [("", typed)])], contents=())
    assert "".join(words(made.pdf()).split()).count("".join(shown.split())) == 2


def test_a_paper_leaves_nothing_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetter runs in an empty folder with an empty environment and leaves no file, whatever happens."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert PAPER.pdf().startswith(b"%PDF-1.7")
    assert list(tmp_path.iterdir()) == []


def test_a_typesetter_that_fails_says_nothing_of_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetter breaks: one error without content, and no half file."""
    monkeypatch.setattr(papers, "TYPESET", Path(os.devnull))
    with pytest.raises(PaperError) as caught:
        PAPER.pdf()
    assert "bort" not in str(caught.value)


def test_a_typesetter_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetter never answers: it is ended, and the words are in no error."""

    def hang(*arguments: object, **options: object) -> None:
        raise subprocess.TimeoutExpired(sys.executable, 1, output=b"bort")

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(PaperError) as caught:
        PAPER.pdf()
    assert caught.value.__cause__ is None
    assert "bort" not in str(caught.value)
