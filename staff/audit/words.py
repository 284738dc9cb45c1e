"""The words of the audit for its acts; an act that is not known here is shown as it is."""

from collections.abc import Mapping

from staff.words import _

ACTS: Mapping[str, str] = {
    "signed_in": "loggade in",
    "locked": "låste",
    "collected": "hämtade",
    "keyring": "fick nycklar",
    "intake_key": "fick en ny intagsnyckel",
    "first_opened": "öppnade för första gången",
    "opened": "öppnade",
    "wrote": "skrev i",
    "created": "skapade",
    "shared": "gav nyckeln till",
    "rekeyed": "bytte nyckel",
    "signed_out": "stängde av en nyckel",
    "listed": "såg vilka ärenden någon kunde läsa",
    "gave": "gav förfrågningar till",
    "laid_aside": "lade undan för egen del",
    "opened_name": "visade namnet",
    "shift": "läste till nästa pass",
    "counted": "räknade till siffrorna",
    "erasure": "öppnade för att gallra",
    "handed over": "lämnade över",
    "hand-over ended": "avslutade ett överlämnande",
    "waiver": "skrev eller tog tillbaka ett ja att dela",
    "asked": "ställde en fråga till en part",
    "duty": "skrev vad som är gjort för ett barn",
    "transfer": "frågade eller svarade en annan kommun",
    "extract": "gjorde ett utdrag till personen",
    "exported": "förde ut",
    "archived": "förde till arkivet",
    "prepared": "gjorde en fil som två ska skriva under",
    "erased": "gallrade",
    "read_audit": "läste loggen",
    "proved": "visade igen vem hen är",
    "secrecy_signed": "skrev under om sekretess",
    "passkey_added": "lade till en passnyckel",
    "passkey_removed": "tog bort en passnyckel",
    "passkey_back": "nekades: passnyckelns räknare gick baklänges, den kan vara kopierad",
    "codes_renewed": "bytte kodapp",
    "factors_gone": "började om med passnycklar och koder",
    "passphrase": "bytte lösenfras",
    "ended": "avslutade inloggningar för",
    "invited": "bjöd in",
    "renewed": "gav en kod för ny inloggning till",
    "agreed": "jämförde siffrorna och skrev under för",
    "seconded": "skrev under som den andra för",
    "asked_role": "skrev under för en annan roll åt",
    "withdrew": "tog tillbaka inbjudan av",
    "asked_anew": "bad om att ge tillbaka läsning till",
    "seconded_anew": "skrev under som den andra för att ge tillbaka läsning till",
    "dropped_anew": "tog tillbaka att ge tillbaka läsning till",
    "gave_anew": "gav tillbaka läsning, efter två underskrifter, till",
    "recovery_used": "använde återhämtningsnyckeln",
    "recovery_replaced": "gav allt vidare till den nya återhämtningsnyckeln",
    "conflict": "öppnade trots jäv",
    "conflicts": "ändrade sin jävslista",
    "left_to_other": "lämnade till en kollega, jävig",
    "tidied": "tog bort meddelanden om det som är gallrat",
    "recovery_dropped": "tog bort den utbytta återhämtningsnyckelns poster",
    "signed order": "skrev under som den andra",
    "refused order": "nekade eller tog tillbaka en begäran",
    "used order": "använde två underskrifter",
    "read_order": "läste en begäran om två underskrifter",
    "broke glass": "skrev en anledning för att läsa",
    "read after reason": "läste med skriven anledning",
    "seen": "såg ett meddelande",
}
FAULTS: Mapping[str, str] = {
    "missing": "rader saknas före den här",
    "changed": "raden, eller en före den, är ändrad",
    "end": "loggen slutar inte där den ska",
    "corrupt": "öppnas inte där den står",
    "forged": "fel underskrift",
    "other": "förseglad till annan granskare",
}


def act(code: str) -> str:
    """Give the word for an act, or the code itself."""
    return _(ACTS[code]) if code in ACTS else code


def fault(code: str) -> str:
    """Give the word for a fault."""
    return _(FAULTS[code])
