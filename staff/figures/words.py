"""The words of the figures' pages."""

from staff.figures.protect import LEAST, Range

HIDDEN = "dold"


def said(known: Range, *, hidden: bool = False) -> str:
    """Say what is known of a number: the number, its bounds, that it is small, or that it is hidden."""
    if known.exact:
        return str(known.low)
    if (known.low, known.high) == (0, LEAST - 1):
        return "färre än 5"
    if hidden:
        return HIDDEN
    return f"{known.low}–{known.high}"
