"""The headers that stand on every answer, as data, and the middleware that puts them there."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from web.late import LATE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

log = logging.getLogger("utvag.web")

# What every page of both apps needs at least; an app adds its own, such as the hash of its inline style.
CSP_BASE: Mapping[str, str] = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

STANDING: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

HSTS = ("Strict-Transport-Security", "max-age=63072000")

LAST_RESORT = (
    b"503 Service Unavailable. Utv\xc3\xa4g. Ring 112 om det \xc3\xa4r fara nu. Call 112 if there is danger now.\n"
)


def standing(csp: Mapping[str, str], *, secure: bool) -> Headers:
    """Return the headers of every answer, sorted; `csp` adds to or replaces directives of CSP_BASE."""
    policy = "; ".join(f"{name} {value}" for name, value in {**CSP_BASE, **csp}.items())
    headers = [*STANDING.items(), ("Content-Security-Policy", policy)]
    return sorted([*headers, HSTS] if secure else headers)


class StandingHeaders:
    """Put the headers on every answer, whoever made it, and let no exception become a trace or a 500.

    It stands outside Flask, since an answer that Flask makes from a failure in its own hooks would otherwise
    slip by. The list is built once; a request costs one `extend`.
    """

    def __init__(self, app: WSGIApplication, headers: Headers) -> None:
        self._app = app
        self._headers = headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""

        def start(status: str, headers: Headers, _exc_info: object = None, /) -> object:
            if status == "500 INTERNAL SERVER ERROR":
                status = "503 SERVICE UNAVAILABLE"
            return start_response(status, headers + self._headers)

        try:
            return self._app(environ, start)  # type: ignore[arg-type]  # the write callable is never used by Flask
        except Exception as error:  # noqa: BLE001  # the last wall: whatever escapes must not reach the server's log
            log.error("failed: %s", type(error).__name__, extra=LATE)
            plain = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(LAST_RESORT)))]
            start_response("503 SERVICE UNAVAILABLE", plain + self._headers)
            return [LAST_RESORT]
