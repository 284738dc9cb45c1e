"""Read the words of many folders for a search in memory: nothing of it is shown, and nobody is believed for it.

Signatures are not checked here, since that takes ten times as long as opening: what is found is only which folder to
open, and opening it checks them all.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.errors import CorruptError
from crypto.opening.casebook import Place, open_value
from staff.entry import SIGNATURE
from staff.folders.folder import FORM
from staff.models import FolderEntry


class Skimmed(NamedTuple):
    """Hold what one entry says, unproven."""

    kind: str
    fields: Mapping[str, str]


def skim(
    session: Session, held: Mapping[bytes, tuple[int, bytes]], ids: Collection[bytes]
) -> Iterator[tuple[bytes, Skimmed]]:
    """Open the entries of some folders, given with the keys held; what does not open is left out."""
    one = FolderEntry
    asked = select(one.folder, one.number, one.sealed).where(one.folder.in_(ids)).order_by(one.folder, one.number)
    for folder, number, sealed in session.execute(asked):
        version, key = held[folder]
        found = skim_entry(key, Place(FORM.table, folder, number, version), sealed)
        if found is not None:
            yield folder, found


def skim_entry(key: bytes, place: Place, sealed: bytes) -> Skimmed | None:
    """Open one entry without believing it; None if it does not open or is none."""
    try:
        _, _, kind, fields, _ = json.loads(open_value(key, place, sealed)[SIGNATURE:])
        return Skimmed(str(kind), {str(name): str(text) for name, text in fields.items()})
    except (CorruptError, ValueError, TypeError, AttributeError, RecursionError):
        return None
