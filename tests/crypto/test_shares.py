"""The recovery key in shares: enough of one set give it, and every other handful is told what is wrong with it."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import generate_mnemonics

from crypto.opening.identity import Identity, new_identity
from crypto.opening.shares import PLANS, WORDS, Share, ShareError, combine, read_share, split

KEY, OTHER = Identity(b"reco" * 8), Identity(b"othe" * 8)


def halves(identity: Identity = KEY) -> list[tuple[bytes, bytes]]:
    """Give the public halves that are expected."""
    return [(identity.box_public, identity.sign_public)]


def refused(*shares: Share, expected: Identity = KEY, passphrase: str = "") -> str:
    """Say why shares do not give the key."""
    with pytest.raises(ShareError) as caught:
        combine(shares, halves(expected), passphrase)
    return caught.value.reason


@pytest.fixture(scope="module")
def shares() -> list[Share]:
    """Split the key 2 of 3."""
    return split(KEY, 2, 3)


@pytest.mark.parametrize(("threshold", "count"), PLANS)
def test_any_so_many_shares_give_the_key_and_fewer_give_nothing(threshold: int, count: int) -> None:
    """Each handful of exactly the threshold gives the same key, in any order; one less, or one more, is told."""
    made = split(KEY, threshold, count)
    assert [(one.number, one.threshold, len(one.words.split())) for one in made] == [
        (number, threshold, WORDS) for number in range(1, count + 1)
    ]
    for some in combinations(made, threshold):
        assert combine(some[::-1], halves()).seed == KEY.seed
    assert refused(*made[: threshold - 1]) == "few"
    assert refused(*made[: threshold + 1]) == "many"
    assert refused() == "few"


def test_another_plan_is_none_of_ours() -> None:
    """One person alone, or all of them, is no plan."""
    for plan in ((1, 1), (3, 3), (2, 2)):
        with pytest.raises(ValueError, match="2 of 3"):
            split(KEY, *plan)


def test_shares_of_two_sets_are_told_apart(shares: list[Share]) -> None:
    """Last year's share with this year's, of the same key or another; one share given twice."""
    again, another = split(KEY, 2, 3), split(OTHER, 2, 3)
    assert refused(shares[0], again[1]) == "set"
    assert refused(shares[0], another[1]) == "set"
    assert refused(shares[0], shares[0]) == "twice"
    assert refused(*another[:2]) == "key"
    assert refused(*another[:2], expected=new_identity()) == "key"


def test_a_wrong_passphrase_is_seen_by_the_public_key() -> None:
    """SLIP-39 itself says nothing and gives another secret: the comparison is what tells."""
    made = split(KEY, 2, 3, "kossa")
    assert combine(made[:2], halves(), "kossa").seed == KEY.seed
    assert refused(*made[:2], passphrase="kosa") == "key"
    assert refused(*made[:2]) == "key"
    assert refused(*made[:2], passphrase="åäö") == "passphrase"


def test_words_are_read_as_people_write_them(shares: list[Share]) -> None:
    """Numbers, capitals, commas and words cut after four letters do not matter."""
    words = shares[0].words.split()
    for text in (
        "  ".join(f"{place}. {word.upper()}," for place, word in enumerate(words, 1)),
        "\n".join(word[:4] for word in words),
    ):
        assert read_share(text) == shares[0]


def test_a_misspelt_word_is_named_with_the_one_that_is_meant(shares: list[Share]) -> None:
    """The seventh word is no word: the person is told which, and what it may be."""
    words = shares[0].words.split()
    wrong = [*words[:6], words[6][0] + "x" + words[6][1:], *words[7:]]
    with pytest.raises(ShareError) as caught:
        read_share(" ".join(wrong))
    assert (caught.value.reason, caught.value.place) == ("unknown", 7)
    assert caught.value.near == words[6]
    assert words[20] not in str(caught.value)


def test_a_word_of_the_list_in_a_wrong_place_is_noticed(shares: list[Share]) -> None:
    """Two words exchanged, one left out, one too many: the sum does not hold, or the number is told."""
    words = shares[0].words.split()
    swapped = [*words[:8], words[9], words[8], *words[10:]]
    assert words[8] != words[9], "drawn alike: once in a thousand"
    for text, reason in ((swapped, "check"), (words[1:], "words"), ([*words, "acid"], "words")):
        with pytest.raises(ShareError) as caught:
            read_share(" ".join(text))
        assert caught.value.reason == reason


def test_a_share_of_something_else_is_refused() -> None:
    """A wallet's share of 20 words, or one of several groups, is no share of ours."""
    ((short, *_),) = generate_mnemonics(1, [(2, 3)], b"s" * 16)
    ((grouped,), _) = generate_mnemonics(1, [(1, 1), (1, 1)], b"s" * 32)
    for text, reason in ((short, "words"), (grouped, "kind")):
        with pytest.raises(ShareError) as caught:
            read_share(text)
        assert caught.value.reason == reason


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is typed, the answer is one of ours."""
    with pytest.raises(ShareError):
        read_share(text)


def test_a_share_shows_nothing_of_itself(shares: list[Share]) -> None:
    """Neither a printed share nor an error holds its words."""
    assert not set(shares[0].words.split()) & set(repr(shares[0]).replace("'", " ").split())


def test_an_error_says_how_many_it_takes_and_what_was_typed(shares: list[Share]) -> None:
    """The page names the number, the word and the one that is meant: each is there, or is nothing at all."""
    words = shares[0].words.split()
    for ask, told in (
        (lambda: combine(shares[:1], halves()), ("few", 2, "", "")),
        (lambda: combine(shares, halves()), ("many", 2, "", "")),
        (lambda: combine([], halves()), ("few", 2, "", "")),
        (lambda: read_share(" ".join(words[1:])), ("words", WORDS - 1, "", "")),
        (lambda: read_share("qqqqzzzz"), ("unknown", 1, "qqqqzzzz", "")),
        (lambda: combine([shares[0], replace(shares[0], number=9)], halves()), ("check", 0, "", "")),
    ):
        with pytest.raises(ShareError) as caught:
            ask()
        error = caught.value
        assert (error.reason, error.place, error.word, error.near) == told
        assert str(error) == error.reason
