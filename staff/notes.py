"""What the next page should say of what was just done: in the session's memory, since it may hold typed words."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """Hold one message: `kind` chooses the words in the template, `fields` fill them."""

    kind: str
    fields: dict[str, str] = field(default_factory=dict)


class Notes:
    """Keep a few notes until they have been shown once."""

    LIMIT = 5

    def __init__(self) -> None:
        self._notes: list[Note] = []

    def add(self, kind: str, **fields: str) -> None:
        """Leave a note for the next page."""
        self._notes = [*self._notes, Note(kind, fields)][-self.LIMIT :]

    def take(self) -> list[Note]:
        """Give the notes and forget them."""
        notes, self._notes = self._notes, []
        return notes
