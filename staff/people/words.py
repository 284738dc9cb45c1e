"""The words of the pages on people."""

from collections.abc import Mapping

from crypto.opening.members import AUDITOR, COORDINATOR, LEAD

PLACE = "people/invite"  # of the draft of an invitation

ROLES: Mapping[str, str] = {
    COORDINATOR: "samordnare",
    LEAD: "enhetschef",
    AUDITOR: "granskare",
    "case_officer": "handläggare",
    "police": "polis",
    "partner": "samverkanspart",
}
REFUSALS: Mapping[str, str] = {
    "name": "Skriv ett namn: högst 60 tecken. Ingen är inbjuden.",
    "role": "Välj en roll. Ingen är inbjuden.",
    "agency": "Välj vilken myndighet eller organisation personen kommer från. Ingen är inbjuden.",
    "taken": "Någon har redan det namnet, här eller i en annan kommun. Lägg till en initial. Ingen är inbjuden.",
    "invited": "Någon med det namnet är redan inbjuden. Ta tillbaka den inbjudan först, om den inte ska gälla.",
    "not_signed": "Din egen underskrift räknas inte förrän rotnyckeln har signerat dig. Be en annan enhetschef.",
    "changed": "Siffrorna är inte längre de som stod på sidan. Inget är underskrivet. Jämför dem igen.",
    "agreed": "Någon hann före: en första underskrift finns redan. Skriv under som den andra.",
    "same": "Du har redan skrivit under. Den andra underskriften måste vara någon annans.",
    "done": "Någon hann före: båda underskrifterna finns redan.",
    "epoch": "Registret har signerats på nytt sedan dess. Den första underskriften måste göras om.",
    "may_not": "Bara en enhetschef eller en utsedd ersättare skriver under som den andra.",
    "no_effect": "Underskrifterna skulle inte räknas: namnet eller nyckeln är upptagen. Inget är underskrivet.",
    "recover_may_not": "Det räcker inte: det ska vara två samordnare eller chefer i kommunen, en av dem chef, och "
    "aldrig den som ska läsa. Inget är underskrivet.",
    "no_need": "Det finns inte längre. Inget är underskrivet, och inget är taget tillbaka.",
    "late": "Tiden är ute. Be på nytt.",
    "own_role": "Din egen roll ändrar någon annan. Inget är underskrivet.",
    "other_role": "Den rollen kan nyckeln inte få. Låt personen sluta, och bjud in på nytt.",
    "self": "Byt dina egna koder under Din nyckel.",
    "busy": "Flera skrev samtidigt. Inget ändrades. Försök igen.",
}
