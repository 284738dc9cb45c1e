"""The card of safe contact in words."""

from staff import words
from staff.cases.model import Contact


def card(contact: Contact) -> list[tuple[str, str]]:
    """Give the card of safe contact, line by line."""
    lines = (
        ("Hur", contact.how),
        ("Nummer", contact.number),
        ("När", contact.when or said_windows(contact)),
        ("Tider", said_windows(contact) if contact.when else ""),
        ("Ord", f"”{contact.word}”, vi säger först" if contact.word else ""),
        ("Kallas", contact.call_name),
        ("Ser mobilen", contact.sees),
        ("Aldrig", contact.never),
        ("Språk", contact.language),
    )
    return [(name, text) for name, text in lines if text]


def contact_line(contact: Contact) -> str:
    """Give the card in one line, for a small screen."""
    parts = (
        contact.how,
        contact.when,
        said_windows(contact),
        f"”{contact.word}”" if contact.word else "",
        contact.never,
    )
    return " · ".join(filter(None, parts))


def said_windows(contact: Contact) -> str:
    """Say when somebody may be called."""
    found = []
    for one in contact.windows:
        days = "vardagar" if one.days == (0, 1, 2, 3, 4) else ", ".join(words.DAYS[day] for day in one.days)
        found.append(f"{days} {clock(one.start)}–{clock(one.end)}")
    return "; ".join(found)


def clock(minute: int) -> str:
    """Write a minute of the day."""
    return f"{minute // 60}.{minute % 60:02}" if minute % 60 else str(minute // 60)
