"""What phones do beyond the plain form: ask for a code, seal by themselves, come back with a code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from bench.load import Job
from bench.measure import attempt
from bench.posting import BODY, Command, Effort, Row, durable, each, in_file, stage
from bench.servers import PORTAL, granian, granian_alone, running, waitress
from crypto import envelope
from crypto.returncode import Keys, derive, new_code
from crypto.thread import MOST_WAITING, Reply, seal_reply
from deaddrop.answer import Answer
from deaddrop.schema import engine
from portal.mailboxes import GIVE, QUESTION_SIZE
from tests.client.bench_sealing import measure
from tests.client.tools import ready

ALONE: dict[str, Command] = {"granian, one worker": granian_alone, "waitress (the demo's)": waitress}
ONE_WORKER = {"UTVAG_PORTAL_WORKERS": "1"}  # whoever gives out codes serves alone
PLACES, EPOCH, TOWN = 8, 1, "ekstad"  # of the demo's first roster
CODES = 32  # mailboxes of each kind
WORDS = "Hej! Vi har läst det du skrev. " * 20
SHOWN, NOTHING = "class=said", "inget svar just nu"  # what the page of a code says with replies, and without
SLOWER = 6  # times that the phone is slower than this machine


def with_code(effort: Effort) -> tuple[list[Row], tuple[float, float]]:
    """Measure POST /me with a wish for a code, which is drawn, derived and laid on the desk; and a worker's memory.

    Each client keeps its cookies as a phone does, so that its next receipt takes the place of the one before.
    """
    rows: list[Row] = []
    memory = (0.0, 0.0)
    for name, command in ALONE.items():
        with stage() as (place, environment):
            port = place.portal_port
            with running(command(PORTAL, port), port, environment | ONE_WORKER, "/me") as server:
                body, proof = f"{BODY}&answer_by=code", "ocation: /done\r\n"
                job = Job(port, "/me", 1, effort.seconds, body, origin=place.portal, keeps=True, proof=proof)
                rows += durable(name, server, job, effort, in_file(place))
                memory = max(memory, server.memory())
    return rows, memory


def sealed_in_phone(effort: Effort) -> list[Row]:
    """Measure POST /envelope: bytes of an envelope's form, which is all that the portal can see of one."""
    with stage() as (place, environment):
        port = place.portal_port
        with running(granian(PORTAL, port), port, environment, "/me") as server:
            heads = [envelope.head(PLACES, EPOCH, envelope.team_tag(TOWN)).hex()]
            size = envelope.size(PLACES)
            job = Job(port, "/envelope", 1, effort.seconds, heads=heads, size=size, origin=place.portal, good="201")
            return durable("granian", server, job, effort, in_file(place))


def coming_back(effort: Effort) -> list[Row]:
    """Measure who comes back, with a code that has four answers and with one that nobody has, at one worker.

    Without script the code is posted and the page behind it fetched, as one; with script the phone sends its token.
    """
    rows: list[Row] = []
    with stage() as (place, environment):
        port, origin = place.portal_port, place.portal
        with running(granian_alone(PORTAL, port), port, environment | ONE_WORKER, "/code") as server:
            salt = _salt(place.path("roster"))
            kinds = {"known": (_answered(place.path("deaddrop.sqlite"), salt), SHOWN), "unknown": (_drawn(), NOTHING)}
            for kind, (codes, proof) in kinds.items():
                bodies = [urlencode({"code": code}) for code in codes]
                page = Job(port, "/code", 1, effort.seconds, bodies=bodies, origin=origin, good="200", proof=proof)
                rows += each(f"without script, {kind}", server, page.followed(), effort)
            for kind, (codes, _) in kinds.items():
                heads = [_question(derive(code, salt)) for code in codes]
                asked = Job(
                    port, "/mailbox", 1, effort.seconds, heads=heads, size=QUESTION_SIZE, origin=origin, good="200"
                )
                attempt(server, asked)
                rows += each(f"with script, {kind}", server, asked, effort)
    return rows


def _drawn() -> list[str]:
    return [new_code() for _ in range(CODES)]


def _salt(roster: str) -> bytes:
    """Read the programme's salt from a roster of our own making."""
    return bytes.fromhex(json.loads(Path(roster).read_bytes().split(b"\n")[2])["salt"])


def _answered(store: str, salt: bytes) -> list[str]:
    """Draw codes and leave four replies for each."""
    codes, answer, today = _drawn(), Answer(engine(store)), datetime.now(UTC).date()
    for code in codes:
        mailbox = derive(code, salt).mailbox()
        for number in range(1, MOST_WAITING + 1):
            answer.leave(mailbox.address, seal_reply(Reply(number, today, "Elsa", WORDS), mailbox), today)
    return codes


def _question(keys: Keys) -> str:
    """Write the beginning of what a phone asks a mailbox (docs/envelope.md section 8.2); names of replies follow."""
    return (bytes([GIVE]) + keys.token).hex()


def on_a_slow_phone() -> dict[str, Sequence[float]]:
    """Measure derivation and sealing in Chromium, slowed down, in milliseconds; each run is a page's first."""
    ready()
    return dict(measure(SLOWER))
