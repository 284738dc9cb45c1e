"""The words of dealings with other agencies."""

from collections.abc import Mapping
from datetime import date, datetime

from programme.agencies import Agencies
from programme.hours import ZONE
from staff.agencies.rules import Basis
from staff.words import MONTHS

INFORMATION: Mapping[str, str] = {
    "identity": "Vem personen är",
    "contact": "Hur personen nås tryggt",
    "needs": "Behov och vad personen vill",
    "plan": "Plan, insatser och uppföljning",
    "safety": "Trygghet",
}
HOW_GIVEN: Mapping[str, str] = {"signed": "Underskrivet", "spoken": "Muntligt", "written": "Skriftligt i tråden"}
STATUS: Mapping[str, str] = {
    "asked": "Tillfrågad",
    "accepted": "Mottaget",
    "declined": "Avböjt",
    "done": "Klart",
    "taken_back": "Taget tillbaka",
    "expired": "Tiden är ute",
    "withdrawn": "Ja:et är taget tillbaka",
}
SAID: Mapping[str, str] = {
    "accepted": "tog emot",
    "declined": "avböjde",
    "reply": "svarade",
    "need_done": "svarade på det som behövdes",
    "done": "markerade som klart",
    "taken_back": "tog tillbaka",
}
TELLS: Mapping[str, str] = {"yes": "Ja", "no": "Nej"}
TRANSFER: Mapping[str, str] = {
    "": "Tillfrågad",
    "accepted": "Tar över",
    "declined": "Avböjde",
    "taken_back": "Taget tillbaka",
}
REFUSED: Mapping[str, str] = {
    "coordinator": "Bara samordnare lämnar ut något.",
    "agency": "Välj en mottagare ur listan.",
    "person": "Välj en namngiven person hos mottagaren.",
    "one_receiver": "Ett ja gäller en enda mottagare. Skriv ett ja för var och en.",
    "one_agency": "Alla mottagare måste höra till samma myndighet.",
    "purpose": "Skriv ändamålet: vad mottagaren ska göra.",
    "information": "Välj vilken sorts uppgifter det gäller.",
    "blanket": "Ett ja kan inte gälla allt. Välj det som mottagaren behöver.",
    "until": "Välj en sista dag, i dag eller senare.",
    "until_long": "Sista dagen ligger för långt fram.",
    "until_waiver": "Sista dagen ligger efter den dag som personen har sagt ja till.",
    "wording": "Välj den lydelse och det språk som personen fick.",
    "how": "Välj hur personen sa ja.",
    "test": "Skriv vad du prövade och vad du kom fram till.",
    "reason": "Skriv en anledning.",
    "entries": "Välj minst en uppgift. Något kan ha ändrats: se listan igen.",
    "unopened": "En förfrågan går inte att öppna med din nyckel. Välj bort den.",
    "protected": "Det en anhörig skrivit är skyddat. Pröva det först, med en anledning.",
    "basis": "Välj ett ja eller en laglig grund: ett av dem.",
    "order": "Det som två har skrivit under gäller en annan mottagare eller ett annat ärende.",
    "late": "Tiden för de två underskrifterna är ute.",
    "unsigned": "Ingen andra har skrivit under än.",
    "waiver": "Det ja:et gäller inte längre.",
    "waiver_receiver": "Det ja:et gäller en annan mottagare.",
    "waiver_information": "Något av det valda är en sorts uppgift som personen inte har sagt ja till.",
    "ground": "Den lagliga grunden gäller inte den mottagaren.",
    "police": "Polisen får aldrig förfrågningar, tråden eller anteckningar från steg 1 till 3.",
    "social": "Till personakten går det bara att lämna till socialtjänsten.",
    "question": "Välj en fråga ur listan. Egna ord kan berätta något.",
    "town": "Välj en annan kommun som har samordnare här.",
    "said_yes": "Personen måste ha sagt ja först.",
    "transfer_asked": "En annan kommun är redan tillfrågad.",
    "decision": "Välj ett beslut.",
    "left_out": "Skriv vad som utelämnades.",
    "long": "Texten är för lång.",
    "empty": "Skriv något först.",
    "over": "Det är avslutat.",
    "already": "Det är redan gjort.",
    "not_accepted": "Ta emot det först.",
    "not_offered": "Det går inte här.",
    "busy": "Flera skrev samtidigt. Försök igen.",
    "role": "Din roll får inte göra det.",
    "reader": "Välj ett ärende som du får läsa.",
    "gone": "Det finns inte längre.",
}


def refusal(reason: str) -> str:
    """Say why something was refused, and that nothing was lost."""
    return f"{REFUSED.get(reason, REFUSED['busy'])} Inget ändrades."


def in_words(known: Mapping[str, str], code: str) -> str:
    """Give the word for a code, or the code itself."""
    return known.get(code, code)


def calendar_day(day: date) -> str:
    """Write a day: 22 nov 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def day_and_time(when: datetime) -> str:
    """Write a moment in Swedish time: 22 nov 2026 10.12."""
    local = when.astimezone(ZONE)
    return f"{calendar_day(local.date())} {local:%H.%M}"


def basis_in_words(settings: Agencies, basis: Basis) -> str:
    """Say on what something is let out, for the receiver: a yes, or the rule of law."""
    if basis.waiver:
        return "Personen har sagt ja till just det här."
    if basis.order:
        return "Två har tillsammans beslutat om just det här."
    ground = settings.ground(basis.ground)
    return f"{ground.title}: {ground.law}" if ground else ""
