"""Build hook of the distribution: the list of dependencies, and a look at the gettext catalogues.

The apps read the .po files themselves when they start, so that no compiled file can go stale; what a visitor could
stumble over stops the build instead. Run as a program it only looks at the catalogues, as ./run check does.
"""

import re
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parent

# Babel drops the last letter of a text whose closing quote is missing, without a word: hence a look of our own.
LINE = re.compile(r'\s*|#.*|(?:msg\w+(?:\[\d\])?\s+)?"(?:[^"\\]|\\.)*"')


class CatalogueError(Exception):
    """Say which catalogue is broken, where and how."""


def broken_lines(source: Path) -> list[str]:
    """Name each line of a .po file that is neither a comment nor a whole string."""
    lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
    return [f"{source}:{number}: {line}" for number, line in enumerate(lines, 1) if not LINE.fullmatch(line.rstrip())]


def check_catalogue(source: Path) -> None:
    """Compile one .po file in memory, as web does at start.

    Raises CatalogueError on a line that cannot be read and on a translation whose placeholders differ from the
    message's.
    """
    faults = broken_lines(source)
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{source}: {error}") from error
    faults += [f"{source}:{message.lineno}: {fault}" for message, errors in catalogue.check() for fault in errors]
    if faults:
        raise CatalogueError("\n".join(faults))
    write_mo(BytesIO(), catalogue)


def check_catalogues(root: Path) -> int:
    """Check every catalogue under locales/ of the tree at root and count them."""
    sources = sorted(root.glob("locales/*/LC_MESSAGES/*.po"))
    for source in sources:
        check_catalogue(source)
    return len(sources)


def dependencies(root: Path) -> list[str]:
    """List the requirements of requirements/app.in, without its comments."""
    lines = (root / "requirements" / "app.in").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


# Hatchling fixes the names of the two classes' methods and gives their arguments as untyped dictionaries: hence Any.
class Dependencies(MetadataHookInterface):
    """Give the project's metadata the one list of dependencies."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the dependencies from requirements/app.in."""
        metadata["dependencies"] = dependencies(Path(self.root))


class Catalogues(BuildHookInterface[Any]):
    """Stop the build if a catalogue does not compile."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Look at the catalogues before files are gathered, for wheels and editable installs alike."""
        check_catalogues(Path(self.root))


def main() -> int:
    """Look at the catalogues of this tree and say plainly what is broken."""
    try:
        number = check_catalogues(ROOT)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{number} catalogues hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
