"""Why a form comes back, and what the page says then."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for "translate later"
    """Mark a text for the catalogue without translating it yet."""
    return message


class Reason(StrEnum):
    """What stopped a form; the value stands in a draft, and in the address only if the browser refuses cookies."""

    EMPTY = "empty"
    NUMBER = "number"
    TOWN = "town"
    LONG = "long"
    OLD = "old"
    DOWN = "down"
    BUSY = "busy"


@dataclass(frozen=True)
class Fault:
    """One sentence of the summary and the field that it leads to, where the same words stand."""

    field: str
    words: str


class Note(StrEnum):
    """What the page of the code says above all else; the value stands on the desk, or in the address if it is BARE."""

    WRONG = "wrong"
    COOKIE = "cookie"
    FULL = "full"
    BUSY = "busy"
    OLD = "old"
    AGAIN = "again"
    EMPTY = "empty"
    TOWN = "town"
    LONG = "long"
    DOWN = "down"
    SENT = "sent"
    ASKED = "asked"
    REMOVED = "removed"


# What may stand in an address: nobody can send another person a link that says "it got through".
BARE = frozenset({Note.WRONG, Note.COOKIE, Note.FULL})

NOTES = {
    Note.WRONG: N_("Någon siffra är fel. Kolla koden och prova igen."),
    Note.COOKIE: N_("Mobilen tar inte emot kakor. Då kan vi inte visa svaret. Slå på kakor, eller ring %(phone)s."),
    Note.FULL: N_("Många är här just nu, och vi kunde inte visa svaret. Vänta en minut och prova igen."),
    Note.BUSY: N_("Många är här just nu. Vänta en minut och prova igen, eller ring %(phone)s."),
    Note.OLD: N_("Sidan blev för gammal. Prova igen."),
    Note.AGAIN: N_("Det har gått en stund. Skriv koden igen. Har du skrivit något finns det kvar."),
    Note.EMPTY: N_("Skriv en rad. Sen kan du skicka."),
    Note.TOWN: N_("Den du valde läser inte här längre. Välj vem som ska läsa, och skicka igen. Inget är borta."),
    Note.LONG: N_("Texten är för lång. Ta bort ungefär %(over)s tecken. Inget är borta."),
    Note.DOWN: N_("Det gick inte just nu. Försök igen, eller ring %(phone)s."),
    Note.SENT: N_("Tack. Det kom fram. Svaret kommer hit."),
    Note.ASKED: N_("Vi har fått det du ber om. Vi läser det och svarar dig här."),
    Note.REMOVED: N_("Svaret är borta härifrån."),
}

FAULTS = {
    Reason.EMPTY: Fault("message", N_("Skriv en rad eller kryssa i något. Sen kan du skicka.")),
    Reason.NUMBER: Fault("contact", N_("Skriv ett nummer, eller välj något annat än att vi ringer.")),
    Reason.TOWN: Fault(
        "municipality",
        N_("Den du valde läser inte här längre. Välj vem som ska läsa, och skicka igen. Inget är borta."),
    ),
    Reason.LONG: Fault("message", N_("Texten är för lång. Ta bort ungefär %(over)s tecken. Inget är borta.")),
    Reason.OLD: Fault("send", N_("Sidan blev för gammal. Allt du skrev finns kvar. Tryck Skicka igen.")),
    Reason.DOWN: Fault("send", N_("Det gick inte fram. Texten finns kvar här. Försök igen, eller ring %(phone)s.")),
    Reason.BUSY: Fault(
        "send", N_("Många skriver just nu. Texten finns kvar. Vänta en minut och tryck igen, eller ring %(phone)s.")
    ),
}

NUMBER_OR_CODE = N_("Skriv ett nummer, eller välj att få en kod.")

# For a browser that refuses cookies, or when the desk is full: nothing could be kept, and the page must not say it was.
LOST = {
    Reason.EMPTY: Fault("message", N_("Skriv en rad eller kryssa i något. Sen kan du skicka.")),
    Reason.NUMBER: Fault("contact", N_("Det gick inte fram. Skriv ett nummer, så kan vi ringa.")),
    Reason.TOWN: Fault(
        "municipality",
        N_("Det gick inte fram. Den du valde läser inte här längre, och vi kunde inte spara texten. Skriv igen."),
    ),
    Reason.LONG: Fault(
        "message", N_("Det gick inte fram. Texten var för lång, och vi kunde inte spara den. Skriv kortare.")
    ),
    Reason.OLD: Fault(
        "send", N_("Det gick inte fram, och vi kunde inte spara texten. Skriv igen, eller ring %(phone)s.")
    ),
    Reason.DOWN: Fault(
        "send", N_("Det gick inte fram, och vi kunde inte spara texten. Skriv igen, eller ring %(phone)s.")
    ),
    Reason.BUSY: Fault(
        "send", N_("Många skriver just nu. Det gick inte fram. Vänta en minut och skriv igen, eller ring %(phone)s.")
    ),
}
