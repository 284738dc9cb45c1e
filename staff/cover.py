"""Without script: cover a page in which somebody may be writing when its session has run out, instead of leaving it.

Leaving would lose what is typed and not sent. Covered, nothing of the page is drawn, read aloud, selected or printed,
and each form shows one button of its own: it sends what was written to be kept (`staff.accounts.salvage`). The words
stay in the browser's memory until then, as those of any open page do. Hidden by `visibility`, which every browser
animates; where `display` can be animated too, the emptied page closes up around its buttons.
"""

from pathlib import Path

from flask import g
from markupsafe import Markup

from staff.words import _

LATE = "late"  # the button's name: whatever it sends is kept as a draft and never done
LONGEST = 10 * 3600  # seconds: no session lasts longer
WARNING = 120  # seconds before, at which the page says so
SHEET = (Path(__file__).resolve().parent / "static" / "cover.css").read_text("utf-8")
BUTTON = Markup('<div class="unlocking"><button name="{}" value="1" formnovalidate>{}</button></div>')


def unlock() -> Markup:
    """Give a form its button for when the page is covered, and note that the page is one to write in.

    It stands last in its form: the first button is the one that the enter key presses.
    """
    g.writes = True
    return BUTTON.format(LATE, _("Tryck för att låsa upp. Det du skrev finns kvar."))


def writes() -> bool:
    """Tell whether the page, as far as it is written, has a form that is kept."""
    return bool(g.get("writes", False))


def sheet(left: int) -> str:
    """Give the style sheet that covers a page after so many seconds, and warns before."""
    seconds = min(max(left, 0), LONGEST)
    return SHEET.replace("LEFT", f"{seconds}s").replace("SOON", f"{max(0, seconds - WARNING)}s")
