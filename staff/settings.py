"""What the staff app must be told: from the environment only, checked at start, every fault named at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from programme import Programme, ProgrammeError
from staff.errors import SettingsError
from web.origin import Origin

PREFIX = "UTVAG_STAFF_"
PEPPER_SIZE = 32
KEY_SIZE = 32
T = TypeVar("T")


@dataclass(frozen=True)
class StaffSettings:
    """Hold the staff app's settings; `repr` shows no secret.

    `casebook` and `deaddrop` are paths of SQLite files or database URLs. `collect_seconds` is the time between two
    collections; None draws a random one each time, so that nobody learns when the dead drop is empty.
    """

    origin: Origin
    casebook: str
    deaddrop: str
    roster: Path
    members: Path
    root_key: bytes
    programme: Programme
    pepper: bytes = field(repr=False)
    minimum_epoch: int = 1
    collect_seconds: float | None = None
    host: str = "127.0.0.1"
    port: int = 8832
    demo: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "StaffSettings":
        """Read `UTVAG_STAFF_…`; raise SettingsError with all faults."""
        reader = _Reader(environ)
        values = {
            "origin": reader.need("ORIGIN", Origin.parse),
            "casebook": reader.need("CASEBOOK", str),
            "deaddrop": reader.need("DEADDROP", str),
            "roster": reader.need("ROSTER", _existing),
            "members": reader.need("MEMBERS", _existing),
            "root_key": reader.need("ROOT_KEY", _key),
            "programme": reader.need("PROGRAMME", Programme.load),
            "pepper": reader.need("PEPPER", _pepper),
            "minimum_epoch": reader.may("MINIMUM_EPOCH", _epoch, 1),
            "collect_seconds": reader.may("COLLECT_SECONDS", _seconds, None),
            "host": reader.may("HOST", str, "127.0.0.1"),
            "port": reader.may("PORT", _port, 8832),
            "demo": reader.may("DEMO", _yes_or_no, False),
        }
        if reader.faults:
            raise SettingsError(reader.faults)
        return cls(**values)  # type: ignore[arg-type]  # each value was read by the function for its field


class _Reader:
    """Read one setting after the other and remember what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def need(self, name: str, read: Callable[[str], T]) -> T | None:
        if not self._environ.get(PREFIX + name, "").strip():
            self.faults.append(f"{PREFIX}{name}: missing")
            return None
        return self.may(name, read, None)

    def may(self, name: str, read: Callable[[str], T], default: T) -> T:
        text = self._environ.get(PREFIX + name, "").strip()
        if not text:
            return default
        try:
            return read(text)
        except ProgrammeError as error:
            self.faults.extend(f"{PREFIX}{name}: {fault}" for fault in error.faults)
        except (ValueError, OSError) as error:
            self.faults.append(f"{PREFIX}{name}: {_say(error)}")
        return default


def _say(error: ValueError | OSError) -> str:
    return f"cannot be read ({type(error).__name__})" if isinstance(error, OSError) else str(error)


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ValueError("no such file")
    return path


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_SIZE:
        raise ValueError("must be 64 hex digits")
    return key


def _pepper(text: str) -> bytes:
    pepper = Path(text).read_bytes()
    if len(pepper) != PEPPER_SIZE:
        raise ValueError("the file must hold exactly 32 bytes")
    return pepper


def _epoch(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) < 2**32):
        raise ValueError("must be a roster's epoch, 1 or higher")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise ValueError("must be a number of seconds, 1 to 3600")
    return seconds


def _port(text: str) -> int:
    if not text.isdecimal() or not int(text) < 65536:
        raise ValueError("must be a port number")
    return int(text)


def _yes_or_no(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"
