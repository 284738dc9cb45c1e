"""The words of these pages."""

from collections.abc import Mapping

from staff.agencies.words import refusal as others
from staff.insiders import four, notices
from staff.insiders.watch import MUCH, NIGHT

ACTS: Mapping[str, str] = {
    four.EXPORT: "Föra ut en fil",
    four.ERASE: "Gallra före tiden",
    four.OVERRIDE: "Lämna över utan ja eller laglig grund",
}
FILES: Mapping[str, str] = {
    "archive": "filen till arkivet",
    "paper": "papper till personakten",
    "extract": "utdrag till personen",
}
STATUS: Mapping[str, str] = {
    four.ASKED: "väntar på en andra underskrift",
    four.SIGNED: "underskrivet av två",
    four.DECLINED: "nekat",
    four.WITHDRAWN: "taget tillbaka",
    four.USED: "använt",
    "late": "tiden är ute",
}
NOTICES: Mapping[str, str] = {
    notices.CONFLICT: "öppnade trots jäv",
    notices.HANDED: "är jävig och lämnar det här till dig",
    notices.GLASS: "läste ett ärende med skriven anledning",
    MUCH: "öppnade ovanligt mycket på kort tid",
    NIGHT: "läste på natten",
}
REFUSALS: Mapping[str, str] = {
    "reason": "Skriv varför, minst åtta och högst 500 tecken.",
    "alone": "Ingen mer här får skriva under. Programmet behöver en chef till, eller en ersättare i listan.",
    "same": "Den som bad om det får inte själv skriva under.",
    "role": "Det får bara chefer, och den som är utsedd att ersätta en chef.",
    "late": "Tiden är ute: en begäran gäller i sju dagar. Be på nytt.",
    "already": "Det är redan avgjort.",
    "unsigned": "Ingen andra har skrivit under än, eller den som gjorde det får det inte längre.",
    "number": "Skriv beslutets nummer.",
    "receiver": "Välj vem det ska lämnas till.",
    "short": "En rad är för kort. Skriv minst tre bokstäver, eller sju siffror i ett nummer. Det du skrev finns kvar.",
    "long": "Listan är för lång: högst 200 rader om 200 tecken. Det du skrev finns kvar.",
    "meanwhile": "Listan ändrades i ett annat fönster. Läs den igen. Det du skrev finns kvar.",
    "nobody": "Välj en kollega som får läsa det.",
    "gone": "Det finns inte längre.",
    "held": "En kollega har stoppat gallringen.",
    "changed": "Någon skrev i det samtidigt. Se efter igen.",
    "copies": "Ett överlämnande ur ärendet går inte att öppna med din nyckel. Be en kollega.",
    "record": "Det gick inte att skriva ned vad som gallras. Säg till den som sköter driften.",
    "protected": "En anhörigs uppgifter är inte prövade. Pröva dem först, i ärendet.",
    "other_file": "Filen är inte längre den som ni skrev under: ärendet har ändrats. Ta tillbaka, och be på nytt.",
    "broken": "Allt i ärendet går inte att läsa med din nyckel. Ingen fil gjordes.",
    "paper": "Filen gick inte att göra. Säg till den som sköter driften.",
    "busy": "Flera skrev samtidigt. Försök igen.",
    "working": "Skriv ett arbetsnamn.",
}


def refusal(reason: str) -> str:
    """Say why something was refused, and that nothing changed."""
    return f"{REFUSALS[reason]} Inget ändrades." if reason in REFUSALS else others(reason)


def file_word(what: str) -> str:
    """Say which file an order is about: `what` is its kind and, after a colon, its id."""
    return FILES.get(what.partition(":")[0], "")
