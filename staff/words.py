"""The words of the staff pages for the codes in submissions and entries; a code that is not known is shown as it is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from flask_babel import gettext

from programme import LANGUAGES
from programme.hours import ZONE, Hours
from staff.inbox.intake import Ending
from staff.inbox.shown import typed, visible

LATE = timedelta(hours=2)  # office time; unread for longer stands out
LONG_AGO = timedelta(days=21)
MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
DAYS = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")

WORDS: Mapping[str, Mapping[str, str]] = {
    "level": {"2": "Fara nu", "1": "Snart", "0": "Vanlig"},
    "form": {"me": "För egen del", "other": "För någon annan"},
    "urgency": {
        "now": "ja, nu",
        "us": "ja, jag eller någon hemma",
        "them": "ja, den jag tänker på",
        "soon": "kanske snart",
        "no": "nej",
        "unsure": "vet inte",
    },
    "relation": {
        "parent": "Förälder",
        "sibling": "Syskon",
        "partner": "Partner",
        "friend": "Vän",
        "other": "Någon annan",
        "unsaid": "Säger inte vem",
    },
    "aware": {"yes": "personen vet", "no": "personen vet inte", "unsure": "oklart om personen vet"},
    "age": {"under18": "under 18", "adult": "18 eller mer", "unsaid": "vill inte säga", "unknown": "vet inte"},
    "answer_by": {"code": "Kod", "call": "Ring", "sms": "Sms", "code_and_call": "Kod och samtal"},
    "need": {
        "safety": "vara trygg",
        "shelter": "någonstans att sova",
        "debt": "hjälp med en skuld",
        "drugs": "sluta med droger",
        "work": "jobb eller skola",
        "family": "att någon i familjen är trygg",
        "talk": "bara prata",
        "advice": "råd",
        "support_me": "stöd till sig själv",
        "home_safe": "att någon hemma är trygg",
        "know_help": "veta vilken hjälp som finns",
        "help_ask": "hjälpa någon att be om hjälp själv",
        "unsure": "vet inte",
    },
    "own_safety": {
        "threatened": "Någon hotar mig eller min familj",
        "afraid_home": "Rädd hemma",
        "need_talk": "Behöver prata med någon",
        "coping": "Klarar sig",
        "unsure": "Vet inte",
    },
    "avoid": {
        "others_see_phone": "Andra kan se mobilen",
        "no_hidden_number": "Svarar inte på dolt nummer",
        "may_leave_message": "Kort meddelande får lämnas",
    },
    "language": {"interpreter": "tolk önskas", "page": "sidans språk", "other": "annat"},
    "page": {tag: one.swedish for tag, one in LANGUAGES.items()},
    "problem": {
        "not_mine": "Öppnas inte med din nyckel",
        "unreadable": "Kunde inte läsas",
        "corrupt": "Skadad: går inte att öppna",
        "forged": "Nyckeln är inte given av någon i teamet",
        "fault": "Gick inte att visa",
    },
    "flag": {
        "damaged": "Ändrad på vägen",
        "lost": "Okänd ort utanpå",
        "town": "Annan ort inuti än utanpå",
    },
    "thread": {
        "erase": "Vill att vi tar bort det som skrivits",
        "again": "Har skrivit igen",
        "unsent": "Svar kvar att skicka",
        "unfetched": "Svar inte hämtat på 7 dagar",
        "false": "Säger sig höra till en tråd, men det stämmer inte",
        "unknown": "Hör till en tråd som inte syns här",
    },
    "standing": {
        "unsent": "kvar att skicka",
        "sent": "på väg",
        "full": "kvar att skicka: fyra svar väntar redan",
        "lost": "finns inte kvar att skicka: skriv det igen",
        "lies": "väntar i brevlådan sedan",
        "removed": "hämtat och borttaget av personen, sett",
        "expired": "borta efter sin tid, sett",
        "replaced": "ersatt av ett nyare",
    },
    "view": {
        "all": "Alla",
        "danger": "Fara",
        "relatives": "Anhöriga",
        "under18": "Under 18",
        "free": "Ej tagna",
        "mine": "Mina",
        "cannot": "Kan inte besvaras",
        "tied": "I ärenden",
        "closed": "Går inte att läsa",
        "aside": "Undanlagda",
    },
    "set_aside": {
        "elsewhere": "Hör inte hit",
        "profession": "Från någon i jobbet (hänvisad till telefon)",
        "press": "Journalist eller forskare",
        "duplicate": "Finns redan",
        "test": "Prov eller misstag",
        "hostile": "Hot eller skräp",
        "empty": "Inget att gå på",
        "other": "Annat",
    },
    "cannot_answer": {
        "no_way": "Ingen väg till personen",
        "wrong_number": "Numret går inte fram",
        "no_answer": "Svarar inte",
        "unsafe": "Inte tryggt att höra av sig",
        "other": "Annat",
    },
    "entry": {
        "opened": "öppnade",
        "taken": "tog det",
        "undone": "ångrade sig",
        "handed_back": "lämnade tillbaka det",
        "lowered": "sänkte till",
        "raised": "höjde till",
        "set_aside": "lade undan",
        "put_back": "tog fram igen",
        "cannot_answer": "markerade: kan inte besvaras",
        "can_answer": "markerade: kan besvaras igen",
        "new_version": "öppnade en ny version",
        "follow_up": "öppnade ett nytt meddelande i tråden",
        "replied": "skrev svar",
        "delivered": "såg i brevlådan: svar",
        "fetched": "såg att personen öppnat svar",
        "gone": "såg borta ur brevlådan: svar",
        "case_linked": "gjorde den till en del av ett ärende",
        "case_unlinked": "tog bort den ur ärendet",
        "restricted": "ändrade vilka som får läsa",
        "forged": "Ogiltig underskrift: någon har skrivit i en annans namn",
        "unreadable": "En händelse går inte att läsa",
    },
    "field": {
        "urgency": "Fara just nu",
        "need": "Behöver mest",
        "message": "Text",
        "answer_by": "Svar",
        "contact": "Nummer",
        "municipality": "Ort",
        "when": "När",
        "avoid": "Akta",
        "avoid_more": "Akta också",
        "code_word": "Ord",
        "call_name": "Kallas",
        "language": "Språk",
        "language_other": "Annat språk",
        "age": "Ålder",
        "own_safety": "Egen trygghet",
        "relation": "Skriver som",
        "aware": "Vet om det",
        "erase": "Vill ta bort",
    },
    "erase": {"yes": "Vill att vi tar bort det som skrivits"},
}


def _(message: str, **values: object) -> str:
    """Translate a message; Flask-Babel gives no type for what it returns."""
    return str(gettext(message, **values))


def word(kind: str, code: object) -> str:
    """Give the word for a code, or the code itself."""
    known = WORDS[kind].get(str(code))
    return _(known) if known else str(code)


def choices(kind: str) -> list[tuple[str, str]]:
    """List codes with their words, as for a choice."""
    return [(code, _(text)) for code, text in WORDS[kind].items()]


def waited(sent: int, now: datetime) -> str:
    """Say how long somebody has waited: minutes and hours today, then the day and time."""
    since = datetime.fromtimestamp(sent, UTC).astimezone(ZONE)
    minutes = int((now - since).total_seconds()) // 60
    if minutes < 1:
        return _("nyss")
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    if since.date() == now.astimezone(ZONE).date():
        rest = f" {minutes % 60} min" if minutes % 60 else ""
        return _("%(n)s tim", n=minutes // 60) + rest
    return moment(since, now)


def clock(when: datetime) -> str:
    """Write the time of day in Swedish."""
    return f"{when.astimezone(ZONE):%H.%M}"


def moment(when: datetime, now: datetime) -> str:
    """Write a time in Swedish: today, yesterday, or the day."""
    local, today = when.astimezone(ZONE), now.astimezone(ZONE).date()
    days = (today - local.date()).days
    if days == 0:
        return _("i dag %(clock)s", clock=clock(when))
    if days == 1:
        return _("i går %(clock)s", clock=clock(when))
    year = f" {local.year}" if local.year != today.year else ""
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}{year} {clock(when)}"


def day(number: int, now: datetime) -> str:
    """Write a day given as days since 1970: what is known of the time when the inside cannot be read.

    Such days are counted by UTC where they are written, so "i dag" is UTC's here: else what was left just after
    midnight in Sweden would be of yesterday at once.
    """
    that = day_of(number)
    days = (now.astimezone(UTC).date() - that).days
    return {0: _("i dag"), 1: _("i går")}.get(days, f"{DAYS[that.weekday()]} {that.day} {MONTHS[that.month - 1]}")


def day_of(number: int) -> date:
    """Give the day that is counted since 1970, or the nearest one that a calendar here has."""
    return date(1970, 1, 1) + timedelta(days=min(max(number, 0), 60_000))


def ago(when: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    minutes = int((now - when).total_seconds()) // 60
    if minutes < 1:
        return _("nyss")
    return _("för %(n)s min sedan", n=minutes) if minutes < 60 else moment(when, now)


def is_late(sent: int, now: datetime, hours: Hours) -> bool:
    """Tell whether more than two office hours have passed."""
    return _late(sent, int(now.timestamp()) // 60, hours)


def _late(sent: int, minute: int, hours: Hours) -> bool:
    start, end = datetime.fromtimestamp(sent, UTC), datetime.fromtimestamp(minute * 60, UTC)
    return end - start > LONG_AGO or hours.office_time(start, end) > LATE


def roster_warning(days: int) -> str | None:
    """Say that the list of recipients runs out: from thirty days before, more plainly from seven and from one."""
    if days < 0:
        return _("Mottagarlistan har gått ut: inget nytt kan skickas. Säg till den som sköter nycklarna i dag.")
    if days <= 1:
        return _("Mottagarlistan går ut nu. Säg till den som sköter nycklarna i dag.")
    if days <= 7:
        return _("Mottagarlistan går ut om %(n)s dagar. Säg till den som sköter nycklarna.", n=days)
    return _("Mottagarlistan går ut om %(n)s dagar.", n=days) if days <= 30 else None


def intake_warning(ending: Ending | None) -> str | None:
    """Say that a key is soon destroyed for good, and what nobody can read after that."""
    if ending is None:
        return None
    if not ending.unopened:
        return _("Din förra intagsnyckel förstörs om %(n)s dagar. Inget oöppnat är äldre än bytet.", n=ending.days)
    return _(
        "Din förra intagsnyckel förstörs om %(n)s dagar. %(count)s oöppnade är äldre än nyckelbytet och går sedan inte"
        " att läsa. Öppna dem innan dess.",
        n=ending.days,
        count=ending.unopened,
    )


def lost_warning(names: Sequence[str], me: str) -> str | None:
    """Say whose key is gone that requests are sealed to, to themselves and to their leads."""
    if not names:
        return None
    if list(names) == [me]:
        return _(
            "Din intagsnyckel saknas: det som skickas nu kan du inte öppna. Säg till den som sköter nycklarna i dag, "
            "en ny lista ska skrivas under."
        )
    return _(
        "Intagsnyckel saknas: %(who)s kan inte öppna det som skickas nu. Be dem logga in, och låt skriva under en ny "
        "lista i dag.",
        who=", ".join(names),
    )


def register(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.globals.update(word=word, choices=choices)
    app.jinja_env.filters.update(visible=visible, typed=typed)
