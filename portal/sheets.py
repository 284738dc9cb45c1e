"""The style sheets that stand inside the pages, made small at start, and their hashes for the CSP."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import string
from collections.abc import Iterator

from markupsafe import Markup

from web.app import TEMPLATES

COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACES = re.compile(r"\s*([{};,>!]|: )\s*")
# Names along the block axis have shorter ones, which mean the same in every language that is written in lines.
PLAIN = {
    "max-inline-size": "max-width",
    "min-inline-size": "min-width",
    "inline-size": "width",
    "min-block-size": "min-height",
    "block-size": "height",
    "margin-block-end": "margin-bottom",
    "margin-block-start": "margin-top",
    "inset-block-start": "top",
    "border-block-start": "border-top",
}
AXIS = re.compile("|".join(PLAIN))
VARIABLES = re.compile(r"--([a-z]+)\b")


def sheet(*names: str) -> Markup:
    """Join style sheets of templates/portal/ and make them small: no comments, no needless space, short variables."""
    source = "".join(map(_source, names))
    plain = AXIS.sub(lambda match: PLAIN[match[0]], COMMENTS.sub("", source))
    small = SPACES.sub(lambda match: match[1].strip(), plain).replace(";}", "}").replace("@media (", "@media(")
    # The common names come first, so that they have the same letters in a sheet that leaves them to another one.
    short = dict(zip(dict.fromkeys(VARIABLES.findall(_source("common") + small)), _letters(), strict=False))
    return Markup(VARIABLES.sub(lambda match: "--" + short[match[1]], small).strip())  # noqa: S704  # our own files


def _source(name: str) -> str:
    return (TEMPLATES / "portal" / f"{name}.css").read_text("utf-8")


def _letters() -> Iterator[str]:
    for size in (1, 2):
        yield from map("".join, itertools.product(string.ascii_lowercase, repeat=size))


def csp_hash(style: str) -> str:
    """Return the source expression that lets this very sheet through a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


FORM = sheet("common", "field", "form")
READ = sheet("common", "read", "field", "code")
# Where there is no script nothing waits for one.
LATE = Markup("[data-unready],[data-ready][hidden]{display:none!important}")
RARE = sheet("rare")
MANY = 3  # languages that stand side by side; more lie in a drawer


def needs_rare(languages: int, *, demo: bool) -> bool:
    """Tell whether the pages need the rare sheet too, beside their own."""
    return demo or languages > MANY


def sources(*, rare: bool) -> str:
    """Return the source expressions of the sheets that pages hold."""
    return " ".join(map(csp_hash, (FORM, READ, LATE, RARE) if rare else (FORM, READ, LATE)))
