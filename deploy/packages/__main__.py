"""Build both packages into a folder: `python -m deploy.packages [--sbom] OUT [portal|staff]`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from deploy.packages import needs, sbom
from deploy.packages.debian import build_deb
from deploy.packages.parts import PACKAGES, Package, when
from deploy.packages.wheels import build_wheel


def main(arguments: list[str]) -> int:
    """Build what is asked for, and write the sum of each file beside it."""
    out, *names = [word for word in arguments if word != "--sbom"]
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    one = contents if "--sbom" in arguments else build
    made = [path for name in names or PACKAGES for path in one(PACKAGES[name], folder)]
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (folder / "SHA256SUMS").write_text(sums, "ascii")
    print(f"SOURCE_DATE_EPOCH={when()}\n{sums}", end="")
    return 0


def build(package: Package, folder: Path) -> list[Path]:
    """Build a package's wheel, its list of contents and its .deb."""
    for old in folder.glob(f"{package.name.replace('-', '[-_]')}*"):
        old.unlink()
    wheel = build_wheel(package, folder)
    return [wheel, *contents(package, folder), build_deb(package, wheel, folder)]


def contents(package: Package, folder: Path) -> list[Path]:
    """Write a package's list of contents alone."""
    pins = needs.pinned()
    listed = folder / f"{package.name}.cdx.json"
    listed.write_text(sbom.made(package, [pins[name] for name in needs.closure(package.wants)]), "utf-8")
    return [listed]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
