"""The start page read aloud: only what the programme names, only when tapped, and with a word of warning."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from pathlib import Path

import pytest
from flask import Flask

from portal.sound import LARGEST
from programme import Programme, ProgrammeError
from programme.model import Recording
from tests.portal.world import DEMO, Phone, World

VOICE = bytes(range(256)) * 40


def recorded(folder: Path, content: bytes = VOICE, digest: str = "") -> Recording:
    """Write a recording; return it as the programme's file names it."""
    file = folder / "en.mp3"
    file.write_bytes(content)
    return Recording(str(file), digest or hashlib.sha256(content).hexdigest().upper())


def speaking(world: World, recording: Recording) -> Flask:
    """Return a portal that has a recording in English."""
    return world.app(programme=dataclasses.replace(world.programme, sound={"en": recording}))


def test_who_reads_english_may_listen_and_is_warned(world: World, tmp_path: Path) -> None:
    """A player that fetches nothing before a tap, a warning, and parts of the file as players ask for them."""
    phone = Phone(speaking(world, recorded(tmp_path)), language="en")
    page = phone.get("/")
    assert "<audio controls preload=none src=/sound" in page.text
    assert "Others can hear it." in page.text
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    whole = phone.client.get("/sound", headers={"Accept-Language": "en"})
    assert (whole.status_code, whole.data, whole.content_type) == (200, VOICE, "audio/mpeg")
    assert whole.headers["Cache-Control"] == "no-store"
    part = phone.client.get("/sound", headers={"Accept-Language": "en", "Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, VOICE[10:20])


def test_without_a_recording_nothing_tells_of_one(world: World, tmp_path: Path) -> None:
    """Another language, and a portal that has none: no player, no policy for one, no file."""
    swedish = Phone(speaking(world, recorded(tmp_path)))
    assert "<audio" not in swedish.get("/").text
    assert swedish.get("/sound").status_code == 404
    none = Phone(world.app(), language="en")
    assert "<audio" not in none.get("/").text
    assert "media-src" not in none.get("/").headers["Content-Security-Policy"]
    assert none.get("/sound").status_code == 404


@pytest.mark.parametrize("fault", ["another", "large", "gone"])
def test_a_file_that_cannot_be_believed_is_left_out(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Somebody put another voice there, or too long a one, or none: the page stands without it, and the log says so."""
    recording = recorded(tmp_path, b"x" * (LARGEST + 1) if fault == "large" else VOICE)
    if fault == "another":
        Path(recording.file).write_bytes(b"another voice")
    if fault == "gone":
        Path(recording.file).unlink()
    with caplog.at_level(logging.ERROR):
        phone = Phone(speaking(world, recording), language="en")
    assert "<audio" not in phone.get("/").text
    assert "sound: en is left out" in caplog.text


def test_the_settings_name_each_fault(tmp_path: Path) -> None:
    """A language that nobody has, a path that is none, a hash that is none: each with its name and line."""
    demo = DEMO.read_text("utf-8")
    good = f'\n[sound.sv-simple]\nfile = "/etc/utvag/latt.mp3"\nsha256 = "{"ab" * 32}"\n'
    assert Programme.read(demo + good).sound["sv-simple"].file == "/etc/utvag/latt.mp3"
    wrong = '\n[sound.xx]\nfile = "x"\n[sound.so]\nfile = "so.exe"\nsha256 = "abc"\nloud = true\n'
    with pytest.raises(ProgrammeError) as caught:
        Programme.read(demo + wrong)
    named = {fault.partition(":")[0] for fault in caught.value.faults}
    assert named == {"sound.xx", "sound.so.file", "sound.so.sha256", "sound.so.loud"}
