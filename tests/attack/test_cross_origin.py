"""A page of somebody else's, open in the same browser as a coordinator who is signed in."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext

from command.processes import HOST
from tests.browser.conftest import chromium, desk, road
from tests.road import Demo, listed, sign_in
from tests.staff.test_staff_every_route import visits
from tests.staff.world import World

pytestmark = pytest.mark.long
__all__ = ["chromium", "desk", "road"]
PAGE = b"<!doctype html><title>-</title><p>En annan sida"
# What a form that guesses well would bring: fields that pages of ours have, and a token that is not the right one.
GUESSED = {"csrf_token": "x", "reason": "test", "line": "x", "text": "x", "name": "Elsa", "words": "x", "to": "/"}
POST = """([action, fields, kind]) => {
  if (kind === "fetch") {
    return fetch(action, {method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams(fields)})
      .then(() => 0, () => 0);
  }
  const form = document.createElement("form");
  Object.assign(form, {action, method: "post", target: "sink", enctype: kind});
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, {type: "hidden", name, value});
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
PATIENCE = 20.0  # seconds until an answer that does not come is missing
KINDS = ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "fetch")


@dataclass(frozen=True)
class Stranger:
    """A site on another port: the browser takes it for the same site, so that our cookies do come along."""

    origin: str


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    """Serve somebody else's page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            self.send_response_only(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Stranger(f"http://{HOST}:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    thread.join(10)


def digest(road: Demo, name: str) -> dict[str, str]:
    """Give a hash of each table of a database: what nobody changed stays the same.

    Left out is `marks`, where the app itself notes when it last collected.
    """
    with closing(sqlite3.connect(road.folder / name)) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        chosen = {table: f'SELECT * FROM "{table}"' for table in tables - {"marks"}}  # noqa: S608  # our own tables
        rows = {table: sorted(map(repr, database.execute(words))) for table, words in chosen.items()}
    return {table: hashlib.sha256("".join(found).encode()).hexdigest() for table, found in rows.items()}


def posts_of(road: Demo, tmp_path: Path) -> list[str]:
    """List every address of the staff app that takes a POST, for a request that is really there."""
    world = World(tmp_path)
    try:
        row = min(listed(sign_in(road.staff, road.people[0]))).rpartition("/")[2]
        return [path for _, method, path in visits(world, row) if method == "POST"]
    finally:
        world.close()


def press(context: BrowserContext, stranger: Stranger, target: str, paths: list[str]) -> list[tuple[str, int]]:
    """Let the stranger's page post to each path in every way that a page can; give what was answered, 0 for nothing.

    What the browser will not show the stranger has been asked for all the same.
    """
    page, answered = context.new_page(), list[tuple[str, int]]()
    page.on("response", lambda got: answered.append((urlsplit(got.url).path, got.status)))
    page.on("requestfailed", lambda failed: answered.append((urlsplit(failed.url).path, 0)))
    page.goto(stranger.origin)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<iframe name=sink></iframe>')")
    for path in paths:
        for kind in KINDS:
            before, until = len(answered), time.monotonic() + PATIENCE
            page.evaluate(POST, [target + path, GUESSED, kind])
            while path not in [one for one, _ in answered[before:]]:
                assert time.monotonic() < until, (path, kind)
                page.wait_for_timeout(2)
    page.close()
    return answered


def test_no_post_of_another_page_changes_anything(
    road: Demo, desk: BrowserContext, stranger: Stranger, tmp_path: Path
) -> None:
    """Every POST of the staff app, four ways each, from a page that our cookies follow: the casebook stays."""
    paths = posts_of(road, tmp_path)
    page = desk.new_page()
    page.goto(f"{road.staff}/inbox")
    before = digest(road, "casebook.sqlite")
    answered = press(desk, stranger, road.staff, paths)
    assert digest(road, "casebook.sqlite") == before
    assert len(paths) > 50
    assert all(status < 500 for _, status in answered)
    page.reload()  # nobody was signed out either, as a lock by a stranger would do
    assert urlsplit(page.url).path == "/inbox"
    page.close()


def test_the_same_post_of_our_own_page_does_change_something(road: Demo, desk: BrowserContext) -> None:
    """What the test above looks at can be seen to change: the same browser takes a request by its own page's button."""
    path = min(listed(sign_in(road.staff, road.people[0])))
    before = digest(road, "casebook.sqlite")
    page = desk.new_page()
    page.goto(f"{road.staff}{path}")
    page.locator('form[action$="/take"] button').first.click()
    page.wait_for_load_state()
    page.close()
    assert digest(road, "casebook.sqlite") != before


def test_no_post_of_another_page_sends_anything(road: Demo, chromium: Browser, stranger: Stranger) -> None:
    """A stranger's page cannot send a request from a visitor's browser, nor make it look into or empty a mailbox."""
    context = chromium.new_context(locale="sv-SE")
    context.new_page().goto(f"{road.portal}/me")
    before = digest(road, "deaddrop.sqlite")
    answered = press(context, stranger, road.portal, ["/me", "/other", "/code", "/envelope", "/mailbox"])
    context.close()
    after = digest(road, "deaddrop.sqlite")
    assert {name: after[name] for name in ("envelopes", "replies", "opened")} == {
        name: before[name] for name in ("envelopes", "replies", "opened")
    }
    assert all(status < 500 for _, status in answered)


@pytest.mark.parametrize("where", ["staff", "portal"])
def test_no_page_of_ours_stands_in_anothers_frame(
    road: Demo, desk: BrowserContext, stranger: Stranger, where: str
) -> None:
    """A stranger's page that lays ours under its own buttons shows an empty frame."""
    paths = {"staff": (road.staff, ["/inbox", "/login", "/cases"]), "portal": (road.portal, ["/", "/me", "/code"])}
    origin, shown = paths[where]
    page = desk.new_page()
    page.goto(stranger.origin)
    for path in shown:
        with page.expect_response(origin + path):
            page.evaluate(
                "a => document.body.insertAdjacentHTML('beforeend', `<iframe src='${a}'></iframe>`)", origin + path
            )
    page.wait_for_timeout(500)
    assert {urlsplit(frame.url).scheme for frame in page.frames[1:]} == {"chrome-error"}
    page.close()
