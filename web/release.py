"""Which version this is, whether it was installed from the repository or by one of Debian's packages."""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution

NAMES = ("utvag", "utvag-staff", "utvag-portal")  # the repository's own, and deploy/packages/parts.py


def release() -> Distribution:
    """Give what is installed here, with its version and what it needs; raise PackageNotFoundError if nothing is."""
    for name in NAMES:
        try:
            return distribution(name)
        except PackageNotFoundError:
            continue
    raise PackageNotFoundError(NAMES[0])
