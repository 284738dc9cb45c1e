"""What the commands of backups say, in Swedish: on the screen, and in the protocol for the binder."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from command.ceremony.protocol import LINE, WITNESSES

if TYPE_CHECKING:
    from staff.backup.putting import Put

REFUSALS = {
    "key": "UTVAG_STAFF_BACKUP_KEY saknas. Gör nyckeln med `utvag keys backup`, där rotnyckeln finns.",
    "deaddrop": "Det är en död brevlåda. Den kopieras aldrig: en kopia behåller det som hämtningen utplånar.",
    "nothing": "Det finns inga ärenden där: UTVAG_STAFF_CASEBOOK pekar på något annat än en ärendedatabas.",
    "gone": "Databasen finns inte eller svarar inte ({more}).",
    "program": "{more} finns inte på maskinen. Installera Debians postgresql-client.",
    "copy": "Databasen gick inte att kopiera ({more}). Ingen kopia gjordes.",
    "folder": "Mappen går inte att använda: {more}",
    "twice": "En annan kopiering pågår i {more}. Vänta tills den är klar.",
    "write": "Det gick inte att skriva {more}. Inget ofärdigt står kvar.",
    "norecord": "Filen över det gallrade saknas. Lägg dit den nyaste, eller ge den med --erased. "
    "Finns ingen alls: skriv varför med --older-because.",
    "shrunk": "Filen över det gallrade är kortare än sin kopia {more}, fast den bara växer. Något har klippt i den: "
    "lägg tillbaka den nyaste kopian. Är filen rätt: flytta undan de längre kopiorna.",
    "tworecords": "Filen som står där och den som gavs med --erased hör inte ihop: ingen av dem fortsätter den andra. "
    "Ta reda på vilken som är den rätta.",
    "oldrecord": "Filen över det gallrade är äldre än kopian, eller en annans. Med den kommer gallrat tillbaka. "
    "Ta den nyaste. Finns ingen nyare: skriv varför med --older-because.",
    "foreign": "Det är ingen säkerhetskopia av Utväg ({more}).",
    "torn": "Kopian är avbruten eller ändrad ({more}). Ta en annan.",
    "forged": "Kopian är hel, men inte gjord av den här appen: pepparn är en annan. Ta reda på vem som gjort den.",
    "unread": "Filen går inte att läsa: {more}",
    "otherkey": "Kopian är förseglad till en annan nyckel, {more}. Ta den nyckelfilen.",
    "expired": "Kopian fick återställas till och med {more}. Det som gallrats sedan dess skulle ha varit borta. "
    "Måste den ändå användas: skriv varför med --expired-because.",
    "tocome": "Kopian är från {more}, en dag som inte har varit. Ställ klockan.",
    "kind": "Den kopian ({more}) går inte att lägga där: ärenden ur SQLite i en fil, ur PostgreSQL i en tom databas.",
    "used": "Där står redan något: {more}. Stoppa appen och flytta undan det först.",
    "load": "Databasen tog inte emot kopian ({more}). Den är lika tom som förut.",
    "counts": "Kopian har ett annat antal rader i {more} än när den gjordes. Ta en annan.",
    "pages": "Databasen i kopian är skadad ({more}). Ta en annan.",
    "newer": "Kopian är gjord av en nyare version av Utväg. Installera den först.",
}


def refusal(reason: str, more: str, after: str = "") -> str:
    """Say why nothing was done, and `after` that."""
    return f"{REFUSALS[reason].format(more=more or 'okänt')} {after}".strip()


def size(number: int) -> str:
    """Give a size as people say it."""
    return f"{number / 2**20:.1f} MB".replace(".", ",") if number >= 2**20 else f"{-(-number // 1024)} kB"


def found(done: Put) -> list[str]:
    """Tell what was put back and what was found on the way."""
    head, inside = done.head, done.inside
    rows = sum(inside.counts.values())
    moved = "" if done.revision == inside.revision else f", förda fram till {done.revision}"
    return [
        f"Kopia från: {head.day} (får återställas till och med {head.expires})",
        f"Gjord av: {'den här appen' if done.proven else 'ej prövat, pepparn gavs inte'} (version {head.version})",
        f"Innehåll: {rows} rader i {len(inside.counts)} tabeller, tabellerna av version {inside.revision}{moved}",
        f"Gallrat igen: {done.again}, efter filen om det gallrade{_until(done.newest)}",
        _chain(done),
    ]


def _until(newest: date | None) -> str:
    return f", senast skriven {newest}" if newest else ", utan dag"


def _chain(done: Put) -> str:
    if done.broken:
        return f"Loggens kedja: INTE HEL vid rad {done.broken}. Rör inget mer. Ring den som ansvarar för programmet."
    return f"Loggens kedja: hel, slutar vid {done.inside.audit}" if done.inside.audit else "Loggens kedja: tom"


def protocol(done: Put, day: date, name: str, key: str) -> str:
    """Write the protocol of a rehearsal, to be signed by hand."""
    return "\n".join(
        [
            "Protokoll: repetition av återställning",
            "",
            f"Dag: {day}",
            f"Fil: {name}",
            f"Nyckelns kännetecken: {key}",
            *found(done),
            "Databasen öppnades, varje sida och varje rad räknades. Efteråt förstördes den. Inga ärenden rördes.",
            "",
            "Hur lång tid det tog, från larm till inloggad:",
            "",
            LINE,
            "",
            *WITNESSES,
        ]
    )
