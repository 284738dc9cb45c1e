"""What is printed: read as a printer draws it and as a phone scans it."""

from __future__ import annotations

import dataclasses
import re
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from command import main
from command.cards import NAMES, drawn
from portal.cards import KINDS, link
from programme import LANGUAGES, Programme
from tests.printed import page_of, scanned
from web.catalogue import source

DEMO = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
PHONE, ADDRESS = "070-174 06 05", "utvag.example"
MILLIMETRE = 72 / 25.4
TELLING = ("avhopp", "krimin", "gäng", "brott", "polis", "social", "kommun", "ekstad", "exit", "hot")


@pytest.fixture(scope="module")
def demo() -> Programme:
    """The demo's programme."""
    return Programme.load(DEMO)


@pytest.fixture(scope="module")
def printed(demo: Programme) -> dict[str, bytes]:
    """Everything that is printed in Swedish, with marks."""
    return {kind: drawn(demo, kind, "sv", marks=True) for kind in KINDS}


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["cards", *words])


def text(pdf: bytes) -> str:
    """Return the words of a PDF, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


@pytest.mark.parametrize(
    ("kind", "page", "codes"), [("card", 1, 1), ("poster", 0, 1), ("parents", 0, 1), ("sticker", 0, 1)]
)
def test_a_phone_reads_the_bare_address_and_nothing_else(
    printed: dict[str, bytes], kind: str, page: int, codes: int
) -> None:
    """A scanner that is not the one that drew it finds the address alone: no path, no mark, no number."""
    assert scanned(printed[kind], page) == ["https://utvag.example"] * codes


def test_a_whole_sheet_of_backs_says_the_same_ten_times(printed: dict[str, bytes]) -> None:
    """Each of ten cards on the sheet for an office printer scans, and none differs."""
    assert scanned(printed["cards"], 1) == ["https://utvag.example"] * 10


def test_a_code_is_read_on_a_bad_print(printed: dict[str, bytes]) -> None:
    """A coarse printer will do: 96 dots to the inch."""
    assert scanned(printed["card"], 1, dots=96) == ["https://utvag.example"]


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_print_the_same_bytes(demo: Programme, printed: dict[str, bytes], kind: str) -> None:
    """Nothing in a file tells when, where or for whom it was made: no two copies can be told apart."""
    assert drawn(demo, kind, "sv", marks=True) == printed[kind]
    assert not re.search(rb"/CreationDate ?\(D:(?!20260101)", printed[kind])


def test_a_card_asks_one_question_and_tells_nothing(printed: dict[str, bytes]) -> None:
    """Front: the question, the address, the number, as microcopy has them; back: the code alone."""
    assert text(printed["card"]) == f"Behöver du prata? {ADDRESS} {PHONE}"
    assert text(printed["sticker"]) == f"Behöver du prata? {ADDRESS}"


def test_the_poster_asks_to_remember_the_address(printed: dict[str, bytes]) -> None:
    """It says that nothing needs to be taken along; it and its ten strips hold address and number, no mark, no more."""
    words = text(printed["poster"])
    assert words.count(ADDRESS) == 11
    assert words.count(PHONE) == 11
    assert " ".join(words.replace(ADDRESS, "").replace(PHONE, "").split()) == (
        "Fast i något? Det finns en väg ut. Skriv till oss. Du behöver inte säga vem du är. "
        "Läs adressen och lägg den på minnet. Du behöver inte ta med något."
    )


def test_the_parents_poster_promises_an_interpreter_only_if_there_is_one(demo: Programme) -> None:
    """The sentence stands as long as the settings say that it is true."""
    silent = dataclasses.replace(demo, telephone=dataclasses.replace(demo.telephone, interpreter=False))
    assert "tolk" in text(drawn(demo, "parents", "sv", marks=True))
    assert "tolk" not in text(drawn(silent, "parents", "sv", marks=True))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_printed_tells_what_it_is_for(printed: dict[str, bytes], kind: str) -> None:
    """No word about crime, authorities or towns, neither on the paper nor in the file's own details."""
    reader = PdfReader(BytesIO(printed[kind]))
    said = " ".join(
        [text(printed[kind]), str(reader.metadata), str(reader.xmp_metadata and reader.xmp_metadata.dc_title)]
    )
    assert [word for word in TELLING if word in said.lower()] == []


@pytest.mark.parametrize(("kind", "width", "height"), [("card", 85, 55), ("poster", 210, 297), ("sticker", 60, 60)])
def test_a_printing_house_knows_where_to_cut(printed: dict[str, bytes], kind: str, width: int, height: int) -> None:
    """The box to trim to has the size of the piece, with room for bleed and marks around it, drawn in black there."""
    page = PdfReader(BytesIO(printed[kind])).pages[0]
    trim, whole = page.trimbox, page.mediabox
    assert (float(trim.width) / MILLIMETRE, float(trim.height) / MILLIMETRE) == pytest.approx((width, height), abs=0.1)
    assert float(trim.left - whole.left) / MILLIMETRE == pytest.approx(8, abs=0.1)
    with page_of(printed[kind], 0) as drawn_page:
        picture = drawn_page.render(scale=300 / 72, grayscale=True)
        rows, stride = bytes(picture.buffer), picture.stride
        at = round(8 * 300 / 25.4)  # dots from the edge to the cut
        near = range(at - 3, at + 4)
        mark = min(rows[20 * stride + x] for x in near)
        bleed = rows[(round(6.5 * 300 / 25.4)) * stride + round(40 * 300 / 25.4)]
        picture.close()
    assert mark < 120
    assert 200 < bleed < 252  # coloured beyond the cut


def test_an_office_printer_gets_the_bare_size(demo: Programme) -> None:
    """--plain: the paper itself, without marks."""
    page = PdfReader(BytesIO(drawn(demo, "poster", "sv", marks=False))).pages[0]
    assert float(page.mediabox.width) / MILLIMETRE == pytest.approx(210, abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_all_lines_and_letters_that_travel_along(printed: dict[str, bytes], kind: str) -> None:
    """No picture of dots in it, every font inside, and it is PDF/A."""
    assert b"/Subtype/Image" not in printed[kind].replace(b" ", b"")
    reader = PdfReader(BytesIO(printed[kind]))
    assert "<pdfaid:part>2</pdfaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]  # pypdf types these as any object
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[attr-defined]  # as above
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(inner)


def test_the_command_writes_each_kind_in_each_language(tmp_path: Path) -> None:
    """One run, one folder; a second run into it changes nothing and says so."""
    done = run("--settings", str(DEMO), "--out", str(tmp_path / "print"), "--language", "en")
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "print").iterdir()} == {f"{name}-en.pdf" for name in NAMES.values()}
    assert "Need to talk?" in text((tmp_path / "print" / "kort-en.pdf").read_bytes())
    again = run("--settings", str(DEMO), "--out", str(tmp_path / "print"), "--language", "en")
    assert again.exit_code == 1
    assert "exists already" in again.output


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 9"><path d="M0 0h40v9H0z" fill="#b00020"/></svg>'


def test_a_logotype_stands_on_the_back_of_cards_alone(demo: Programme, printed: dict[str, bytes]) -> None:
    """With one the picture still scans, and front, posters and stickers are as without."""
    made = {kind: drawn(demo, kind, "sv", marks=True, logo=LOGO) for kind in KINDS}
    pages = [(kind, at) for kind in KINDS for at in range(len(PdfReader(BytesIO(made[kind])).pages))]
    assert [one for one in pages if is_red(made[one[0]], one[1])] == [("card", 1), ("cards", 1)]
    assert scanned(made["card"], 1) == ["https://utvag.example"]
    assert text(made["card"]) == text(printed["card"])


def is_red(pdf: bytes, page: int) -> bool:
    """Tell whether the logotype's colour is drawn on a page."""
    with page_of(pdf, page) as drawn_page:
        picture = drawn_page.render(scale=1)
        found = bytes.fromhex("2000b0") in bytes(picture.buffer)
        picture.close()
    return found


@pytest.mark.parametrize(
    "wrong",
    [
        "not a picture",
        LOGO.replace("<path", '<image href="https://elak.example/x.png"/><path'),
        LOGO.replace("<path", "<script>1</script><path"),
        LOGO.replace("#b00020", "url(https://elak.example/#x)"),
        LOGO + " " * 300_000,
    ],
    ids=["no SVG", "fetches", "script", "paint from elsewhere", "too large"],
)
def test_a_logotype_that_loads_something_is_refused(tmp_path: Path, wrong: str) -> None:
    """Nothing is printed, and the reason is said; a file that is not there is named too."""
    (tmp_path / "logo.svg").write_text(wrong, "utf-8")
    for name in ("logo.svg", "gone.svg"):
        out = ("--settings", str(DEMO), "--out", str(tmp_path / "print"), "--logo", str(tmp_path / name))
        done = run(*out)
        assert done.exit_code == 1
        assert name in done.output
    assert not (tmp_path / "print").exists()


def test_bad_settings_print_nothing(tmp_path: Path) -> None:
    """Every fault is named with its line; an unknown language is answered with those that there are."""
    wrong = tmp_path / "programme.toml"
    wrong.write_text(DEMO.read_text("utf-8").replace(f'"{ADDRESS}"', '"https://utvag.example/?from=3"'), "utf-8")
    done = run("--settings", str(wrong), "--out", str(tmp_path / "print"))
    assert done.exit_code == 1
    assert "short_address: must be a bare host" in done.output
    assert "(line " in done.output
    stranger = run("--settings", str(DEMO), "--out", str(tmp_path / "print"), "--language", "xx")
    assert "--language xx: the programme's file has sv, sv-simple, en" in stranger.output
    assert not (tmp_path / "print").exists()


def test_the_programmes_own_words_are_text(demo: Programme) -> None:
    """A question of the programme's own stands as it is written: no markup of any kind acts."""
    own = '<b>Hej</b> #panic("x") *du* @a $x$'
    cards = dataclasses.replace(demo.cards, question={"sv": own}, poster={"sv": own})
    programme = dataclasses.replace(demo, cards=cards)
    assert own in text(drawn(programme, "card", "sv", marks=True))
    assert own in text(drawn(programme, "poster", "sv", marks=True))
    assert "Need to talk?" in text(drawn(programme, "card", "en", marks=True))  # where it has none, ours


def test_a_long_address_still_fits(demo: Programme) -> None:
    """The longest that the settings allow is written smaller, and never beyond the cut."""
    programme = dataclasses.replace(demo, short_address="en-mycket-lang-adress." + "x" * 33 + ".se")
    card = drawn(programme, "card", "sv", marks=True)
    assert PdfReader(BytesIO(card)).get_num_pages() == 2
    with page_of(card, 0) as page:
        picture = page.render(scale=300 / 72, grayscale=True)
        rows, stride = bytes(picture.buffer), picture.stride
        edge = round((8 + 85 - 5) * 300 / 25.4)  # five millimetres inside the cut on the right
        band = [rows[y * stride + edge] for y in range(round(12 * 300 / 25.4), round(58 * 300 / 25.4))]
        picture.close()
    assert min(band) > 200


def test_a_long_question_takes_two_lines(demo: Programme) -> None:
    """It is not made small so as to stand on one: whoever glances at the card reads it."""
    asked = "Skulle det kännas bra att få prata med någon?"
    cards = dataclasses.replace(demo.cards, question={"sv": asked})
    page = PdfReader(BytesIO(drawn(dataclasses.replace(demo, cards=cards), "card", "sv", marks=False))).pages[0]
    sizes: dict[str, float] = {}
    page.extract_text(visitor_text=lambda said, _cm, at, _font, size: sizes.update({said.strip(): abs(at[3]) * size}))
    lines = [(words, size) for words, size in sizes.items() if words and words in asked]
    assert " ".join(words for words, _ in lines) == asked
    assert len(lines) == 2
    assert min(size for _, size in lines) > 13


def test_an_address_with_letters_of_ours_can_be_scanned(demo: Programme) -> None:
    """What is read as utväg.se is scanned in the form that every phone can ask for."""
    programme = dataclasses.replace(demo, short_address="utväg.se")
    assert link(programme) == "https://xn--utvg-noa.se"
    assert scanned(drawn(programme, "sticker", "sv", marks=True), 0) == ["https://xn--utvg-noa.se"]
    assert "utväg.se" in text(drawn(programme, "sticker", "sv", marks=True))


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if source(tag).is_file()])
def test_every_language_can_be_set(demo: Programme, language: str) -> None:
    """Drafts too: each letter has a shape, on the card and on both posters, and the bare address is scanned."""
    for kind, pages in (("card", 2), ("poster", 1), ("parents", 1)):
        pdf = drawn(demo, kind, language, marks=False)
        assert ADDRESS in text(pdf)
        assert PdfReader(BytesIO(pdf)).get_num_pages() == pages
        assert scanned(pdf, pages - 1) == ["https://utvag.example"]
