"""The demo's stage: its folder, its two addresses, and what each app is told through its environment."""

from __future__ import annotations

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click

from command.processes import HOST, INHERITED

CAST_FILE, LOCK_FILE, SETTINGS_FILE = "cast.json", "demo.lock", "programme.toml"
ADDRESS = re.compile(r"^short_address = .*$", re.MULTILINE)
# What this very command says is often sent to a file in its folder: that alone makes no folder somebody else's.
HARMLESS = (".err", ".log", ".out", ".txt")


@dataclass(frozen=True)
class Stage:
    """Every path and address of one demo."""

    folder: Path
    portal_port: int
    staff_port: int

    @property
    def portal(self) -> str:
        """Address of the public pages."""
        return f"http://{HOST}:{self.portal_port}"

    @property
    def staff(self) -> str:
        """Address of the coordinators' app."""
        return f"http://{HOST}:{self.staff_port}"

    def path(self, name: str) -> str:
        """Return the whole path of a file in the folder."""
        return str(self.folder / name)

    def key_file(self, person: str) -> Path:
        """Return where a person's key file lies."""
        return self.folder / "keys" / f"{person.lower()}.json"

    def portal_environment(self, root_key: str) -> dict[str, str]:
        """Return all that the portal is told: public keys, and no path to anything of the staff's."""
        return self._environment(
            "UTVAG_PORTAL_", self.portal, self.portal_port, root_key, MINIMUM_EPOCH="1", STATE=self.path("state")
        )

    def staff_environment(self, root_key: str) -> dict[str, str]:
        """Return all that the staff app is told."""
        return self._environment(
            "UTVAG_STAFF_",
            self.staff,
            self.staff_port,
            root_key,
            CASEBOOK=self.path("casebook.sqlite"),
            MEMBERS=self.path("members"),
            PEPPER=self.path("pepper"),
            COLLECT_SECONDS="2",
        )

    def write_settings(self) -> None:
        """Write the demo's programme with this portal's own address: what pages and cards say leads here."""
        text = (files("programme") / "demo.toml").read_text("utf-8")
        own = ADDRESS.sub(f'short_address = "{HOST}:{self.portal_port}"', text, count=1)
        write_private(self.folder / SETTINGS_FILE, own.encode())

    def _environment(self, prefix: str, origin: str, port: int, root_key: str, **own: str) -> dict[str, str]:
        both = {
            "ORIGIN": origin,
            "HOST": HOST,
            "PORT": str(port),
            "ROOT_KEY": root_key,
            "ROSTER": self.path("roster"),
            "DEADDROP": self.path("deaddrop.sqlite"),
            "PROGRAMME": self.path(SETTINGS_FILE),
            "DEMO": "1",
        }
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return inherited | {prefix + name: value for name, value in (both | own).items()}


@contextmanager
def lent(folder: Path | None) -> Iterator[Path]:
    """Give the folder to work in; a fresh temporary one, removed at the end, if none is named.

    Raises ClickException for a folder that holds something other than an earlier demo: nothing of a stranger's is
    written over.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="utvag-") as fresh:
            yield Path(fresh)
        return
    folder = folder.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        strange = sorted(one.name for one in folder.iterdir() if one.suffix not in HARMLESS)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}") from None
    if strange and CAST_FILE not in strange and strange != [LOCK_FILE]:
        raise click.ClickException(f"{folder} holds {strange[0]}, and no earlier demo. Name an empty folder.")
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel drops it when this process ends, however
        except OSError:
            raise click.ClickException(f"A demo runs in {folder} already. End it, or name another folder.") from None
        yield folder


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    half = path.with_name(path.name + ".half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    half.replace(path)


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON, readable by its owner only."""
    write_private(path, (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode())
