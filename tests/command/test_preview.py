"""`utvag preview`: served on this machine alone, read again when the file changes, faults in the place of pages."""

from __future__ import annotations

import os
import socket
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from command import main
from command.preview import HOST, Watched, languages_of
from command.processes import claim_port, start, stop, utvag, wait_until_answers
from programme import Programme

DEMO = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A programme's file of one's own."""
    file = tmp_path / "programme.toml"
    file.write_bytes(DEMO.read_bytes())
    return file


def write(file: Path, old: str, new: str) -> None:
    """Change the file, and its time with certainty."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    stamp = file.stat().st_mtime_ns + 10**9
    os.utime(file, ns=(stamp, stamp))


def test_the_page_follows_the_file(settings: Path) -> None:
    """A word is changed, a fault made, the fault mended, the file taken away: the next load shows each."""
    client = Client(Watched(settings, drafts=False))
    assert "Ekstad, Björkby och Granvik" in client.get("/").text
    write(settings, 'name = "Granvik"', 'name = "Sjöboda"')
    assert "Ekstad, Björkby och Sjöboda" in client.get("/").text
    write(settings, "kept_days = 30", "kept_days = <b>")
    faulty = client.get("/")
    assert faulty.mimetype == "text/plain"
    assert "is not TOML" in faulty.text
    assert "(line " in faulty.text
    write(settings, "kept_days = <b>", "kept_days = 14")
    assert "Sjöboda" in client.get("/").text
    settings.unlink()
    assert "cannot be read" in client.get("/").text


def test_drafts_are_shown_only_if_asked_for() -> None:
    """The programme's own languages stand first; with --drafts every other that there is a catalogue of."""
    demo = Programme.load(DEMO)
    own = [one.tag for one in languages_of(demo, drafts=False)]
    assert own == list(demo.languages)
    assert [one.tag for one in languages_of(demo, drafts=True)][: len(own)] == own


def test_it_is_served_on_this_machine_and_keeps_no_file(settings: Path, tmp_path: Path) -> None:
    """The command as it is typed: it answers, and the folder holds what it held before."""
    port = claim_port(0)
    log = tmp_path / "log" / "said"
    log.parent.mkdir()
    before = sorted(settings.parent.iterdir())
    child = start("preview", utvag("preview", "--settings", str(settings), "--port", str(port)), os.environ, log)
    try:
        wait_until_answers(child, f"http://{HOST}:{port}/preview")
        with urllib.request.urlopen(f"http://{HOST}:{port}/preview", timeout=10) as answer:
            assert "Alla sidor" in answer.read().decode()
    finally:
        stop([child])
    assert sorted(settings.parent.iterdir()) == before
    assert f"http://{HOST}:{port}/preview shows" in log.read_text("utf-8")


def test_a_taken_port_is_a_sentence(settings: Path) -> None:
    """No trace, but why it cannot be had."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen(1)
        port = other.getsockname()[1]
        result = CliRunner().invoke(main, ["preview", "--settings", str(settings), "--port", str(port)])
    assert result.exit_code == 1
    assert f"--port {port} cannot be had" in result.output
