"""The words of the pages of erasure."""

from programme.erasure import ARCHIVE, ERASE, KEEP

CLASSES = {
    "case": "Avslutade ärenden",
    "aside": "Undanlagda förfrågningar",
    "request": "Förfrågningar utan ärende",
    "handover": "Överlämnanden",
    "transfer": "Ärenden till eller från en annan kommun",
}
STARTS = {
    "closed": "efter avslut",
    "changed": "efter senaste ändringen",
    "received": "efter att det senaste kom in",
    "ended": "efter att överlämnandet tog slut",
    "answered": "efter svaret",
    "offered": "efter att det erbjöds",
}
ACTS = {ERASE: "gallras", ARCHIVE: "arkiveras som fil, sedan gallras", KEEP: "behålls"}
REFUSALS = {
    "reason": "Skriv varför det ska stå kvar, högst 400 tecken. Inget ändrades.",
    "until": "Skriv till och med vilken dag, högst tio år fram. Inget ändrades.",
    "gone": "Det finns inte längre. Inget ändrades.",
    "nothing": "Inget av det valda kan gallras nu: det är stoppat, eller arkivfilen är inte hämtad sedan något skrevs.",
    "held": "En kollega stoppade gallringen av något du valt. Inget gallrades.",
    "changed": "Någon skrev i det samtidigt. Inget gallrades. Se efter igen.",
    "copies": "Ett överlämnande ur ärendet går inte att öppna med din nyckel. Inget gallrades. Be en kollega.",
    "record": "Det gick inte att skriva ned vad som gallras. Inget gallrades. Säg till den som sköter driften.",
    "protected": "En anhörigs uppgifter i ärendet är inte prövade. Pröva dem först, i ärendet.",
    "broken": "Allt i ärendet går inte att läsa med din nyckel. Ingen fil gjordes.",
    "paper": "Filen gick inte att göra. Säg till den som sköter driften.",
    "busy": "Flera skrev samtidigt. Inget ändrades. Försök igen.",
    "role": "Det får bara samordnare göra.",
}


def word(known: dict[str, str], code: str) -> str:
    """Give the word for a code, or the code itself."""
    return known.get(code, code)
