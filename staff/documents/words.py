"""The words of the register and of requests to see documents."""

from collections.abc import Mapping
from datetime import date, timedelta

from staff.diary import Kind

KIND_WORDS: Mapping[int, str] = {
    Kind.REQUEST: "Förfrågan",
    Kind.CASE: "Ärende",
    Kind.SENT: "Utgående handling",
    Kind.RECEIVED: "Inkommen handling",
    Kind.DOCUMENTS: "Begäran om handling",
}
DECISION_WORDS: Mapping[str, str] = {
    "given": "Lämnades ut",
    "partly": "Lämnades ut i delar",
    "refused": "Lämnades inte ut",
    "none": "Det finns ingen sådan handling",
}
FIRST = date(1970, 1, 1)


def register_day(day: int) -> str:
    """Write a day of the register as it is written in registers: 2026-11-22."""
    return (FIRST + timedelta(days=min(max(day, 0), 60_000))).isoformat()
