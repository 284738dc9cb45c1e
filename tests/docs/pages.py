"""The documentation as tests read it: its pages, and the commands that stand in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"[A-Z_]+=\S+")
SAYS = "# says: "


def pages() -> list[Path]:
    """List every page that somebody is told to follow."""
    return [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]


def lines(text: str) -> Iterator[str]:
    """Give each command of a text as it stands there, its comment left out; settings and what is said are none."""
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            command = re.sub(r"\s+#\s.*", "", line).strip()
            if command and not line.startswith(SAYS) and not SETTING.fullmatch(command):
                yield command


def section(page: str, title: str, level: str = "##") -> str:
    """Give the text of one section of a page in docs/, to be followed."""
    text = (DOCS / page).read_text("utf-8")
    found = text.partition(f"\n{level} {title}\n")[2]
    if not found:
        raise AssertionError(f"{page} has no section {title}")
    return re.split(rf"\n#{{1,{len(level)}}} (?!says: )", found)[0]
