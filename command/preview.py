"""`utvag preview`: the public pages as a programme's file makes them, on this machine alone, for whoever writes it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import click

from command.serve import refuse
from programme import LANGUAGES, Language, Programme, ProgrammeError
from web.catalogue import source

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"


@click.command()
@click.option("--settings", type=click.Path(path_type=Path), required=True, help="The programme's file.")
@click.option("--port", type=click.IntRange(0, 65535), default=8833, show_default=True)
@click.option("--drafts", is_flag=True, help="In every language that there is a draft of, too.")
def preview(settings: Path, port: int, drafts: bool) -> None:
    """Show every public page and state as the programme's file makes it, until Ctrl-C.

    It takes nothing and keeps nothing, and answers this machine only. The file is read again when it has changed; its
    faults are then shown in the place of the pages.
    """
    from command.processes import claim_port
    from web.serve import serve

    try:
        Programme.load(settings)
        port = claim_port(port)
    except ProgrammeError as error:
        click.echo("\n".join(told(settings, error)), err=True)
    except OSError as error:
        raise refuse([f"--port {port} cannot be had: {error.strerror}"]) from None
    click.echo(f"http://{HOST}:{port}/preview shows {settings}. Ctrl-C ends it.")
    serve(Watched(settings, drafts=drafts), HOST, port, threads=2, name="preview")


def told(settings: Path, error: ProgrammeError) -> list[str]:
    """Return what is to be mended, in lines."""
    return [f"{settings} will not do:", *(f"  {fault}" for fault in error.faults), "", "Mend it and load again."]


def languages_of(programme: Programme, *, drafts: bool) -> tuple[Language, ...]:
    """Return the programme's languages, or every one that there is something of."""
    wanted = [tag for tag in LANGUAGES if source(tag).is_file()] if drafts else []
    return tuple(LANGUAGES[tag] for tag in dict.fromkeys([*programme.languages, *wanted]))


class Watched:
    """A WSGI app that is made anew whenever the file has changed; a file that will not do is answered in plain text."""

    def __init__(self, settings: Path, *, drafts: bool) -> None:
        self._settings, self._drafts = settings, drafts
        self._stamp: tuple[int, int] | None = None
        self._app: WSGIApplication = _faults([])
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the app of the file as it is now."""
        with self._lock:
            stamp = self._now()
            if stamp is None or stamp != self._stamp:
                self._stamp, self._app = stamp, self._made()
            app = self._app
        return app(environ, start_response)

    def _now(self) -> tuple[int, int] | None:
        try:
            found = self._settings.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _made(self) -> WSGIApplication:
        from portal.preview import create_preview

        try:
            programme = Programme.load(self._settings)
        except ProgrammeError as error:
            return _faults(told(self._settings, error))
        return create_preview(programme, languages_of(programme, drafts=self._drafts))


def _faults(lines: list[str]) -> WSGIApplication:
    """Return an app that says what is to be mended; plain text, so that nothing in the file is markup."""
    content = "\n".join(lines).encode()

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(
            "200 OK",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(content))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [content]

    return app
