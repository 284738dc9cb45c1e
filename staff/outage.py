"""What somebody sees when the casebook or a disk fails: that it is so, and that what they wrote is kept."""

import logging

from flask import g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from staff.accounts import salvage
from staff.office import office

LOCK = "accounts.lock"
PAUSE = 10  # seconds after which it is worth asking again

log = logging.getLogger("utvag.staff")


def failed(error: Exception) -> ResponseReturnValue:
    """Answer a failure of ours with a page that asks no database, and keep what was written in memory.

    Only the class of the failure is logged. Whether the act was done cannot be known where the casebook was lost while
    it was told to commit, so that the page never says that nothing was done.
    """
    log.error("failed: %s", type(error).__name__)
    if request.endpoint == LOCK:  # whoever locks is locked, whatever else fails
        office().sessions.lock(request.cookies.get(office().cookie, ""))
    for name in ("person", "row"):  # the page's frame would count what waits for them
        g.pop(name, None)
    kept = salvage.writing()
    page = render_template("staff/error.html", status=503, kept=kept, sent=request.method == "POST")
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(PAUSE)
    return salvage.hold_for_now(response) if kept else response
