"""Read one language's catalogue so that nothing in it can break a page: what is wrong falls back to Swedish."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

Texts = str | list[str] | tuple[str, ...]

LOCALES = Path(__file__).resolve().parent.parent / "locales"

# A translation is put into pages as it stands: a tag in it would be one. Overrides of direction would reach past it.
NEVER = re.compile("[<>&\u202a-\u202e\u2066-\u2069]")


def source(tag: str, locales: Path = LOCALES) -> Path:
    """Return where the catalogue of a language lies; "sv-simple" lies in sv_simple."""
    return locales / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"


def load(tag: str, locales: Path = LOCALES, *, line_break: str = "\n") -> tuple[NullTranslations, list[str]]:
    """Return what a language has that can be used, and a fault in a line for each thing that cannot.

    `line_break` stands for each line break of a translation: in pages "<br>", the one tag that can come out of it.
    An entry with other placeholders than its msgid, with too few plurals or with a mark that is no text is left out;
    of a file that cannot be read nothing is used. Whatever is left out is said in Swedish, the msgid.
    """
    path = source(tag, locales)
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except FileNotFoundError:
        return NullTranslations(), [f"{tag}: no catalogue: {path.name} is missing"]
    except (OSError, PoFileError, ValueError) as error:
        return NullTranslations(), [f"{tag}: the catalogue cannot be read ({type(error).__name__})"]
    faults = [f"{tag}: line {message.lineno}: {why}" for message, why in _faulty(catalogue)]
    for message in catalogue if line_break != "\n" else ():
        message.string = _broken(message.string or "", line_break)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled), faults


def _faulty(catalogue: Catalog) -> list[tuple[Message, str]]:
    """Take out of the catalogue what cannot be used; return it with the reason."""
    found = [(message, str(errors[0])) for message, errors in catalogue.check()]
    found += [(message, "markup or a direction mark") for message in catalogue if message.id and _marked(message)]
    for message, _ in found:
        catalogue.delete(message.id, message.context)
    return found


def _broken(text: Texts, line_break: str) -> Texts:
    """Return a translation, or each of its plurals, with other line breaks."""
    if isinstance(text, str):
        return text.replace("\n", line_break)
    return tuple(one.replace("\n", line_break) for one in text)


def _marked(message: Message) -> bool:
    texts = message.string if isinstance(message.string, list | tuple) else [message.string]
    return any(NEVER.search(text or "") for text in texts)
