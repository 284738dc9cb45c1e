"""Every vector of the formats that phones read holds in Node and in Chromium. docs/envelope.md section 9."""

import json
from pathlib import Path

import pytest

from crypto.returncode import parse_code
from tests.client.tools import Engine, JobError, raw
from tests.crypto.test_vectors import VECTORS, read

PHONE = {"envelope", "roster", "code", "reply", "follow-up"}
# What only whoever knows the root key and the day can tell: the script reads such a roster as well as any other.
FOR_THE_PORTAL = {"forged", "expired", "too-old"}
MINE = [path for path in VECTORS if read(path)[0]["kind"] in PHONE]


def attempt(engine: Engine, head: dict[str, str], data: bytes) -> None:
    """Do what the vector is for, and compare what it gives."""
    # A wrong code fails before any salt is needed.
    salt = bytes.fromhex(head.get("salt", "00" * 16))
    if head["kind"] == "envelope":
        content = raw(engine("unseal", data=data, seed=bytes.fromhex(head["seed"])))
        assert engine("sha256", data=content) == head["sha256"]
    elif head["kind"] == "roster":
        assert engine("roster", data=data) == {"epoch": 1, "places": 8, "teams": ["ekstad"]}
    elif head["kind"] == "reply":
        found = engine("reply", data=data, text=parse_code(head["text"]), salt=salt)
        found["says"] = found.pop("text")
        assert found == json.loads(head["content"])
    elif head["kind"] == "follow-up":
        signature = engine("sign", data=data, text=parse_code(head["text"]), salt=salt, counter=int(head["counter"]))
        assert (signature == head["signature"]) == (head["expect"] == "ok")
    else:
        found = engine("code", text=head["text"], salt=salt)
        names = ("token", "address", "reply", "thread")
        assert {name: found[name] for name in names} == {name: head[name] for name in names}


@pytest.mark.parametrize("path", MINE, ids=[path.stem for path in MINE])
def test_the_client_reads_a_vector_as_it_says(engine: Engine, path: Path) -> None:
    """It opens or holds, or fails with the one error that it is there for."""
    head, data = read(path)
    if head["expect"] == "ok" or head["expect"] in FOR_THE_PORTAL:
        attempt(engine, head, data)
        return
    with pytest.raises(JobError) as told:
        attempt(engine, head, data)
    assert told.value.kind == head["expect"]


def test_no_kind_is_left_out() -> None:
    """A new kind of vector is either read by the client or known to be none of a phone's business."""
    assert {read(path)[0]["kind"] for path in VECTORS} == PHONE | {"keyfile", "keyring", "cookie", "backup"}
    assert len(MINE) >= 33
