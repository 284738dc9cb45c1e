"""Whether anything that stands before or under an app keeps a log of who came."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding

NGINX = Path("etc/nginx/nginx.conf")
HTTP = ("http",)
JOURNALD = "etc/systemd/journald.conf"
DEPTH = 8  # of includes; nginx's own files go three deep
_WORD = re.compile(r"""\s*(?:(#[^\n]*)|([{};])|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s{};]+))""")


def nginx(root: Path) -> list[Finding]:
    """Tell whether nginx's files, read with all that they include, log anything; says what to write instead."""
    path = root / NGINX
    if not path.is_file():
        return [Finding(UNSURE, "nginx: finns inte här. Loggar det som står framför portalen?")]
    try:
        lines = list(directives(path, root))
    except OSError as error:
        return [Finding(UNSURE, f"nginx: {error.filename} kan inte läsas härifrån. Kör som root för att se det.")]
    faults = [f"{words[0]} {words[1]}" for _, words in lines if words[0] == "access_log" and words[1:2] != ["off"]]
    # A server that says nothing of its own has what stands around it; where nothing does, nginx's own: a file.
    if not any(blocks == HTTP and words[:2] == ["access_log", "off"] for blocks, words in lines):
        faults.append("access_log saknas i http, och då skriver nginx en")
    faults += [" ".join(words[:2]) for _, words in lines if words[0] == "error_log" and words[1:2] != ["/dev/null"]]
    if not any(blocks in ((), HTTP) and words[0] == "error_log" for blocks, words in lines):
        faults.append("error_log saknas, och i den står adresser")
    if faults:
        cure = "Skriv access_log off; och error_log /dev/null crit; (deploy/nginx)."
        return [Finding(ALARM, f"nginx: loggar besökare ({'; '.join(dict.fromkeys(faults))}). {cure}")]
    return [Finding(GOOD, "nginx: ingen logg av besökare i någon fil som den läser.")]


def directives(
    path: Path, root: Path, blocks: tuple[str, ...] = (), depth: int = 0
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Give each directive of a file and of all that it includes: the blocks that it stands in, and its words.

    Raises OSError for a file that cannot be read. Source: ngx_conf_file.c, as far as words, quotes and comments go.
    """
    words: list[str] = []
    for comment, mark, *texts in _WORD.findall(path.read_text("utf-8", "replace")):
        if comment:
            continue
        if not mark:
            words.append(next(filter(None, texts), ""))
            continue
        if words[:1] == ["include"] and depth < DEPTH:
            for one in _included(words[1], root):
                yield from directives(one, root, blocks, depth + 1)
        elif words:
            yield blocks, words
        blocks = _after(mark, blocks, words)
        words = []


def _after(mark: str, blocks: tuple[str, ...], words: list[str]) -> tuple[str, ...]:
    """Give the blocks that stand open after a mark."""
    if mark == "{":
        return (*blocks, words[0] if words else "")
    return blocks[:-1] if mark == "}" else blocks


def _included(pattern: str, root: Path) -> list[Path]:
    """Find what an include names; what is not absolute lies beside nginx.conf."""
    name = pattern.lstrip("/") if pattern.startswith("/") else f"{NGINX.parent}/{pattern}"
    return sorted(path for path in root.glob(name) if path.is_file())


def journal(root: Path) -> list[Finding]:
    """Tell whether the journal of the machine is kept on a disk: ours say little, but when they say it is a trace."""
    files = [root / JOURNALD, *sorted(root.glob(f"{JOURNALD}.d/*.conf"))]
    storage = ""
    for path in files:
        storage = _setting(path, "Journal", "Storage") or storage
    if storage in ("volatile", "none"):
        return [Finding(GOOD, f"Journalen: {storage}, inget av den blir kvar på disken.")]
    if not storage and not any(path.exists() for path in files):
        return [Finding(UNSURE, "Journalen: ingen journald här. Vart går det som appen säger?")]
    cure = "Skriv Storage=volatile under [Journal] i /etc/systemd/journald.conf och starta om journald."
    return [Finding(WARNING, f"Journalen: Storage={storage or 'auto'} skriver på disken. {cure}")]


def _setting(path: Path, section: str, name: str) -> str:
    reader = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        reader.read_string(path.read_text("utf-8", "replace"))
    except (OSError, configparser.Error):
        return ""
    return (reader.get(section, name, fallback="") or "").strip()
