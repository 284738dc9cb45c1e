"""The libraries of a package, and those that they need, out of the environment that they were pinned into."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackagePath, distribution
from pathlib import Path

from packaging.requirements import Requirement

from deploy.packages.parts import ROOT


class NeedsError(Exception):
    """A library is not the one that was pinned, or not as it was installed."""


def closure(wants: str) -> dict[str, Distribution]:
    """Find the libraries of a list in requirements/ and all that they need, by their names."""
    lines = (ROOT / "requirements" / wants).read_text("utf-8").splitlines()
    waiting = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    found: dict[str, Distribution] = {}
    seen: set[str] = set()
    while waiting:
        asked = waiting.pop()
        if str(asked) in seen:
            continue
        seen.add(str(asked))
        library = distribution(asked.name)
        found[plain(asked.name)] = library
        waiting += [one for one in map(Requirement, library.requires or []) if is_asked(one, asked.extras)]
    return dict(sorted(found.items()))


def is_asked(one: Requirement, extras: set[str]) -> bool:
    """Tell whether a need holds for one of these extras or for all, on this Python or the oldest of its line.

    The package says that it takes any Python of its line, and Debian's is an older one than whoever builds may have.
    """
    pythons: tuple[dict[str, str], ...] = ({}, {"python_full_version": f"3.{sys.version_info.minor}.0"})
    return one.marker is None or any(
        one.marker.evaluate({"extra": extra, **python}) for extra in {"", *extras} for python in pythons
    )


def plain(name: str) -> str:
    """Write a library's name as the pinned list does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    """Return each library's pinned lines, hashes and all, by its name."""
    text = (ROOT / "requirements" / "app.txt").read_text("utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line and line[0] not in " #"]
    return {plain(re.split(r"[=\[]", line)[0]): line for line in lines}


def lay(wants: str, site: Path) -> list[str]:
    """Copy the libraries into a folder and return their pinned lines; raise NeedsError if one is not as it was pinned.

    pip has compared each wheel with its pinned hash when it installed it; here each file is compared with the wheel's
    own list, so that nothing that was changed since is packed.
    """
    pins, taken = pinned(), []
    for name, library in closure(wants).items():
        if not pins.get(name, "").startswith(f"{name}=={library.version} "):
            raise NeedsError(f"{name} {library.version} is not what requirements/app.txt pins")
        taken.append(pins[name])
        for file in files(name, library):
            target = site / str(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target)
    return taken


def files(name: str, library: Distribution) -> Iterator[PackagePath]:
    """Give a library's files inside the folder of libraries: no programs, nothing that was compiled on the spot."""
    for file in library.files or []:
        if (
            ".." in file.parts
            or "__pycache__" in file.parts
            or file.name in ("REQUESTED", "INSTALLER", "direct_url.json")
        ):
            continue
        if file.hash:
            data = file.read_binary()
            told = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, data).digest()).rstrip(b"=").decode()
            if told != file.hash.value:
                raise NeedsError(f"{name}: {file} was changed after it was installed")
        yield file
