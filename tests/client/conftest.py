"""The client in Node and in Chromium.

Playwright's objects belong to the thread that made them, and another folder's tests may hold a browser in pytest's
own: what touches this folder's browser runs in a thread of its own, test functions that ask for `page` included.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.browser.conftest import CHROMIUM, PHONE, QUIET
from tests.client.stand import Stand, stand
from tests.client.tools import CLIENT, Engine, NodeProcess, probe, ready
from tests.client.tools import node as run_node

STAGE = pytest.StashKey[Executor]()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that asks for a page in the browser's thread."""
    if not pyfuncitem.funcargs.keys() & {"page", "plain"}:
        return None
    names = pyfuncitem._fixtureinfo.argnames  # as pytest's own implementation of this hook does
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    pyfuncitem.session.stash[STAGE].submit(partial(pyfuncitem.obj, **arguments)).result()
    return True


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Lend the one thread that browsers live in."""
    with ThreadPoolExecutor(1) as thread:
        request.session.stash[STAGE] = thread
        yield thread


@pytest.fixture(scope="session")
def packages() -> None:
    """Make sure that the client's packages are installed."""
    ready()


@pytest.fixture(scope="session")
def chromium(stage: Executor) -> Iterator[Browser]:
    """Lend Chromium; touch it on the stage only."""
    lent = browser()
    yield stage.submit(lent.__enter__).result()
    stage.submit(lent.__exit__, None, None, None).result()


@pytest.fixture(scope="session")
def node(packages: None) -> Iterator[Engine]:
    """Lend the client in Node, and libsodium beside it."""
    process = NodeProcess()
    yield Engine(process.run)
    process.close()


@pytest.fixture(scope="session")
def firefox() -> Iterator[Engine]:
    """Lend a person in Debian's Firefox."""
    process = NodeProcess("firefox.mjs")
    yield Engine(process.run)
    process.close()


@pytest.fixture(scope="session")
def in_chromium(packages: None, chromium: Browser, stage: Executor) -> Iterator[Engine]:
    """Lend the client in a real Chromium."""
    with stand(probe()) as portal:
        portal.page = '<!doctype html><title>-</title><script src="/seal.js"></script>'
        page: Page = stage.submit(chromium.new_page).result()
        stage.submit(page.goto, f"{portal.origin}/me").result()
        yield Engine(lambda job: stage.submit(page.evaluate, "job => probe(job)", job).result())
        stage.submit(page.close).result()


@pytest.fixture(params=["node", "in_chromium"], ids=["Node", "Chromium"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Lend the client in each of the two."""
    lent: Engine = request.getfixturevalue(request.param)
    return lent


@pytest.fixture
def page(chromium: Browser, stage: Executor) -> Iterator[Page]:
    """Lend a page in a phone's browser that has never been anywhere."""
    context = stage.submit(phone, chromium).result()
    yield stage.submit(context.new_page).result()
    stage.submit(context.close).result()


@pytest.fixture
def plain(chromium: Browser, stage: Executor) -> Iterator[BrowserContext]:
    """Lend a phone's browser with JavaScript off."""
    context = stage.submit(partial(phone, chromium, java_script_enabled=False)).result()
    yield context
    stage.submit(context.close).result()


def phone(chromium: Browser, *, java_script_enabled: bool = True) -> BrowserContext:
    """Make a phone's browser that has never been anywhere."""
    size = ViewportSize(width=PHONE["width"], height=PHONE["height"])
    return chromium.new_context(viewport=size, has_touch=True, java_script_enabled=java_script_enabled)


@pytest.fixture(scope="session")
def script(packages: None) -> bytes:
    """Build the script and lend it."""
    built = run_node("build.mjs")
    assert built.returncode == 0, (built.stdout + built.stderr).decode()
    return (CLIENT / "dist" / "seal.js").read_bytes()


@pytest.fixture
def portal(script: bytes) -> Iterator[Stand]:
    """Lend a stand-in for the portal that has heard nothing yet."""
    with stand(script) as lent:
        yield lent
