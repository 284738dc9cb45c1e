"""What phones sign: a message of the script's joins its thread, and one that was changed afterwards does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from crypto.envelope import envelope_id
from crypto.primitives import canonical
from crypto.returncode import new_code
from crypto.sealing.seal import seal_content
from crypto.submission import new_try
from tests.client.tools import Engine, NodeProcess, raw, ready
from tests.staff.world import Browser, World
from tests.staff.writer import Writer

Harm = Callable[[dict[str, object]], object]
HARMS: dict[str, Harm] = {
    "words": lambda value: value["answers"].update(message="inskjutet i efterhand"),  # type: ignore[attr-defined]  # JSON's values
    "address": lambda value: value["mailbox"].update(address="0" * 64),  # type: ignore[attr-defined]  # as above
    "thread key": lambda value: value["mailbox"].update(thread="1" * 64),  # type: ignore[attr-defined]  # as above
    "counter": lambda value: value["follow_up"].update(counter=7),  # type: ignore[attr-defined]  # as above
    "town": lambda value: value.update(page="en"),
    "unsigned": lambda value: value.pop("follow_up"),
}


@pytest.fixture(scope="module")
def node() -> Iterator[Engine]:
    """Lend the phone's script in Node."""
    ready()
    process = NodeProcess()
    yield Engine(process.run)
    process.close()


def written(node: Engine, world: World, code: str, message: str) -> bytes:
    """Write again in the phone's stead: the content of an envelope, signed with the code."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    given = {"tryId": new_try(), "at": now, "form": "me", "municipality": "ekstad", "page": "sv"}
    answers = {"answers": {"message": message}, "mailbox": None}
    content = node("follow-up", given={**given, **answers}, text=code, salt=world.roster.salt, counter=1795334567890)
    return raw(content)


def leave(world: World, content: bytes) -> str:
    """Seal a content, whatever it is, and let it be collected; gives its id."""
    sealed = seal_content(content, "ekstad", world.roster)
    world.leave(sealed)
    world.collect()
    return envelope_id(sealed).hex()


def test_what_the_phone_signed_stands_in_its_thread(world: World, owner: Browser, node: Engine) -> None:
    """Kim wrote first, then again with the code: Anna reads both on one page."""
    code = new_code()
    row = Writer(world, code).send(message="första gången")
    leave(world, written(node, world, code, "tack <b>åäö</b> \u202e"))
    page = owner.get(f"/inbox/{row}").text
    assert "skrivet med koden, signerat" in page
    assert "tack &lt;b&gt;åäö&lt;/b&gt;" in page


def test_what_was_changed_after_signing_stands_alone(world: World, owner: Browser, node: Engine) -> None:
    """One value of the phone's message is another, or the proof is gone: a new request, and the thread is as it was."""
    code = new_code()
    row = Writer(world, code).send(message="första gången")
    alone = []
    for harm in HARMS.values():
        value = json.loads(written(node, world, code, "inskjutet"))
        harm(value)
        alone.append(leave(world, canonical(value)))
    page = owner.get(f"/inbox/{row}").text
    assert "första gången" in page
    assert "inskjutet" not in page
    assert "skrivet med koden" not in page
    assert all("inskjutet" in owner.get(f"/inbox/{other}").text for other in alone)
    assert len(set(alone)) == len(HARMS) == 6
