"""Where each role begins, and what its menu holds: only what the access table lets that role reach."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, url_for

from staff.access import ROUTES, WHO
from staff.words import _

# (endpoint, word, the page's own name in `here`), in the menu's order.
ITEMS = (
    ("day.today", "I dag", "today"),
    ("inbox.show", "Inkorg", "inbox"),
    ("day.cases", "Ärenden", "cases"),
    ("day.queue", "Min kö", "queue"),
    ("day.shift", "Överlämning", "shift"),
    ("lead.show", "Läget", "load"),
    ("transfers.show", "Mellan kommuner", "transfers"),
    ("documents.show", "Handlingar", "documents"),
    ("orders.show", "Två underskrifter", "orders"),
    ("audit.show", "Logg", "audit"),
    ("canaries.show", "Lockärenden", "canaries"),
    ("handed.show", "Lämnat till dig", "handed"),
    ("calendar.show", "Kalender", "calendar"),
    ("figures.show", "Siffror", "figures"),
    ("erasure.show", "Gallring", "erasure"),
    ("people.show", "Medarbetare", "people"),
    ("conflicts.show", "Min jävslista", "conflicts"),
    ("reminders.show", "Påminnelser", "reminders"),
)

NONE: Mapping[str, int] = {}


@dataclass(frozen=True)
class Item:
    """Hold one word of the menu, where it leads, the name of the page there, and how much waits (0: not said)."""

    url: str
    label: str
    here: str
    count: int = 0


def menu(role: str, counts: Mapping[str, int] = NONE) -> list[Item]:
    """List the menu of a role; `counts` by the pages' own names."""
    found = [one for one in ITEMS if one[0] in current_app.view_functions and role in WHO[ROUTES[one[0]]]]
    return [Item(url_for(endpoint), _(label), here, counts.get(here, 0)) for endpoint, label, here in found]


def home(role: str) -> str:
    """Give the address at which a role begins: the first of its menu."""
    found = menu(role)
    return found[0].url if found else url_for("pages.keys")
