"""Two scanners that attackers use, let loose: sqlmap on what can be typed in both apps, wapiti on the public pages."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.road import Demo, demo, sign_in

pytestmark = pytest.mark.long
NOTHING = "all tested parameters do not appear to be injectable"
FOUND = re.compile(r"found (\d+) URLs and forms")
PAGES = 12  # that a scanner finds at least, forms included, before its answer means anything
MODULES = "backup,blindsql,cookieflags,crlf,csp,exec,file,http_headers,methods,permanentxss,redirect,shellshock,sql,xss"
# What wapiti calls a fault and is meant: neither app sends HSTS over plain http, which the demo speaks on loopback,
# and no browser of these years knows X-XSS-Protection.
MEANT = {
    "HTTP Secure Headers": {"Strict-Transport-Security is not set", "X-XSS-Protection is not set"},
    "Secure Flag cookie": {"Secure flag is not set"},
}


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Both apps, with some requests to read."""
    with demo(tmp_path_factory.mktemp("scan") / "dir", "--fill", "5") as lent:
        yield lent


def sqlmap(page: str, fields: str, folder: Path, *more: str, action: str = "") -> str:
    """Let sqlmap try every field of a page's form, with the token of the page itself; give what it said."""
    address = action or page
    wanted = ["--data", fields, "--csrf-token", "csrf_token", "--csrf-url", page]
    quiet = [
        "--batch",
        "--flush-session",
        "--disable-coloring",
        "--output-dir",
        str(folder),
        "--ignore-redirects",
        "--answers=refresh=N",
    ]
    command = ["sqlmap", "-u", address, *wanted, *quiet, *more]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=500, cwd=folder).stdout


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/me", "message=hej&contact=1&municipality=ekstad&need=talk&lang=&csrf_token=x"),
        ("/code", "code=1&csrf_token=x"),
    ],
)
def test_nothing_that_a_visitor_types_reaches_a_database_as_words(
    road: Demo, tmp_path: Path, path: str, fields: str
) -> None:
    """Every field of the public forms is tried as an injection, and none is one."""
    assert NOTHING in sqlmap(road.portal + path, fields, tmp_path)


def test_nothing_that_staff_type_reaches_a_database_as_words(road: Demo, tmp_path: Path) -> None:
    """A coordinator's search is tried as an injection, and is none."""
    elsa = sign_in(road.staff, road.people[0])
    cookie = "; ".join(f"{name}={value}" for name, value in elsa.cookies.items())
    known, action = ["--cookie", cookie, "-p", "words"], f"{road.staff}/cases/search"
    said = sqlmap(f"{road.staff}/cases", "words=hej&csrf_token=x", tmp_path, *known, action=action)
    assert NOTHING in said


def wapiti(origin: str, folder: Path) -> tuple[dict[str, Any], str]:  # Any: JSON's values
    """Let wapiti follow every link and try every form; give its report and what it said."""
    report = folder / "report.json"
    limits = ["--max-scan-time", "4", "--max-links-per-page", "50", "-d", "3", "--flush-session"]
    command = [
        "wapiti",
        "-u",
        f"{origin}/",
        "-m",
        MODULES,
        "-f",
        "json",
        "-o",
        str(report),
        "--no-bugreport",
        *limits,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=500, cwd=folder, env=home(folder)
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-1500:]
    read: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return read, done.stdout


def home(folder: Path) -> dict[str, str]:
    """Give an environment in which the scanner keeps its files in the test's folder and asks nobody outside."""
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "https_proxy": "http://127.0.0.1:9"}


def faults(report: dict[str, Any]) -> list[str]:  # Any: JSON's values
    """List what the scanner calls a fault or an anomaly, but for what is meant."""
    return [
        f"{kind}: {one['method']} {one['path']} {one['info']}"
        for part in ("vulnerabilities", "anomalies")
        for kind, ones in report[part].items()
        for one in ones
        if not any(meant in one["info"] for meant in MEANT.get(kind, ()))
    ]


def test_a_scanner_finds_nothing_on_the_public_pages(road: Demo, tmp_path: Path) -> None:
    """Injections, markup, redirects, headers, backups, methods: the whole of the portal is tried."""
    report, said = wapiti(road.portal, tmp_path)
    assert faults(report) == []
    assert int(FOUND.findall(said)[0]) >= PAGES
