"""A casebook with nothing in it, made once and copied: the migrations take longer than many a story."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from staff.casebook import Casebook, prepare


@cache
def _empty() -> bytes:
    """Migrate a casebook from nothing, as an app does at its first start; give the file's bytes."""
    with TemporaryDirectory(prefix="utvag-mould-") as folder:
        path = Path(folder) / "casebook.sqlite"
        casebook = Casebook(str(path))
        prepare(casebook)
        casebook.close()  # the last connection puts all that the WAL holds into the file
        return path.read_bytes()


def lay(path: Path) -> None:
    """Lay an empty casebook where an app will look for its own, unless there is one."""
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(_empty())
