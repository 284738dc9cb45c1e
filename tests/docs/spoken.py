"""Commands that stand within a sentence of the pages for IT: they are typed too, so each is run or says why not."""

import re

from tests.docs.pages import BLOCK, DOCS

PAGES = (DOCS / "operations.md", *sorted((DOCS / "it").glob("*.md")))
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# What a command begins with here, and what it would begin with on other machines that somebody writes about.
PROGRAMS = """
utvag ./run sudo su set export cd echo ls cat cp mv rm ln mkdir install chmod chown sed head grep
tar useradd usermod systemctl systemd-run systemd-analyze journalctl timedatectl crontab apt apt-get
dpkg pip python python3 git swapoff mount umount cryptsetup ufw nft iptables ip ssh scp rsync curl
wget openssl gpg nginx tor certbot promtool amtool redis-cli sqlite3 psql createdb dropdb pg_dump
pg_restore pg_createcluster pg_ctlcluster pg_dropcluster pgbackrest patronictl etcdctl runuser
setfacl sysctl docker podman
"""


def spoken() -> list[str]:
    """List each command that a sentence gives whole, once."""
    found = (text for page in PAGES for text in INLINE.findall(BLOCK.sub("", page.read_text("utf-8"))))
    return sorted({text for text in found if _typed(text)})


def said(begins: str) -> str:
    """Give the one command within a sentence that begins so, to be typed; raises AssertionError if there is not one."""
    every = spoken()
    found = [begins] if begins in every else [text for text in every if text.startswith(begins)]
    if len(found) != 1:
        raise AssertionError(f"{begins!r} begins {found}")
    return found[0]


def _typed(text: str) -> bool:
    program, _, rest = text.lstrip("(").replace(";", " ", 1).partition(" ")
    return program in PROGRAMS.split() and bool(rest) and not _named(text)


def _named(text: str) -> bool:
    # A bare name, or with … for the rest: tests/docs/test_docs_commands.py looks for it and for its options.
    words = text.split()
    if words[0] not in ("utvag", "./run"):
        return False
    return text.endswith("…") or all(re.fullmatch(r"--[a-z-]+|[a-z]+", word) for word in words[1:])
