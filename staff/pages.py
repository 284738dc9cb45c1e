"""The few things that are the same for everyone: style, script, mark, the list of keys, a sign of life."""

from pathlib import Path

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from staff.cover import sheet
from staff.office import office
from web.ready import alive, told

pages = Blueprint("pages", __name__)
STATIC = Path(__file__).resolve().parent / "static"
ASSETS = {
    "staff.css": "text/css; charset=utf-8",
    "staff.js": "text/javascript; charset=utf-8",
    "case.css": "text/css; charset=utf-8",
    "others.css": "text/css; charset=utf-8",
    "case.js": "text/javascript; charset=utf-8",
    "drafts.js": "text/javascript; charset=utf-8",
    "passkeys.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
CONTENTS = {name: (STATIC / name).read_bytes() for name in ASSETS}


@pages.get("/static/<name>")
def asset(name: str) -> ResponseReturnValue:
    """Give one of a few files; there is no folder to wander in."""
    if name not in ASSETS:
        raise NotFound
    return Response(CONTENTS[name], content_type=ASSETS[name])


@pages.get("/cover-<int:seconds>.css")
def cover(seconds: int) -> ResponseReturnValue:
    """Give the style sheet that covers a page when its session has run out; it tells of no session."""
    return Response(sheet(seconds), content_type=ASSETS["staff.css"])


@pages.get("/keys")
def keys() -> ResponseReturnValue:
    """Show what each key does."""
    return render_template("staff/keys.html")


@pages.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Say what does not work for whom, and who answers for it: also to whom signing in is the obstacle."""
    programme = office().settings.programme
    own = programme.accessibility
    return render_template(
        "staff/accessibility.html",
        board=programme.board.name,
        a=own,
        telephone=own.telephone or programme.telephone.number,
        email=own.email or programme.board.email,
    )


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return alive()


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether roster and register can be believed and the casebook answers.

    Not whether the dead drop does: without it people still read and write, and the pages say that nothing is fetched.
    """
    return told(ready=office().ready())
