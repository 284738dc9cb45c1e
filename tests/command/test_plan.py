"""The made-up requests: their shares, and that they are nobody's."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from command.plan import DAYS, SHARES, TOWNS, Plan, Request, shares
from portal.forms import read_form

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = re.compile(r"070[- ]?\d{3}[ ]?\d{2}[ ]?\d{2}")


def dealt(number: int, *, codes: bool = False, seed: int = 1) -> list[Request]:
    """Deal out requests at a fixed time."""
    return Plan(codes=codes, seed=seed).requests(number, NOW)


@pytest.mark.parametrize("number", [1, 2, 7, 20, 99, 1000])
def test_shares_are_kept(number: int) -> None:
    """However many are asked for, as many come, and no kind is more than one away from its share."""
    counted = shares(number)
    assert sum(counted.values()) == number == len(dealt(number))
    assert all(abs(counted[kind] - share * number) < 1 for kind, share in SHARES.items())


def test_the_three_single_ones_are_there() -> None:
    """One confesses, one asks for another town, one leaves no way to be reached; each once."""
    messages = [str(request.answers.get("message", "")) for request in dealt(200)]
    for words in ("satte eld på bilen", "Jag bor INTE i Granvik", "Jag kan inte ta emot svar"):
        assert sum(words in message for message in messages) == 1
    stranded = next(one for one in dealt(200) if "Jag kan inte ta emot svar" in str(one.answers.get("message")))
    assert not {"answer_by", "contact"} & stranded.answers.keys()


def test_the_same_seed_deals_the_same() -> None:
    """Two fillings are alike, so that what one person saw another can look at."""
    assert dealt(60) == dealt(60)
    assert dealt(60) != dealt(60, seed=2)


def test_the_hour_changes_no_words_and_every_town_gets_one() -> None:
    """Whenever a demo is filled the same is dealt out, and each coordinator has something to read."""
    days = [Plan(codes=True).requests(40, NOW + timedelta(hours=hour)) for hour in range(24)]
    assert all([(one.form, one.answers) for one in day] == [(one.form, one.answers) for one in days[0]] for day in days)
    for number in (5, 40):
        assert {one.answers["municipality"] for one in dealt(number)} == set(TOWNS)


def test_times_lie_in_the_past_days() -> None:
    """Nobody writes from the future, nobody from before, and the oldest comes first."""
    times = [request.sent_at for request in dealt(500)]
    assert times == sorted(times)
    assert NOW - timedelta(days=DAYS, seconds=1) < times[0] < times[-1] <= NOW
    assert len({moment.date() for moment in times}) > 2


def test_the_portal_takes_each_as_it_is() -> None:
    """No form refuses any of them, and no answer is dropped on the way."""
    for request in dealt(2000, codes=True):
        form = read_form(request.form, request.answers)
        assert form.reason() is None, request
        assert request.answers.keys() <= form.answers().keys(), request


def test_numbers_are_kept_for_fiction() -> None:
    """Whoever copies a number from a demo reaches nobody."""
    found = [number for one in dealt(2000) for number in NUMBER.findall(" ".join(map(str, one.answers.values())))]
    assert len(found) > 100
    assert all(1740605 <= int(re.sub(r"\D", "", number)[3:]) <= 1740699 for number in found)


def test_they_are_of_many_kinds() -> None:
    """Both forms, several tongues, all ages, and a flood that repeats itself."""
    many = dealt(1000)
    assert {one.form for one in many} == {"me", "other"}
    assert {one.answers.get("age") for one in many} >= {"under18", "adult", "unsaid", None}
    assert any("\u0627" in str(one.answers.get("message")) for one in many)
    texts = Counter(str(one.answers.get("message")) for one in many if one.kind == "hostile")
    assert texts.most_common(1)[0][1] > 10
    assert any("<script>" in text for text in texts)
    assert any("\u202e" in text for text in texts)
