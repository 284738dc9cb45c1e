"""Ready phrases for replies, in every language of the public pages; whoever sends one reads it first.

The Swedish stands here; the other languages stand in locales/*/LC_MESSAGES/replies.po under the Swedish as msgid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from babel.support import NullTranslations

from programme import LANGUAGES
from web.catalogue import load, source

OTHERWISE = "en"  # for a page in a language that the table no longer has

LABELS: Mapping[str, str] = {
    "read": "Jag har läst",
    "call": "Ska vi ringa?",
    "meet": "Ses eller höras",
    "valid": "Det här gäller nu",
    "time": "Vi behöver mer tid",
    "danger": "Vid fara",
    "elsewhere": "Hör inte hit",
    "erased": "Borttaget, som du bad om",
    "kept": "Får inte tas bort",
}

SWEDISH: Mapping[str, str] = {
    "read": "Hej. Tack för att du skrev. Jag har läst det. Vi tar det i din takt.",
    "call": "Vill du att vi ringer? Skriv en tid och ett nummer här. Vi säger ditt ord först.",
    "meet": "Vi kan ses, eller bara höras. Du väljer. Skriv när det passar.",
    "valid": "Det här gäller just nu: \nAllt som stod i äldre svar gäller inte längre.",
    "time": "Vi behöver lite mer tid. Du får svar här senast ",
    "danger": "Är du i fara nu? Ring 112.",
    "elsewhere": "Det här kan vi tyvärr inte hjälpa dig med. Den som kan är ",
    "erased": "Du bad oss ta bort det du har skrivit. Det är gjort.",
    "kept": "Du bad oss ta bort det du har skrivit. Vi måste spara det. Regeln heter … och det sparas till …",
}
# Sent as it stands to each of many who wrote what does not belong here; nobody reads it through first.
NOT_OURS = "Tack för att du skrev. Det här kan vi tyvärr inte hjälpa till med. Är du i fara nu? Ring 112."


@dataclass(frozen=True)
class Phrase:
    """One ready phrase: its name in forms, its Swedish label, the words to send, and the same in Swedish."""

    name: str
    label: str
    words: str
    swedish: str


def spoken(page: str) -> str:
    """Return the tag of the language that phrases are in for who read the pages in this one."""
    return page if page == "sv" or (page in LANGUAGES and source(page, name="replies").is_file()) else OTHERWISE


@cache
def _catalogue(tag: str) -> NullTranslations:
    """Return a language's phrases, read once; Swedish for a phrase that it lacks."""
    return NullTranslations() if tag == "sv" else load(tag, name="replies")[0]


def phrases(page: str) -> list[Phrase]:
    """List the phrases in a page's language, else in English."""
    said = _catalogue(spoken(page)).gettext
    return [Phrase(name, LABELS[name], said(swedish), swedish) for name, swedish in SWEDISH.items()]


def phrase(page: str, name: str) -> str:
    """Give the words of one phrase; "" if there is none of that name."""
    return next((one.words for one in phrases(page) if one.name == name), "")


def not_ours(page: str) -> str:
    """Give the ready reply to what does not belong here: in the page's language, in English while that is a draft."""
    tag = spoken(page)
    return _catalogue(tag if LANGUAGES[tag].offered else OTHERWISE).gettext(NOT_OURS)
