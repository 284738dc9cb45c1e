"""Make a Flask app with the manners that both apps share."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from flask import Flask, Response, make_response
from jinja2 import BaseLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from web.body import MAX_BODY, check_body
from web.headers import StandingHeaders, standing
from web.late import LATE
from web.origin import Origin
from web.refusals import answer_refusal

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

ErrorPage = Callable[[int], str | Response]
ExcInfo = tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]

log = logging.getLogger("utvag.web")


class QuietFlask(Flask):
    """Flask that logs a failure as the name of its class: a trace may hold what was typed."""

    jinja_options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}  # noqa: RUF012  # the type that Flask declares

    def __init__(self, import_name: str, folders: Sequence[str]) -> None:
        self._folders = folders
        super().__init__(import_name, static_folder=None, template_folder=None)

    def create_global_jinja_loader(self) -> BaseLoader:  # type: ignore[override]  # Flask's own is a DispatchingJinjaLoader
        """Load `portal/x.html` and `shared/x.html`, and nothing outside the named folders."""
        return PrefixLoader({name: FileSystemLoader(TEMPLATES / name) for name in self._folders})

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log the class and no more."""
        log.error("failed: %s", type(exc_info[1]).__name__, extra=LATE)


def new_app(
    import_name: str,
    *,
    templates: Sequence[str],
    origin: Origin,
    csp: Mapping[str, str],
    error_page: ErrorPage,
    session_cookie: str,
    raw: Collection[str] = (),
) -> Flask:
    """Return an app with limits, standing headers and error pages, but without routes or CSRF (see `web.csrf`).

    `templates` names folders under `templates/`; `csp` adds directives to `web.headers.CSP_BASE`;
    `error_page(status)` gives the whole HTML page for a 4xx or 5xx in the reader's language; `session_cookie` is
    the base name of the cookie that holds the CSRF secret; `raw` names paths that take bytes instead of a form. The
    signing key is new in every process: set `app.secret_key` where several workers serve.
    """
    app = QuietFlask(import_name, templates)
    app.secret_key = secrets.token_bytes(32)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=1,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        SESSION_COOKIE_NAME=origin.cookie_name(session_cookie),
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=origin.secure,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.url_map.merge_slashes = False
    app.before_request(answer_refusal)
    app.before_request(partial(check_body, raw))
    register_error_pages(app, error_page)
    app.wsgi_app = StandingHeaders(app.wsgi_app, standing(csp, secure=origin.secure))  # type: ignore[method-assign]  # Flask's documented way to add middleware
    return app


def trust(app: Flask, proxies: int) -> None:
    """Believe so many proxies of our own about where a request comes from, and about nothing else."""
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0)  # type: ignore[method-assign]  # as Flask documents


def register_error_pages(app: Flask, error_page: ErrorPage) -> None:
    """Answer each HTTP error with the app's page, and each unexpected failure with its 503."""

    def refused(error: HTTPException) -> Response:
        status = error.code or 503
        if status >= 500:
            status = 503
        response = make_response(error_page(status), status)
        allow = getattr(error, "valid_methods", None)
        if allow:
            response.headers["Allow"] = ", ".join(sorted(allow))
        return response

    def failed(error: Exception) -> Response:
        log.error("failed: %s", type(error).__name__, extra=LATE)
        return make_response(error_page(503), 503)

    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, failed)
