"""A person's key in a file that a passphrase opens. Source: docs/envelope.md section 4.1."""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13

from crypto.errors import CorruptError, DamagedKeyFileError, MalformedError, PepperError, WrongPassphraseError
from crypto.opening.identity import Identity
from crypto.opening.pepper import pepper_name
from crypto.primitives import KEY_SIZE, canonical, decrypt, encrypt, read_json, same, unhex

FORMAT = "utvag key 1"
SEED_PADDED = 64
SALT_SIZE = 16
MEBIBYTE = 2**20
PASSPHRASE_WORDS = 6
_CONSONANTS, _VOWELS = "bdfghjklmnprstv", "aeiou"


@dataclass(frozen=True, slots=True)
class Cost:
    """Hold what one guess costs: Argon2id passes and bytes. Source: RFC 9106."""

    ops: int
    mem: int


STRONG = Cost(3, 256 * MEBIBYTE)
FAST = Cost(2, 19 * MEBIBYTE)
LIMIT = Cost(10, 1024 * MEBIBYTE)


def new_passphrase() -> str:
    """Draw six words of two syllables: 74 bits. Made-up words, so that any keyboard in any language can type them."""
    return " ".join("".join(_syllable() for _ in range(2)) for _ in range(PASSPHRASE_WORDS))


def write_key_file(identity: Identity, passphrase: str, *, pepper: bytes | None = None, cost: Cost = STRONG) -> bytes:
    """Write an identity into a key file: JSON text without a readable secret.

    The trap: whoever has the file (and the pepper, if one was given) can guess passphrases offline, so they are drawn,
    never chosen.
    """
    salt = secrets.token_bytes(SALT_SIZE)
    public: dict[str, object] = {
        "format": FORMAT,
        "box": identity.box_public.hex(),
        "sign": identity.sign_public.hex(),
        "ops": cost.ops,
        "mem": cost.mem,
        "salt": salt.hex(),
        "pepper": pepper_name(pepper),
    }
    sealed = encrypt(_key(passphrase, pepper, salt, cost), identity.seed, SEED_PADDED, canonical(public))
    whole = {**public, "nonce": sealed[:24].hex(), "sealed": sealed[24:].hex()}
    return canonical({**whole, "check": _check(whole)}) + b"\n"


def read_key_file(data: bytes, passphrase: str, *, pepper: bytes | None = None) -> Identity:
    """Open a key file.

    Raises DamagedKeyFileError (not what was written), PepperError (another pepper) and WrongPassphraseError, which are
    three different things to tell a person. Takes as long as the file's cost says.
    """
    public, sealed = _parse(data)
    if not written_with(data, pepper):
        raise PepperError("written with another pepper")
    cost = Cost(_bounded(public["ops"], LIMIT.ops), _bounded(public["mem"], LIMIT.mem))
    key = _key(passphrase, pepper, unhex(public["salt"], SALT_SIZE), cost)
    try:
        identity = Identity(decrypt(key, sealed, canonical(public)))
    except CorruptError as error:
        raise WrongPassphraseError("the passphrase does not open this file") from error
    if (identity.box_public.hex(), identity.sign_public.hex()) != (public["box"], public["sign"]):
        raise DamagedKeyFileError("its public halves do not follow from its seed")
    return identity


def public_halves(data: bytes) -> tuple[bytes, bytes]:
    """Give the X25519 and Ed25519 public keys that a key file names; without proof. DamagedKeyFileError."""
    public, _ = _parse(data)
    return unhex(public["box"], KEY_SIZE), unhex(public["sign"], KEY_SIZE)


def written_with(data: bytes, pepper: bytes | None) -> bool:
    """Tell whether a key file names this pepper (None: none), so that it can be opened with it. DamagedKeyFileError."""
    public, _ = _parse(data)
    return same(str(public["pepper"]).encode(), pepper_name(pepper).encode())


def _parse(data: bytes) -> tuple[dict[str, object], bytes]:
    try:
        value = read_json(data)
        check = value.pop("check")
        if not isinstance(check, str) or not same(check.encode(), _check(value).encode()):
            raise DamagedKeyFileError("its check does not hold")
        sealed = unhex(value.pop("nonce"), 24) + unhex(value.pop("sealed"), SEED_PADDED + 16)
        unhex(value["salt"], SALT_SIZE), unhex(value["box"], KEY_SIZE), unhex(value["sign"], KEY_SIZE)
        _bounded(value["ops"], LIMIT.ops), _bounded(value["mem"], LIMIT.mem)
    except (MalformedError, KeyError, ValueError) as error:
        raise DamagedKeyFileError("not a key file, or cut short") from error
    if value.keys() != {"format", "box", "sign", "ops", "mem", "salt", "pepper"} or value["format"] != FORMAT:
        raise DamagedKeyFileError("not a key file of this format")
    return value, sealed


def same_passphrase(left: str, right: str) -> bool:
    """Tell whether two writings are one passphrase: its case and spaces do not matter. In constant time."""
    return same(_words(left), _words(right))


def _words(passphrase: str) -> bytes:
    return " ".join(unicodedata.normalize("NFKC", passphrase).casefold().split()).encode("utf-8", "replace")


def _key(passphrase: str, pepper: bytes | None, salt: bytes, cost: Cost) -> bytes:
    password = hmac.digest(pepper or b"", _words(passphrase), hashlib.sha256)
    return crypto_pwhash_alg(KEY_SIZE, password, salt, cost.ops, cost.mem, crypto_pwhash_ALG_ARGON2ID13)


def _check(value: dict[str, object]) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def _bounded(value: object, limit: int) -> int:
    if type(value) is not int or not 1 <= value <= limit:
        raise MalformedError("a cost outside its bounds")
    return value


def _syllable() -> str:
    return secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS)
