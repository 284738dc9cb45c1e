"""The fixed copy: chosen items put in words once, which no later change of the case reaches."""

from collections.abc import Iterable

from staff.agencies.desk import Desk
from staff.agencies.handover import write_lines
from staff.agencies.inwords import title, words_of
from staff.agencies.items import Item
from staff.agencies.words import day_and_time
from staff.entry import Entry


def copies(desk: Desk, chosen: Iterable[Item]) -> list[Entry]:
    """Make an entry of each item: its title, when it was written, and its words."""
    casework = desk.programme.casework
    return [
        desk.entry(
            "copy", title=title(item, casework), when=day_and_time(item.when), lines=write_lines(words_of(desk, item))
        )
        for item in chosen
    ]
