"""The words of the calendar: what kind of thing is planned."""

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


def word(kind: str) -> str:
    """Give the word for a kind; one of a later version is a task."""
    return KINDS.get(kind, KINDS["task"])
