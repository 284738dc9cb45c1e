"""Read one language's catalogue so that nothing in it can break a page: what is wrong falls back to Swedish."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Texts = str | list[str] | tuple[str, ...]

LOCALES = Path(__file__).resolve().parent.parent / "locales"

# A translation is put into pages as it stands: a tag in it would be one. Overrides of direction would reach past it.
PLACE = re.compile(r"%\(\w+\)\w?")
NEVER = re.compile("[<>&\u202a-\u202e\u2066-\u2069]")


def source(tag: str, locales: Path = LOCALES, name: str = "messages") -> Path:
    """Return where a catalogue of a language lies; "sv-simple" lies in sv_simple.

    `name` is "messages" for what visitors read, "replies" for the ready phrases that staff send them.
    """
    return locales / tag.replace("-", "_") / "LC_MESSAGES" / f"{name}.po"


def load(
    tag: str, locales: Path = LOCALES, *, name: str = "messages", line_break: str = "\n"
) -> tuple[NullTranslations, list[str]]:
    """Return what a language has that can be used, and a fault in a line for each thing that cannot.

    `line_break` stands for each line break of a translation: in pages "<br>", the one tag that can come out of it.
    An entry with other placeholders than its msgid, with too few plurals or with a mark that is no text is left out;
    of a file that cannot be read nothing is used. Whatever is left out is said in Swedish, the msgid.
    """
    path = source(tag, locales, name)
    if not path.is_file():
        return NullTranslations(), [f"{tag}: no catalogue: {path.name} is missing"]
    try:
        return _used(path, tag, line_break)
    except Exception as error:  # noqa: BLE001  # whatever stands in a catalogue, the pages must answer
        return NullTranslations(), [f"{tag}: the catalogue cannot be read ({type(error).__name__})"]


def _used(path: Path, tag: str, line_break: str) -> tuple[NullTranslations, list[str]]:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
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
    for message in catalogue:
        if message.id and _marked(message):
            found.append((message, "markup or a direction mark"))
        elif message.id and _lost(message):
            found.append((message, "other placeholders than the Swedish"))
    once = {message.id: (message, why) for message, why in reversed(found)}
    for message, _ in once.values():
        catalogue.delete(message.id, message.context)
    return list(once.values())


def _lost(message: Message) -> bool:
    """Tell whether a translation lacks a placeholder, such as a number to call, or has one of its own."""
    wanted = sorted(PLACE.findall(message.id if isinstance(message.id, str) else message.id[-1]))
    return any(sorted(PLACE.findall(text)) != wanted for text in _texts(message) if text)


def _broken(text: Texts, line_break: str) -> Texts:
    """Return a translation, or each of its plurals, with other line breaks."""
    if isinstance(text, str):
        return text.replace("\n", line_break)
    return tuple(one.replace("\n", line_break) for one in text)


def _marked(message: Message) -> bool:
    return any(NEVER.search(text) for text in _texts(message))


def _texts(message: Message) -> list[str]:
    """List a message's translations: one, or one for each plural."""
    texts = message.string if isinstance(message.string, list | tuple) else [message.string]
    return [text or "" for text in texts]
