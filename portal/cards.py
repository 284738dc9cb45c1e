"""What stands on cards, posters and stickers: nothing that tells whoever finds one what it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portal.reasons import N_
from programme import Programme

KINDS = ("card", "cards", "poster", "parents", "sticker")

QUESTION = N_("Behöver du prata?")
STUCK = N_("Fast i något?")
WAY_OUT = N_("Det finns en väg ut.")
WRITE = N_("Skriv till oss. Du behöver inte säga vem du är.")
REMEMBER = N_("Läs adressen och lägg den på minnet. Du behöver inte ta med något.")
WORRIED = N_("Är du orolig för ditt barn?")
ASK = N_("Du får fråga.")
CALL = N_("Ring oss. Du behöver inte säga vem du är.")
INTERPRETER = N_("Säg ditt språk, så ringer vi upp med tolk.")

Say = Callable[[str], str]  # a Swedish text in, the same in the card's language out


def link(programme: Programme) -> str:
    """Return what the picture to scan holds: the bare address, the same on everything that is ever printed."""
    host, colon, port = programme.short_address.partition(":")
    return f"https://{host.encode('idna').decode('ascii')}{colon}{port}"


def words(programme: Programme, kind: str, language: str, say: Say) -> Mapping[str, str]:
    """Return the texts of one of KINDS; the programme's own question stands where it has given one."""
    question = programme.cards.question.get(language) or say(QUESTION)
    texts = {"title": question, "question": question, "heading": "", "below": "", "lead": "", "foot": ""}
    if kind == "poster":
        heading = programme.cards.poster.get(language) or say(STUCK)
        texts |= {"heading": heading, "below": say(WAY_OUT), "lead": say(WRITE), "foot": say(REMEMBER)}
    if kind == "parents":
        heading = programme.cards.parents.get(language) or say(WORRIED)
        lead = " ".join([say(CALL), *([say(INTERPRETER)] if programme.telephone.interpreter else [])])
        texts |= {"heading": heading, "below": say(ASK), "lead": lead}
    return texts | {"title": texts["heading"] or question}
