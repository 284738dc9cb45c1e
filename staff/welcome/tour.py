"""The tour's steps for each role: what the page is for, in the order in which a day meets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from crypto.opening.members import AUDITOR, COORDINATOR, LEAD
from staff.words import _


@dataclass(frozen=True)
class Step:
    """Hold one step: its heading, two or three sentences, and where it is (an endpoint, or nothing)."""

    title: str
    text: str
    at: str = ""

    @property
    def url(self) -> str:
        """Give the address of the page that the step tells of."""
        return url_for(self.at) if self.at else ""


LOCK = Step(
    "Lås när du reser dig",
    "Tryck l, eller Lås i menyn. Efter en kvart utan att du rört något låses det av sig självt. Det du skriver finns"
    " kvar när du kommer tillbaka.",
)
LOG = Step(
    "Allt du öppnar syns",
    "Varje öppning står i loggen med ditt namn. Öppna bara det du behöver. Den som har ärendet ser vilka som öppnat.",
)
MINE = Step(
    "Din nyckel",
    "Lägg in en passnyckel till, på en annan enhet. Då kommer du in även om du tappar den första.",
    "mine.show",
)
STEPS: Mapping[str, Sequence[Step]] = {
    COORDINATOR: (
        Step("I dag", "Här börjar dagen: det som inte kan vänta står överst, med varför.", "day.today"),
        Step(
            "Inkorgen",
            "Nya förfrågningar. Att läsa är inte att ta: tryck Jag tar det här när den är din. En förfrågan blir ett"
            " nytt ärende, läggs till i ett, eller läggs undan med en anledning.",
            "inbox.show",
        ),
        Step(
            "Ärenden",
            "Ett ärende har ett arbetsnamn. De sex stegen står överst och flyttas bara när du gör det. Kortet Trygg"
            " kontakt säger hur personen nås: läs det innan du ringer.",
            "day.cases",
        ),
        Step(
            "Överlämning", "Skriv till nästa pass, och läs vad som hänt sedan du var här. Bara arbetsnamn.", "day.shift"
        ),
        Step("Utan mus", "Allt går med tangenter: j och k stegar, enter öppnar, ? visar resten.", "pages.keys"),
        LOG,
        LOCK,
    ),
    LEAD: (
        Step(
            "Läget", "Hur mycket som väntar, och hos vem. Du ser inget innehåll utan en skriven anledning.", "lead.show"
        ),
        Step(
            "Medarbetare",
            "Här bjuder du in, och stänger av den som slutar. Två skriver alltid under. Du ser också vilka som inte har"
            " skrivit under om sekretess.",
            "people.show",
        ),
        Step("Två underskrifter", "Det farliga gör ingen ensam: det som väntar på dig står här.", "orders.show"),
        LOG,
        MINE,
        LOCK,
    ),
    AUDITOR: (
        Step("Loggen", "Vem som öppnat vad, och när. Du ser inte innehållet i något ärende.", "audit.show"),
        Step("Ovanligt", "Det som sticker ut: mycket läst på kort tid, eller på natten.", "oversight.show"),
        MINE,
        LOCK,
    ),
}
AGENCY = (
    Step(
        "Lämnat till dig",
        "Här står det som samordnarna lämnat till just dig: en fast kopia, för ett ändamål, till en dag. Du ser inget"
        " annat i ärendet.",
        "handed.show",
    ),
    Step("Behövs från dig", "Frågor till dig står bredvid kopian. Svara där, och skriv Gjort när det är gjort."),
    MINE,
    LOCK,
)


def steps(role: str) -> list[tuple[str, str, str]]:
    """Give a role's tour as (heading, text, address or nothing)."""
    return [(_(one.title), _(one.text), one.url) for one in STEPS.get(role, AGENCY)]
