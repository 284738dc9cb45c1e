"""The entries of a submission: one form of `staff.entry`."""

from staff.entry import Entry, Form

SIZES = {"replied": "4k"}  # every other kind is small


def _size(entry: Entry, _length: int) -> str:
    return SIZES.get(entry.kind, "1k")


FORM = Form("entries", "entry", _size)
