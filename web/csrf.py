"""One CSRF check for every request that changes something: a valid token, or the browser's word for same origin."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from web.origin import Origin

TOKEN_LIFE = 4 * 3600  # seconds; an older page still gets through by its origin, or gets its draft back


class OriginOrToken(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no annotations
    """Flask-WTF's global protection, with proof of same origin as a second way in.

    Safe: no foreign page can make a browser send `Sec-Fetch-Site: same-origin` or our Origin. Without this way,
    people whose browsers refuse cookies could never send anything.
    """

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self._origin = origin

    def protect(self, apply_exemptions: bool = False) -> None:
        """Raise CSRFError unless the request is proven to come from one of our own pages."""
        if self._origin.same_origin(request):
            g.csrf_valid = True
            return
        super().protect(apply_exemptions=apply_exemptions)


def protect(app: Flask, origin: Origin, refused: Callable[[], ResponseReturnValue]) -> None:
    """Guard every POST of the app; `refused()` answers a request with neither token nor proof.

    Call it after the hooks that must run before it (limits) are registered. Templates and code get the token from
    `flask_wtf.csrf.generate_csrf()`; the field is `csrf_token`.
    """
    app.config.update(WTF_CSRF_TIME_LIMIT=TOKEN_LIFE, WTF_CSRF_SSL_STRICT=False)  # we forbid the Referer it asks for
    OriginOrToken(origin).init_app(app)
    app.register_error_handler(CSRFError, lambda _error: refused())


def proven() -> bool:
    """Tell whether this request proves itself, for a hook that runs before the check does."""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return False
    return True
