"""The start page read aloud, a file for each language: fetched when somebody taps, from here, and heard by all around.

A file is taken only as the one that the programme's file names by its hash, and kept in memory from then on: nobody
who can write beside the programme's file can put another voice in its place.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

from flask import Response, abort, request

from programme.model import Recording

TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".wav": "audio/wav"}
LARGEST = 4 * 2**20  # bytes: ten minutes of speech, and what a phone can pay for

log = logging.getLogger("utvag.portal")


class Sounds:
    """The recordings of a portal, by language; one that cannot be believed is not there, and the log says so."""

    def __init__(self, recordings: Mapping[str, Recording]) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        for tag, recording in recordings.items():
            try:
                self._files[tag] = _believed(recording)
            except (OSError, ValueError) as error:
                log.error("sound: %s is left out: %s", tag, error if isinstance(error, ValueError) else "not there")

    @property
    def languages(self) -> frozenset[str]:
        """Return the tags that there is a recording for."""
        return frozenset(self._files)

    def answer(self, language: str) -> Response:
        """Give the recording of a language, or the part of it that a player asks for; 404 if there is none."""
        if language not in self._files:
            abort(404)
        content, kind = self._files[language]
        response = Response(content, content_type=kind)
        response.make_conditional(request, accept_ranges=True, complete_length=len(content))
        return response


def _believed(recording: Recording) -> tuple[bytes, str]:
    path = Path(recording.file)
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"larger than {LARGEST} bytes")
    if hashlib.sha256(content).hexdigest() != recording.sha256.lower():
        raise ValueError("another file than its sha256 says")
    return content, TYPES[path.suffix.lower()]
