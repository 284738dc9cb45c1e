"""The words of the calendar: what kind of thing is planned."""

from datetime import date

from staff.words import DAYS, MONTHS

KINDS = {
    "task": "Uppgift",
    "meeting": "Möte",
    "review": "Genomgång",
    "follow_up": "Uppföljning",
    "measure": "Insats",
    "application": "Ansökan",
    "contact": "Kontakt",
    "window": "Går att nå",
}


def weekday(day: date) -> str:
    """Name a day: "mån 23 nov"."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def word(kind: str) -> str:
    """Give the word for a kind; one of a later version is a task."""
    return KINDS.get(kind, KINDS["task"])
