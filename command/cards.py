"""`utvag cards`: cards, posters and stickers to be printed, in each of the programme's languages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

import click
import segno
import typst

from command.ceremony.asking import PUBLIC, write_new
from portal.cards import KINDS, link, words
from programme import Programme, ProgrammeError
from programme import language as named
from staff.documents.typeset import Press
from web.catalogue import load

TEMPLATE = Path(__file__).with_name("cards.typ")
NAMES = {  # what the files are called, for those who print them
    "card": "kort",
    "cards": "kort-tio-pa-ark",
    "poster": "affisch",
    "parents": "affisch-foraldrar",
    "sticker": "dekal",
}
INK = "#1d2527"
LOGO_LIMIT = 200 * 1024  # bytes
FETCHES = re.compile(
    r"<!(?:DOCTYPE|ENTITY)|<(?:script|image|foreignObject)\b|url\((?!\s*#)|href=[\"'](?!#)", re.IGNORECASE
)


@click.command()
@click.option("--settings", type=click.Path(path_type=Path), required=True, help="The programme's file.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to write to.")
@click.option("--language", "languages", multiple=True, help="Only this language; may be given several times.")
@click.option("--logo", type=click.Path(dir_okay=False, path_type=Path), help="An SVG for the back of cards.")
@click.option("--plain", is_flag=True, help="Without bleed and crop marks, for an office printer.")
def cards(settings: Path, out: Path, languages: tuple[str, ...], logo: Path | None, plain: bool) -> None:
    """Write business cards, tear-off posters and a sticker as PDF, ready to print.

    They hold the short address, the telephone and a question, and nothing that tells what they are for. All are the
    same: no number, no mark of where or when one was printed. Nothing is written over another file. A logotype must not
    tell what the card is for either: whoever finds it on somebody sees it.
    """
    try:
        programme = Programme.load(settings)
    except ProgrammeError as error:
        raise click.ClickException(
            f"{settings} will not do:\n" + "\n".join(f"  {one}" for one in error.faults)
        ) from None
    sign = read_logo(logo) if logo else ""
    made = {
        out / f"{NAMES[kind]}-{language}.pdf": drawn(programme, kind, language, marks=not plain, logo=sign)
        for language in chosen(programme, languages)
        for kind in KINDS
    }
    out.mkdir(parents=True, exist_ok=True)
    for path, content in made.items():
        write_new(path, content, PUBLIC)
        click.echo(f"Wrote {path}.")


def chosen(programme: Programme, languages: Sequence[str]) -> Sequence[str]:
    """Return the languages to print in; raise ClickException for one that the programme does not have."""
    for language in languages:
        if language not in programme.languages:
            known = ", ".join(programme.languages)
            raise click.ClickException(f"--language {language}: the programme's file has {known}.")
    return list(dict.fromkeys(languages)) or programme.languages


def read_logo(path: Path) -> str:
    """Read an SVG that holds its own shapes alone; raise ClickException for any other file."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"--logo {path}: {type(error).__name__}") from None
    if "<svg" not in text or len(content) > LOGO_LIMIT or FETCHES.search(text):
        raise click.ClickException(f"--logo {path}: give an SVG of at most 200 KB that loads nothing else.")
    return text


def drawn(programme: Programme, kind: str, language: str, *, marks: bool, logo: str = "") -> bytes:
    """Return one PDF/A: vectors, with its fonts inside; the same bytes whenever and wherever it is made.

    `logo` is the SVG on the back of cards, or nothing.
    """
    texts = words(programme, kind, language, load(language)[0].gettext)
    data = {
        **texts,
        "kind": kind,
        "lang": language.partition("-")[0],
        "rtl": named(language).rtl,
        "address": programme.short_address,
        "phone": programme.telephone.number,
        "link": link(programme),
        "code": picture(link(programme)),
        "marks": marks,
        "logo": logo,
    }
    with as_file(files("manimgx_fonts")) as fonts:
        try:
            return Press(str(fonts)).set(TEMPLATE.read_bytes(), cards=json.dumps(data, ensure_ascii=False))
        except typst.TypstError as error:
            raise click.ClickException(f"{NAMES[kind]}-{language} cannot be set: {error.message}") from None


def picture(text: str) -> str:
    """Return a QR code as SVG; a quarter of it may be lost to dirt and folds."""
    drawing = BytesIO()
    code = segno.make(text, error="q", micro=False)
    code.save(drawing, kind="svg", border=0, dark=INK, xmldecl=False, omitsize=True, nl=False)
    return drawing.getvalue().decode()
