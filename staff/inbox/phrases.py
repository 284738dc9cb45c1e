"""Ready phrases for replies, in the languages of the public pages; whoever sends one reads it first."""

from collections.abc import Mapping

OTHERWISE = "en"

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

PHRASES: Mapping[str, Mapping[str, str]] = {
    "sv": {
        "read": "Hej. Tack för att du skrev. Jag har läst det. Vi tar det i din takt.",
        "call": "Vill du att vi ringer? Skriv en tid och ett nummer här. Vi säger ditt ord först.",
        "meet": "Vi kan ses, eller bara höras. Du väljer. Skriv när det passar.",
        "valid": "Det här gäller just nu: \nAllt som stod i äldre svar gäller inte längre.",
        "time": "Vi behöver lite mer tid. Du får svar här senast ",
        "danger": "Är du i fara nu? Ring 112.",
        "elsewhere": "Det här kan vi tyvärr inte hjälpa dig med. Den som kan är ",
        "erased": "Du bad oss ta bort det du har skrivit. Det är gjort.",
        "kept": "Du bad oss ta bort det du har skrivit. Vi måste spara det. Regeln heter … och det sparas till …",
    },
    "en": {
        "read": "Hi. Thank you for writing. I have read it. We go at your pace.",
        "call": "Do you want us to call? Write a time and a number here. We say your word first.",
        "meet": "We can meet, or just talk. You choose. Write when it suits you.",
        "valid": "This is what is agreed right now: \nNothing in older answers applies any more.",
        "time": "We need a little more time. You get an answer here no later than ",
        "danger": "Are you in danger now? Call 112.",
        "elsewhere": "We are sorry, but we cannot help you with this. The one who can is ",
        "erased": "You asked us to remove what you have written. It is done.",
        "kept": "You asked us to remove what you have written. We must keep it. The rule is … and it is kept until …",
    },
}


def phrases(language: str) -> list[tuple[str, str, str]]:
    """List (name, label, words) in a page's language, else in English."""
    words = PHRASES[language if language in PHRASES else OTHERWISE]
    return [(name, label, words[name]) for name, label in LABELS.items()]


def phrase(language: str, name: str) -> str:
    """Give one phrase; "" if there is none of that name."""
    return PHRASES[language if language in PHRASES else OTHERWISE].get(name, "")


# Sent as it stands to each of many who wrote what does not belong here; nobody reads it through first.
NOT_OURS: Mapping[str, str] = {
    "sv": "Tack för att du skrev. Det här kan vi tyvärr inte hjälpa till med. Är du i fara nu? Ring 112.",
    "en": "Thank you for writing. We are sorry, but we cannot help with this. Are you in danger now? Call 112.",
}


def not_ours(language: str) -> str:
    """Give the ready reply to what does not belong here, in a page's language, else in English."""
    return NOT_OURS.get(language, NOT_OURS[OTHERWISE])
