"""Settings from the environment: read one after the other, and every fault of them told at once."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

KEY_SIZE = 32
T = TypeVar("T")


class Environment:
    """Read the variables that begin with `prefix`; `faults` names each one that will not do, in one line."""

    def __init__(self, prefix: str, environ: Mapping[str, str]) -> None:
        self._prefix = prefix
        self._environ = environ
        self.faults: list[str] = []

    def need(self, name: str, read: Callable[[str], T]) -> T | None:
        """Read a variable that must be there; None if it will not do, with the fault noted."""
        if not self._text(name):
            self.faults.append(f"{self._prefix}{name}: is missing")
            return None
        return self.may(name, read, None)

    def may(self, name: str, read: Callable[[str], T], default: T) -> T:
        """Read a variable, or give the default where it is missing or will not do, with the fault noted."""
        text = self._text(name)
        if not text:
            return default
        try:
            return read(text)
        except (ValueError, OSError) as error:
            self.faults += [f"{self._prefix}{name}: {fault}" for fault in _faults(error)]
        return default

    def _text(self, name: str) -> str:
        return self._environ.get(self._prefix + name, "").strip()


class Heard(Mapping[str, str]):
    """Be an environment that remembers which names it was asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        """Give a value, and remember that it was asked for."""
        self.asked.add(name)
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names; that is not asking for one."""
        return iter(self._environ)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._environ)

    def unread(self, prefix: str) -> list[str]:
        """Name, in a line each, what begins with `prefix`, is set, and was never asked for: a slip would be silent.

        The trap: call it when the settings have been read.
        """
        strange = sorted(name for name in self._environ if name.startswith(prefix) and name not in self.asked)
        known = sorted(name.removeprefix(prefix) for name in self.asked if name.startswith(prefix))
        return [f"{name}: is no setting that is read; {_cure(name, prefix, known)}" for name in strange]


def _cure(name: str, prefix: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.removeprefix(prefix), known, 1, 0.7)
    return f"did you mean {prefix}{close[0]}?" if close else "take it out"


def _faults(error: ValueError | OSError) -> list[str]:
    """List what is wrong: a settings file's own error brings a list of its own."""
    if isinstance(error, OSError):
        return [f"cannot be read ({type(error).__name__})"]
    return list(getattr(error, "faults", [str(error)]))


def existing(text: str) -> Path:
    """Read the path of a file that exists."""
    path = Path(text)
    if not path.is_file():
        raise ValueError("no such file")
    return path


def key(text: str) -> bytes:
    """Read 32 bytes written as hex."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != KEY_SIZE:
        raise ValueError("must be 64 hex digits")
    return value


def whole(low: int, high: int) -> Callable[[str], int]:
    """Make a reader of whole numbers between two bounds, both allowed."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 20 and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def yes_or_no(text: str) -> bool:
    """Read 1 or 0."""
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"
