"""Write the figures down beside those to reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from bench.casework import Casework, Counted, Flood
from bench.databases import databases_section
from bench.floods import ALLOWED, BEYOND, Flooded, floods_section
from bench.granting import Granted
from bench.growth import GROWTH
from bench.inbox import Opened
from bench.measure import Figure
from bench.pages import Page
from bench.posting import Row
from bench.soak import SOAK
from bench.tables import COLUMNS, RESULTS, machine, number, row_of, sections_of, table

COUNTED = ("cases", "seconds", "CPU ms a case", "rows of the audit")
CASES = 10_000  # the number that the targets are for
PAGE_LIMIT = 14_600  # bytes: ten packets, what a server may send before the phone has answered once


@dataclass
class Findings:
    """All that one run found."""

    rounds: int
    seconds: float
    noise_before: tuple[float, float] = (0.0, 0.0)
    noise_after: tuple[float, float] = (0.0, 0.0)
    rows: list[Row] = field(default_factory=list)
    control: Row | None = None
    get: Figure | None = None
    control_get: Figure | None = None
    memory: tuple[float, float] = (0.0, 0.0)
    coded: list[Row] = field(default_factory=list)
    coded_memory: tuple[float, float] = (0.0, 0.0)
    sealed: list[Row] = field(default_factory=list)
    back: list[Row] = field(default_factory=list)
    slow_phone: dict[str, Sequence[float]] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    inboxes: list[Opened] = field(default_factory=list)
    casework: list[Casework] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    flood: Flood | None = None
    granted: Granted | None = None
    databases: list[Row] = field(default_factory=list)
    floods: list[Flooded] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """One figure to reach: what it is, the figure found, its limit, and whether it is met."""

    what: str
    found: str
    limit: str
    met: bool


def best(found: Findings) -> Row:
    """Return the faster production server's row at 32 clients."""
    production = [row for row in found.rows if row.clients == 32 and "waitress" not in row.name]
    return max(production, key=lambda row: row.figure.per_second)


def busiest(rows: Sequence[Row]) -> Figure:
    """Return the figure at 32 clients of the production server, which stands first."""
    return next(row.figure for row in rows if row.clients == 32)


def targets(found: Findings) -> list[Target]:
    """Compare what was found with the figures to reach."""
    return [*_of_posts(found), *_of_phones(found), *_of_pages(found), *_of_casework(found)]


def _of_phones(found: Findings) -> list[Target]:
    coded, sealed = busiest(found.coded), busiest(found.sealed)
    return [
        at_most("POST with a return code, CPU a request", coded.cpu, 6.5, "ms"),
        at_least("POST with a return code, durable requests a second at 32 clients", coded.per_second, 250, "/s"),
        at_most("POST with a return code, p99 at 32 clients", coded.p99, 250, "ms"),
        at_most("sealed in the phone, CPU a request", sealed.cpu, 2, "ms"),
        at_least("sealed in the phone, durable requests a second at 32 clients", sealed.per_second, 800, "/s"),
        at_most("sealed in the phone, p99 at 32 clients", sealed.p99, 150, "ms"),
        at_most("sealing on a phone six times slower", median(found.slow_phone["sealing"]), 600, "ms"),
        at_most("deriving a code on a phone six times slower", median(found.slow_phone["derivation"]), 300, "ms"),
    ]


def _of_posts(found: Findings) -> list[Target]:
    post, demo = best(found).figure, next(r.figure for r in found.rows if "waitress" in r.name and r.clients == 32)
    get = found.get.cpu if found.get else float("inf")
    return [
        at_most("POST, CPU a request", post.cpu, 4.5, "ms"),
        at_least("POST, durable requests a second at 32 clients", post.per_second, 350, "/s"),
        at_most("POST, p99 at 32 clients", post.p99, 250, "ms"),
        at_least("the demo's waitress, durable requests a second at 32 clients", demo.per_second, 200, "/s"),
        at_most("the demo's waitress, p99 at 32 clients", demo.p99, 300, "ms"),
        at_most("GET of a form, CPU", get, 2.5, "ms"),
        at_most(
            "an honest sending (page and POST) in the worst flood, p99",
            max(one.p99 for one in found.floods if one.name != BEYOND),
            ALLOWED,
            "ms",
        ),
        at_most("honest sendings refused or lost in floods", sum(one.refused + one.lost for one in found.floods), 0),
        at_most("memory of a worker (RSS), codes given out too", max(found.memory[0], found.coded_memory[0]), 90, "MB"),
    ]


def _of_pages(found: Findings) -> list[Target]:
    plain = max((page for page in found.pages if not page.packed), key=lambda page: page.size)
    packed = max((page for page in found.pages if page.packed), key=lambda page: page.size)
    biggest = max(found.inboxes, key=lambda opened: opened.number)
    return [
        at_most(f"largest public page, packed ({packed.path}, {packed.language}), bytes", packed.size, PAGE_LIMIT),
        at_most(f"largest public page, unpacked ({plain.path}, {plain.language}), bytes", plain.size, PAGE_LIMIT),
        at_most("requests before a page can be read", max(page.requests for page in found.pages), 1),
        at_most(f"{biggest.number:,} requests listed once unlocked", biggest.again, 150, "ms"),
    ]


def _of_casework(found: Findings) -> list[Target]:
    most = max((one for one in found.casework if one.number <= CASES), key=lambda one: one.number)
    return [
        at_most(f"{most.number:,} cases listed first after unlocking", most.first, 1000, "ms"),
        at_most(f"{most.number:,} cases listed once unlocked", most.again, 150, "ms"),
        at_most(f"{most.number:,} cases searched", most.found, 300, "ms"),
    ]


def at_most(what: str, found: float, limit: float, unit: str = "") -> Target:
    """Make a target that must not be exceeded."""
    return Target(what, number(found, unit), "≤ " + number(limit, unit), found <= limit)


def at_least(what: str, found: float, limit: float, unit: str = "") -> Target:
    """Make a target that must be reached."""
    return Target(what, number(found, unit), "≥ " + number(limit, unit), found >= limit)


def render(found: Findings, now: datetime) -> str:
    """Return the whole report."""
    rows = [_posts(found), *_phones(found), _gets(found), _pages(found), _inboxes(found), _casework(found)]
    rows += [granting_section(found.granted)] if found.granted else []
    rows += [databases_section(found.databases), floods_section(found.floods)]
    parts = [_head(found, now), _against(found), *rows]
    return "\n\n".join(parts) + "\n"


def _head(found: Findings, now: datetime) -> str:
    (before, before_slowest), (after, after_slowest) = found.noise_before, found.noise_after
    return f"""# What it costs

{now:%Y-%m-%d %H:%M} UTC, {machine()}. Medians of {found.rounds} rounds of {found.seconds:g} s; the load generator
stands on the same machine. A fixed piece of work took {before:.1f} ms before (slowest +{before_slowest:.0f} %) and
{after:.1f} ms after (slowest +{after_slowest:.0f} %)."""


def _against(found: Findings) -> str:
    rows = ((one.what, one.found, one.limit, "met" if one.met else "**not met**") for one in targets(found))
    return "## Against the figures to reach\n\n" + table(("figure", "found", "to reach", ""), rows)


def _posts(found: Findings) -> str:
    rows = [*found.rows, *([found.control] if found.control else [])]
    return f"""## POST: validated, sealed to eight places, on disk, 303

Two workers each, one process for waitress; every acknowledged request was found in the dead drop, none more, none less.
The faster production server here: {best(found).name}. The control app does the same as Flask applications usually do:
FlaskForm, the ORM, stacked limits, the page rendered again.

{table(COLUMNS, (row_of(row) for row in rows))}"""


def _phones(found: Findings) -> list[str]:
    """Write what phones do beyond the plain form."""
    coded, sealed, back = (table(COLUMNS, map(row_of, rows)) for rows in (found.coded, found.sealed, found.back))
    slow = ((name, number(median(times)), number(max(times))) for name, times in found.slow_phone.items())
    return [
        f"""## POST with a return code: drawn, derived, sealed, on disk, laid on the desk, 303

One process: the desk that shows the code is its memory. Counted is only who is led to the code.

{coded}""",
        f"""## Sealed in the phone: POST /envelope, checked, on disk, 201

{sealed}""",
        f"""## Coming back with a code, one worker

Without script: the code posted and the page behind it fetched, together. With script: the token alone. Known: four
answers wait; unknown: nobody has the code.

{back}""",
        "## On a phone six times slower than this machine (Chromium)\n\n"
        + table(("what", "median ms", "worst ms"), slow),
    ]


def _gets(found: Findings) -> str:
    measured = (("/me", found.get), ("control app's form", found.control_get))
    rows = ((name, number(figure.cpu), number(figure.p50)) for name, figure in measured if figure)
    return f"""## GET of a form, and memory

{table(("page", "CPU ms", "p50 ms"), rows)}

A worker that has served both: {found.memory[0]:.1f} MB RSS, {found.memory[1]:.1f} MB PSS; one that has given out codes:
{found.coded_memory[0]:.1f} MB RSS, {found.coded_memory[1]:.1f} MB PSS."""


def _pages(found: Findings) -> str:
    plain = [page for page in found.pages if not page.packed]
    packed = [page for page in found.pages if page.packed]
    return f"""## Bytes of each public page's first load

Packed, in the demo, with headers, in every language, drafts too:

{_by_language(packed)}

Unpacked, outside the demo, for a browser that takes nothing packed:

{_by_language(plain)}"""


def _by_language(pages: Sequence[Page]) -> str:
    paths, tags = (
        list(dict.fromkeys(names)) for names in zip(*((one.path, one.language) for one in pages), strict=True)
    )
    sizes = {(one.language, one.path): f"{one.size:,}" for one in pages}
    return table(("language", *paths), ((tag, *(sizes[tag, path] for path in paths)) for tag in tags))


def _inboxes(found: Findings) -> str:
    head = ("requests", "first ms", "CPU ms", "again ms", "CPU ms", "page bytes", "filling, ms a request")
    return f"""## Opening the inbox

First: after signing in, when every envelope waits to be opened. Again: the list as it is from then on.

{table(head, (_opened(one) for one in found.inboxes))}"""


def _opened(one: Opened) -> tuple[str, ...]:
    figures = (one.first, one.first_cpu, one.again, one.again_cpu, one.size, one.filling)
    return (f"{one.number:,}", *(number(value) for value in figures))


def _casework(found: Findings) -> str:
    timed = (
        "unlocking",
        "keyring",
        "first list",
        "again",
        "today",
        "a case",
        "first search",
        "search",
        "list *",
        "a case *",
    )
    head = ("cases", "entries each", *(f"{what} ms" for what in timed))
    return f"""## Casework

Inside the process, without a server. Unlocking: signing in with a key file that is cheap to open (a real one adds the
same to each), keyring included; first list: the page after it, when every summary is opened. First search: the index
of every entry is built. With a star: once the reader keeps 200 conflicts of interest, to which what is shown is
compared first. The cases are real, sealed and signed, but made in one go: they hold the same, and above
20,000 each has one entry.

{table(head, (_worked(one) for one in found.casework))}

Figures: a half-year is counted, for which each case is opened; the page that shows them opens none.

{table(COUNTED, (_counted(one) for one in found.counted))}{_flood(found.flood)}"""


def _worked(one: Casework) -> tuple[str, ...]:
    pages = (one.first, one.again, one.today, one.case, one.built, one.found, one.hidden, one.asked)
    return (f"{one.number:,}", str(one.entries), *(number(value) for value in (one.unlocked, one.keyring, *pages)))


def _counted(one: Counted) -> tuple[str, ...]:
    return tuple(number(value) for value in (one.number, one.seconds, one.cpu, one.rows))


def _flood(flood: Flood | None) -> str:
    if flood is None:
        return ""
    head = (f"a flood of {flood.number:,} requests", "seconds", "CPU ms a request", "answers")
    aside = ("set aside, each opened for the first time", flood.aside, flood.aside_cpu, flood.aside_answers)
    back = ("taken back", flood.back, flood.back_cpu, flood.back_answers)
    rows = ((what, *(number(value) for value in values)) for what, *values in (aside, back))
    return "\n\n" + table(head, rows)


def granting_section(one: Granted) -> str:
    """Write what a newcomer's cases cost, with libsodium alone beside it."""
    head = (f"{one.number:,} cases", "CPU seconds", "libsodium alone, CPU seconds")
    rows = (
        ("given: grant, entry, summary and row of the audit each, on disk", one.given, one.all),
        ("of that the grants alone", None, one.grant),
        ("taken by the newcomer's first unlock, into the keyring", one.taken, one.taken_floor),
    )
    told = ((what, *("" if value is None else number(value) for value in values)) for what, *values in rows)
    return f"""## A newcomer is given every case

Libsodium alone: the same seals, signatures and encryptions, called from Python with nothing around them. Opening the
keyring of {one.number:,} keys takes {number(one.keyring)} ms. By the clock the giving took {number(one.clock)} s.

{table(head, told)}"""


def write(found: Findings) -> str:
    """Write RESULTS.md and return it; what has a run of its own stays."""
    text, before = render(found, datetime.now(UTC)), sections_of(RESULTS.read_text("utf-8"))
    own_runs = (f"{title}\n\n{before[title]}\n" for title in (GROWTH, SOAK) if title in before)
    text = "\n".join([text, *own_runs])
    RESULTS.write_text(text, "utf-8")
    return text
