"""The words of the day's pages: groups, views, orders, next acts, and what happened, for the next shift."""

from collections.abc import Mapping
from datetime import date, datetime

from programme.hours import ZONE
from staff.words import DAYS, MONTHS, _

WORDS: Mapping[str, Mapping[str, str]] = {
    "group": {
        "danger": "Fara nu",
        "unread": "Olästa förfrågningar",
        "same_day": "Under 18: görs samma dag",
        "again": "Har skrivit igen",
        "window": "Går att nå nu",
        "free": "Lästa, ingen har tagit",
        "tasks": "Att göra i dag",
        "review": "Gå igenom igen",
        "follow_up": "Uppföljningar",
        "answered": "Svar på överlämning",
        "asked": "Frågor som väntar på svar",
        "unfetched": "Svar som inte nått fram",
        "waiting": "Väntar på någon annan",
        "aimless": "Utan nästa steg",
    },
    "show": {
        "open": "Öppna",
        "mine": "Mina",
        "danger": "Fara",
        "under18": "Under 18",
        "same_day": "Samma dag",
        "due": "Att göra",
        "waiting": "Väntar",
        "asked": "Frågor",
        "aimless": "Utan nästa steg",
        "flagged": "Flaggade",
        "free": "Ingen har det",
        "closed": "Avslutade",
        "all": "Alla",
    },
    "sort": {
        "urgent": "Mest brådskande",
        "changed": "Senast ändrade",
        "opened": "Senast öppnade",
        "waited": "Väntat längst",
        "stage": "Steg",
        "name": "Arbetsnamn",
        "holder": "Hos",
    },
    "stage": {
        "1": "Kontakt",
        "2": "Samtal",
        "3": "Bedömning",
        "4": "Kartläggning",
        "5": "Trygghet",
        "6": "Plan",
    },
    "act": {
        "same_day": "Skyddsbedöm, säg till socialtjänsten",
        "reach": "Nå personen nu",
        "question": "Svara på en fråga",
        "waiting": "Väntar på",
        "none": "Bestäm nästa steg",
        "read": "Läs",
        "answer": "Svara",
        "take": "Ta det",
        "left": "Se efter svaret",
        "erase": "Svara om att ta bort",
        "review": "Gå igenom igen",
        "follow_up": "Uppföljning",
        "contact": "Nå personen",
        "meeting": "Möte",
        "application": "Ansökan",
        "measure": "Insats",
        "task": "Uppgift",
    },
    "outcome": {
        "completed": "Klart",
        "own_wish": "Egen önskan",
        "moved": "Flyttat",
        "transferred": "Överlämnat till annan kommun",
        "lost_contact": "Tappad kontakt",
        "other_support": "Annat stöd",
        "died": "Avliden",
    },
    "since": {"unlock": "Sedan jag var här sist", "now": "Mitt pass nu", "day": "Sedan i går", "week": "En vecka"},
    "event": {
        "opened": "öppnade ärendet",
        "renamed": "bytte arbetsnamn",
        "taken": "bytte vem som har det",
        "helper": "ändrade vilka som delar på arbetet",
        "danger": "ändrade läget",
        "under18": "ändrade åldern",
        "same_day": "gjorde det som görs samma dag",
        "protected": "ändrade skyddet",
        "forward": "gick vidare till steg",
        "back": "gick tillbaka till steg",
        "close": "avslutade",
        "reopen": "öppnade igen",
        "linked": "länkade en förfrågan",
        "unlinked": "tog bort en länk",
        "tested": "prövade en anhörigs uppgifter",
        "contact": "skrev om trygg kontakt",
        "waiting": "väntar på",
        "waited": "väntar inte längre på någon",
        "form": "sparade ett formulär",
        "attempt": "försökte nå personen",
        "task": "planerade",
        "seeded": "planerade stegets uppgifter",
        "task_done": "gjorde klart",
        "task_undone": "öppnade en uppgift igen",
        "task_moved": "flyttade ett datum",
        "task_dropped": "strök en uppgift",
        "flag": "satte en flagga",
        "flag_lifted": "tog ner en flagga",
        "question": "ställde en fråga",
        "answer": "svarade på en fråga",
        "measure": "skrev om en insats",
        "follow_up": "skrev en uppföljning",
        "note": "skrev en anteckning",
        "waiver": "skrev ett ja till att dela",
        "waiver_withdrawn": "tog tillbaka ett ja till att dela",
        "handed": "överlämnade",
        "handover_ended": "avslutade ett överlämnande",
        "agency_asked": "ställde en fråga utan namn",
        "agency_told": "skrev svaret på en fråga",
        "personakt": "gjorde ett papper till personakten",
        "extract": "gjorde ett utdrag till personen",
        "transfer": "frågade en annan kommun",
        "transfer_ended": "skrev in den andra kommunens svar",
        "looked": "läste ärendet med en skriven anledning",
        "two_signed": "fick två underskrifter",
        "duty_done": "gjorde det som görs samma dag för ett barn",
        "real_name": "skrev det riktiga namnet",
        "erasure_hold": "stoppade gallring",
        "erasure_release": "hävde stoppet för gallring",
        "erasure_keep": "behåller ärendet",
        "erasure_due": "lät gallringstiden räknas",
    },
    "result": {
        "reached": "nådd",
        "no_answer": "svarade inte",
        "left_message": "lämnade ett meddelande",
        "wrong_number": "fel nummer",
        "unsafe": "inte tryggt",
        "other": "annat",
    },
}
WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")


def day_word(kind: str, code: object) -> str:
    """Give the word for a code of the day's pages, or the code itself."""
    known = WORDS[kind].get(str(code))
    return _(known) if known else str(code)


def day_choices(kind: str) -> list[tuple[str, str]]:
    """List codes with their words, in the order of the page."""
    return [(code, _(text)) for code, text in WORDS[kind].items()]


def said_day(day: date, today: date) -> str:
    """Write a day in Swedish: today and its neighbours by name."""
    near = {-1: _("i går"), 0: _("i dag"), 1: _("i morgon")}.get((day - today).days)
    year = f" {day.year}" if day.year != today.year else ""
    return near or f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def written_day(day: date) -> str:
    """Write a day out."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def said_time(when: datetime, now: datetime) -> str:
    """Write a time to come: the day and the clock."""
    local = when.astimezone(ZONE)
    return f"{said_day(local.date(), now.astimezone(ZONE).date())} {local:%H.%M}"


def late(day: date, today: date) -> str:
    """Say how many days ago something was due; "" for what is due today or later."""
    days = (today - day).days
    if days < 1:
        return ""
    return _("1 dag sen") if days == 1 else _("%(n)s dagar sen", n=days)
