"""Show what a visitor typed: as text, in its own direction, with every invisible trick made visible."""

import re
import unicodedata

from markupsafe import Markup, escape

# Zero-width joiner and non-joiner are letters' business in Persian, Arabic and emoji, and stay.
HARMLESS = "\n\u200c\u200d"
NAMES = {
    "\u200e": "LRM", "\u200f": "RLM", "\u061c": "ALM", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF",
    "\u202d": "LRO", "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
    "\u200b": "ZWSP", "\ufeff": "BOM", "\u2060": "WJ", "\u00ad": "SHY",
}  # fmt: skip
NUMBER = re.compile(r"\+?\d[\d \u00a0().–/-]{4,40}\d")  # telephone numbers, days, times: groups of digits
MARKS_IN_A_ROW = 4  # more combining marks than any living script puts on one letter


def visible(text: str) -> Markup:
    """Escape a text and put a small sign in place of each control character, without interpreting anything."""
    if text.isascii() and text.isprintable():
        return escape(text)  # nothing to look for: most rows of the list
    out: list[str] = []
    marks = 0
    for character in text.replace("\r\n", "\n").replace("\t", "    "):
        marks = marks + 1 if unicodedata.category(character) == "Mn" else 0
        if marks <= MARKS_IN_A_ROW:
            out.append(_sign(character) if is_hidden(character) else str(escape(character)))
    return Markup("".join(out))  # noqa: S704  # every piece is escaped above or made of hex digits here


def typed(text: str) -> Markup:
    """Wrap a visitor's words so that their direction stays inside: `<bdi dir="auto">`.

    Among Arabic letters the groups of a telephone number would stand in the other order: each keeps its own.
    """
    if not any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text):
        return Markup('<bdi dir="auto">{}</bdi>').format(visible(text))
    out, at = Markup(), 0
    for found in NUMBER.finditer(text):
        out += visible(text[at : found.start()]) + Markup('<bdi dir="ltr">{}</bdi>').format(visible(found[0]))
        at = found.end()
    return Markup('<bdi dir="auto">{}</bdi>').format(out + visible(text[at:]))


def is_hidden(character: str) -> bool:
    """Tell whether a character would act without being seen."""
    return character not in HARMLESS and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _sign(character: str) -> str:
    name = NAMES.get(character, f"{ord(character):04X}")
    return f'<span class="ctl" title="U+{ord(character):04X}">{name}</span>'
