"""What stands beside the work: help for each stage, and the words about secrecy that everybody signs once a year.

All of it may be left out of the programme's file: what stands here then holds. A stage that is named there replaces
its own help and no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from programme.reader import Table

LONGEST = 2000  # characters of the words about secrecy, and of one line of help


@dataclass(frozen=True)
class Help:
    """Help for one stage (1 to 6): what it is for, what to ask, what never to write."""

    stage: int
    purpose: str
    ask: tuple[str, ...]
    never: tuple[str, ...]


@dataclass(frozen=True)
class Secrecy:
    """What everybody who signs in is reminded of once in `months`, by its version; new words are signed anew."""

    version: str
    text: str
    months: int = 12
    confirmed: str = ""


HELP = (
    Help(
        1,
        "Personen ska bli nådd på ett sätt som inte utsätter någon. Inget mer bestäms i det här steget.",
        (
            "När och hur är det tryggt att höras?",
            "Ser någon annan mobilen?",
            "Vilket ord ska vi säga först?",
            "Är det fara just nu? Ring då 112.",
        ),
        ("Vem personen är, om det inte behövs för att nå den.", "Meddelanden som du inte fått lov att lämna."),
    ),
    Help(
        2,
        "Ett samtal utan villkor. Personen får säga vad den vill, och ni bestämmer första mötet.",
        (
            "Vad vill du?",
            "Vad är viktigast just nu?",
            "Var kan vi ses, och hur bryter vi om något känns fel?",
            "Vill du ha någon med dig?",
        ),
        ("Egna brott.", "Namn på andra eller på grupper.", "Vapen och platser där något finns."),
    ),
    Help(
        3,
        "Första bilden av vad personen vill och behöver. Den styr vilka som frågas sedan.",
        (
            "Varför nu, med dina egna ord?",
            "Vad behöver du för att det ska hålla?",
            "Vill du ansöka hos socialtjänsten? Du ansöker själv, och vi kan hjälpa till.",
        ),
        ("Betyg på personens motivation.", "Gissningar.", "Det som socialtjänsten utreder."),
    ),
    Help(
        4,
        "Arbetsgruppen kallas och var och en frågas om sitt. Ingen får veta mer än den behöver.",
        (
            "Har personen sagt ja till just den mottagaren och just det ändamålet?",
            "Vad behöver vi veta, och av vem?",
            "Vad har socialtjänsten beslutat, och när?",
        ),
        ("Socialtjänstens utredning. Den står hos dem.", "Svar som vi inte behöver."),
    ),
    Help(
        5,
        "Planen för trygghet: kommunens egna korta anteckningar, och vad polisens bedömning betyder för planen.",
        (
            "Vad har ändrats sedan sist?",
            "Vad betyder bedömningen för planen, och till när gäller den?",
            "När går vi igenom det igen?",
        ),
        ("Grunderna för polisens bedömning.", "Namn på den som hotar.", "Skyddade adresser."),
    ),
    Help(
        6,
        "Insatserna planeras tillsammans: vem gör vad, till när. Sedan följs det upp, också när det går bra.",
        (
            "Vart är du på väg, med dina egna ord?",
            "Vem gör vad, och när är det klart?",
            "Är du trygg? Har något nytt hänt?",
            "Får vi höra av oss också efter ett år?",
        ),
        ("Omdömen om personen.", "Mer om andra än vad planen kräver."),
    ),
)
SECRECY = Secrecy(
    "2026-1",
    "Det jag läser här får jag bara använda i det här arbetet. Jag berättar inget för någon som inte behöver det, inte"
    " hemma och inte efter att jag slutat. Jag öppnar bara det jag behöver, och vet att varje öppning står i loggen."
    " Jag försöker aldrig ta reda på vem som skrivit. Står någon jag känner här säger jag till och lämnar det till en"
    " kollega. Hotas eller mutas jag säger jag till min chef samma dag.",
)


def read_help(table: Table) -> tuple[Help, ...]:
    """Read the stages' help from the table `casework`; what is left out keeps its default."""
    if not table.has("help"):
        return HELP
    own = [_help(one) for one in table.tables("help")]
    if len({one.stage for one in own}) < len(own):
        table.fault("help", "two are for the same stage")
    named = {one.stage: one for one in own}
    return tuple(named.get(one.stage, one) for one in HELP)


def _help(table: Table) -> Help:
    if not table.has("stage"):
        table.fault("stage", "must be a whole number from 1 to 6")
    found = Help(table.number("stage", 1, 1, 6), table.text("purpose"), table.texts("ask"), table.texts("never"))
    if any(len(one) > LONGEST for one in (found.purpose, *found.ask, *found.never)):
        table.fault("", f"each text must be {LONGEST} characters at most")
    table.done()
    return found


def read_secrecy(table: Table | None) -> Secrecy:
    """Read the words about secrecy; what is left out keeps its default, but new words need a version of their own."""
    if table is None:
        return SECRECY
    version, text = table.text("version"), table.text("text")
    if len(text) > LONGEST or len(version) > 40:
        table.fault("text", f"must be {LONGEST} characters at most, and version 40")
    found = Secrecy(version, text, table.number("months", 12, 1, 24), table.text("confirmed", required=False))
    table.done()
    return found
