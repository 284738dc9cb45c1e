"""The recovery key in shares: so many of them give its seed, fewer give nothing.

Source: docs/envelope.md section 4.7; SLIP-39.
"""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share as Mnemonic
from shamir_mnemonic.wordlist import WORDLIST

from crypto.errors import Error
from crypto.opening.identity import Identity
from crypto.primitives import KEY_SIZE

WORDS = 33
PLANS = ((2, 3), (3, 5))  # so many of so many
SHORT = 4  # letters that name a word
_BY_LETTERS: dict[str, str] = {word[:SHORT]: word for word in WORDLIST}
_LETTERS = re.compile(r"[^\W\d_]+")


class ShareError(Error):
    """Say what is wrong with shares, in one word.

    `reason` is "unknown" (a word, with its `place` from 1 and one that is `near`), "words" (another number of them, in
    `place`), "check" (all known, some wrong), "kind" (of something else than a recovery key), "set" (of another set),
    "twice" (a share given already), "few" or "many" (`place` is how many it takes), "passphrase" (a letter that it
    cannot have), "key" (they give another key than the one asked for).
    """

    def __init__(self, reason: str, place: int = 0, word: str = "", near: str = "") -> None:
        super().__init__(reason)
        self.reason, self.place, self.word, self.near = reason, place, word, near


@dataclass(frozen=True, slots=True)
class Share:
    """Hold one share: its words, which set it is of, its number in the set, and how many of the set it takes."""

    words: str = field(repr=False)
    set_id: tuple[int, ...]
    number: int
    threshold: int


def split(identity: Identity, threshold: int, count: int, passphrase: str = "") -> list[Share]:
    """Split a key into `count` shares of which any `threshold` give it; each way of putting them together is tried.

    ValueError for another plan than PLANS; ShareError("passphrase").
    """
    if (threshold, count) not in PLANS:
        raise ValueError("2 of 3 or 3 of 5")
    (made,) = generate_mnemonics(1, [(threshold, count)], identity.seed, _secret(passphrase))
    shares = [read_share(words) for words in made]
    for some in combinations(shares, threshold):
        combine(some, [(identity.box_public, identity.sign_public)], passphrase)
    return shares


def read_words(text: str, first: int = 1) -> list[str]:
    """Read words of a share as somebody typed them; numbers and signs between them do not matter.

    Four letters of a word are enough. Raises ShareError("unknown") for one that is not in the list, with its number
    counted from `first`.
    """
    return [_word(word, place) for place, word in enumerate(_LETTERS.findall(text.casefold()), first)]


def read_share(text: str) -> Share:
    """Read one share; raise ShareError: "unknown", "words", "check", "kind"."""
    words = read_words(text)
    if len(words) != WORDS:
        raise ShareError("words", len(words))
    try:
        one = Mnemonic.from_mnemonic(" ".join(words))
    except MnemonicError as error:
        raise ShareError("check") from error
    if one.group_count != 1 or len(one.value) != KEY_SIZE:
        raise ShareError("kind")
    parts = (one.identifier, int(one.extendable), one.iteration_exponent, one.member_threshold)
    return Share(" ".join(words), parts, one.index + 1, one.member_threshold)


def refuse_other(share: Share, others: Collection[Share]) -> None:
    """Raise ShareError("set") or ("twice") for a share that does not go with those that were given before."""
    if any(share.set_id != one.set_id for one in others):
        raise ShareError("set")
    if any(share.number == one.number for one in others):
        raise ShareError("twice")


def combine(shares: Sequence[Share], expected: Collection[tuple[bytes, bytes]], passphrase: str = "") -> Identity:
    """Put shares together and give the key, if it is one of those expected, named by X25519 and Ed25519 public keys.

    Raises ShareError: "set", "twice", "few", "many", "check", "passphrase", "key". The trap that `expected` closes: a
    wrong passphrase gives another key without an error.
    """
    for place, share in enumerate(shares):
        refuse_other(share, shares[:place])
    needed = shares[0].threshold if shares else PLANS[0][0]
    if len(shares) != needed:
        raise ShareError("few" if len(shares) < needed else "many", needed)
    secret = _secret(passphrase)
    try:
        identity = Identity.from_seed(combine_mnemonics([one.words for one in shares], secret))
    except MnemonicError as error:
        raise ShareError("check") from error
    if (identity.box_public, identity.sign_public) not in expected:
        raise ShareError("key")
    return identity


def _word(word: str, place: int) -> str:
    found = _BY_LETTERS.get(word[:SHORT])
    if found is None or not found.startswith(word):
        near = difflib.get_close_matches(word, WORDLIST, 1)
        raise ShareError("unknown", place, word, near[0] if near else "")
    return found


def _secret(passphrase: str) -> bytes:
    """Write a passphrase as SLIP-39 takes it: the printable signs of ASCII."""
    if not (passphrase.isascii() and passphrase.isprintable()):
        raise ShareError("passphrase")
    return passphrase.encode()
