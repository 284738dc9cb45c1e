"""The documentation as a site: built offline, nothing fetched from elsewhere, no link that leads nowhere."""

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.docs.pages import DOCS, ROOT

FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
LINKS = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload")
BYTES = 60_000  # of the largest picture


class Page(HTMLParser):
    """What a page of the site fetches, where it leads, and the places in it that can be led to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.leads: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one element fetches or leads to."""
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag in FETCHED and FETCHED[tag] in given:
            self.fetched.append(given[FETCHED[tag]])
        if tag == "link" and given.get("rel") in LINKS:
            self.fetched.append(given["href"])
        if tag == "a" and "href" in given:
            self.leads.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """Build the site as ./run docs does, where nothing outside this machine can be asked; give its pages."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-b", "html", str(DOCS), str(folder)]
    # A proxy that nobody answers at: whatever asks for something outside fails the build.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    built = subprocess.run(command, env={**os.environ, **nowhere}, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return {path: Page(path) for path in sorted(folder.rglob("*.html"))}


def top(site: dict[Path, Page]) -> Path:
    """Give the folder of the site."""
    return next(path.parent for path in site if path.name == "genindex.html")


def test_every_page_is_in_the_site(site: dict[Path, Page]) -> None:
    """No page is written for nobody: each file of docs/ is a page, and the strict build found a way to each."""
    written = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}
    assert written - {path.relative_to(top(site)).as_posix() for path in site} == set()
    assert len(written) > 40


def test_no_page_fetches_anything_from_elsewhere(site: dict[Path, Page]) -> None:
    """No font, script, style or picture of anybody else's: whoever reads about this is nobody's visitor."""
    outside = [
        f"{path.name}: {address}"
        for path, page in site.items()
        for address in page.fetched
        if urlsplit(address).netloc or urlsplit(address).scheme not in ("", "data")
    ]
    assert outside == []
    styles = sorted(top(site).rglob("*.css"))
    assert styles != []
    assert [path.name for path in styles if "url(http" in (text := path.read_text("utf-8")) or "@import" in text] == []


def test_no_link_leads_nowhere(site: dict[Path, Page]) -> None:
    """Each link within the site leads to a page that is there, and to a heading that is on it."""
    broken = [f"{path.name}: {address}" for path, address in leads(site) if not arrives(site, path, address)]
    assert broken == []


def leads(site: dict[Path, Page]) -> Iterator[tuple[Path, str]]:
    """List every link of the site that stays within it."""
    for path, page in site.items():
        yield from ((path, address) for address in page.leads if not urlsplit(address).scheme)


def arrives(site: dict[Path, Page], path: Path, address: str) -> bool:
    """Tell whether a link finds its page and its place there."""
    file, place = urldefrag(unquote(address))
    target = (path.parent / file).resolve() if file else path
    return target.exists() if target not in site else not place or place in site[target].places


def test_the_pictures_are_there_small_and_used() -> None:
    """Each picture is shown by a page, and light enough for a slow line."""
    texts = "".join(path.read_text("utf-8") for path in [ROOT / "README.md", *DOCS.rglob("*.md")])
    pictures = sorted((DOCS / "images").iterdir())
    assert [one.name for one in pictures if f"images/{one.name}" not in texts] == []
    assert [one.name for one in pictures if one.stat().st_size > BYTES] == []
    assert sum(one.stat().st_size for one in pictures) < 10 * BYTES


def test_a_page_says_which_language_it_is_in(site: dict[Path, Page]) -> None:
    """A screen reader reads Swedish pages in Swedish."""
    for page, language in (("coordinators/never", "sv"), ("protection/records", "sv"), ("it/network", "en")):
        assert f'<html class="no-js" lang="{language}"' in (top(site) / f"{page}.html").read_text("utf-8")
