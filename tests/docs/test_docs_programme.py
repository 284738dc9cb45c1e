"""docs/it/programme.md: its commands as they stand there, every setting named, and its examples true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from command import main
from programme import Programme, ProgrammeError
from programme.reader import Table
from tests.docs.pages import DOCS, ROOT, lines

PAGE = (DOCS / "it" / "programme.md").read_text("utf-8")
DEMO = (ROOT / "programme" / "demo.toml").read_text("utf-8")
RARE = """
[cards]
question = { sv = "Hej?" }
poster = { sv = "Hej?" }
parents = { sv = "Hej?" }

[[elsewhere]]
name = "Sjöboda"
phone = "070-174 06 51"

[[support]]
name = { sv = "Anhörigstödet" }
phone = "070-174 06 52"
whom = "close"
"""


def printing() -> list[str]:
    """Give the commands of the page."""
    return list(lines(PAGE))


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed as they stand, beside a file called programme.toml: the pages are served, and the named files written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "programme.toml").write_text(DEMO, "utf-8")
    served: list[Client] = []
    monkeypatch.setattr("web.serve.serve", lambda app, *_where, **_how: served.append(Client(app)))
    monkeypatch.setattr("command.processes.claim_port", lambda port: port)
    for line in printing():
        result = CliRunner().invoke(main, shlex.split(line)[1:])
        assert result.exit_code == 0, result.output
    (client,) = served
    assert "Alla sidor" in client.get("/preview").text
    named = re.findall(r"^\| `([\w-]+)-sv\.pdf` \|", PAGE, re.MULTILINE)
    written = {path.name for path in (tmp_path / "tryck").iterdir()}
    assert written == {f"{name}-{tag}.pdf" for name in named for tag in Programme.read(DEMO).languages}


def test_every_setting_is_named_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reader asks a file for stands in the page in its own letters; the staff's part is told elsewhere."""
    asked: set[str] = set()
    ask = Table._get

    def noted(table: Table, key: str) -> object:
        if not table._path.startswith("casework"):
            asked.add(key)
        return ask(table, key)

    monkeypatch.setattr(Table, "_get", noted)
    Programme.read(DEMO + RARE)
    text = re.sub(r"(?ms)^```.*?^```", "", PAGE)
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", text))))
    days = {"tuesday", "wednesday", "thursday", "friday", "saturday"}  # "monday to sunday"
    assert len(asked) > 40
    assert asked - named - days == set()


def test_the_faults_that_the_page_shows_are_told_so() -> None:
    """The example is what such a file is answered with, line for line but for the numbers of the lines."""
    text = DEMO.replace('name = "Utväg"\n', "").replace('id = "bjorkby"', 'id = "Björkby"')
    with pytest.raises(ProgrammeError) as caught:
        Programme.read(text.replace("parents_may_wait", "parents_may_wayt"))
    shown = re.findall(r"^  (.+) \(line \d+\)$", PAGE, re.MULTILINE)
    assert len(shown) == 3
    assert [re.sub(r" \(line \d+\)$", "", fault) for fault in caught.value.faults] == shown


def test_every_promise_has_its_condition_on_the_page() -> None:
    """Whoever sets one to true reads there what must be so."""
    told = re.findall(r"^\| `(\w+)` \| ", PAGE[PAGE.index("**`[promises]`**") :], re.MULTILINE)
    assert set(told) == set(Programme.read(DEMO).promises.names())
