"""How the portal's door is judged from outside: its manners, its certificate's end, its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from command.checks.door import CLOSED, Door
from command.checks.outside import door, drift
from command.findings import ALARM, GOOD, UNSURE, WARNING
from command.visiting import Answer
from crypto.certificate import read_certificate
from crypto.errors import MalformedError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SEEN = Door("ab", "CN=x", NOW + timedelta(days=60), "TLSv1.3", "h2", older=False, stranger=CLOSED, plain="301 x")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"protocol": "TLSv1.2"}, "TLS: TLSv1.2"),
        ({"alpn": "http/1.1"}, "HTTP: http/1.1"),
        ({"older": True}, "TLS 1.2 tas emot"),
        ({"stranger": "200"}, "Främmande värdnamn: 200"),
        ({"plain": "200"}, "Utan TLS: 200"),
    ],
)
def test_another_manner_of_the_door_is_an_alarm(change: dict[str, object], said: str) -> None:
    """Another protocol, no HTTP/2, older TLS, an answer to strangers, pages without TLS: somebody else answers."""
    found = door(Door(**{**vars(SEEN), **change}), SEEN, "", NOW)
    assert [one.words for one in found if one.level == ALARM] == [
        one.words for one in found if one.words.startswith(said)
    ]
    assert any(one.words.startswith(said) for one in found)


@pytest.mark.parametrize(("days", "level"), [(60, GOOD), (10, WARNING), (2, ALARM), (-1, ALARM)])
def test_a_certificate_s_end_is_told_in_time(days: int, level: str) -> None:
    """Two weeks before somebody asks whether it renews itself; three days before it is an alarm."""
    seen = Door(**{**vars(SEEN), "ends": NOW + timedelta(days=days)})
    (told,) = [one for one in door(seen, SEEN, "", NOW) if one.words.startswith("Certifikatet")]
    assert told.level == level


@pytest.mark.parametrize(("ahead", "level"), [(0, GOOD), (-200, GOOD), (400, ALARM), (-400, ALARM), (None, UNSURE)])
def test_the_two_clocks_are_compared(ahead: int | None, level: str) -> None:
    """By the time that stands on an answer; more than five minutes apart, one of them is wrong."""
    there = (
        {} if ahead is None else {"date": format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)}
    )
    (found,) = drift(Answer(200, there, frozenset(), b""))
    assert found.level == level


def test_no_certificate_is_told_as_none() -> None:
    """Bytes that are no certificate."""
    with pytest.raises(MalformedError):
        read_certificate(b"x")
