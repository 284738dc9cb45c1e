"""What the Redis that portals share may be: one that keeps nothing, reached by nobody else, and told nothing."""

from __future__ import annotations

import hashlib
import re
from typing import Any  # of redis's answers

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from command.processes import claim_port
from portal.address import shared_address
from portal.settings import PortalSettings, SettingsError
from tests.canaries import files
from tests.nginx import certify
from tests.portal.test_portal_guard import from_address
from tests.portal.test_portal_shared import CALL, code_on, send_one
from tests.portal.world import Phone, World
from tests.redis import CONF, RedisServer, redis_server

NAMES = (b"utvag:desk", b"utvag:secret", b"utvag:limits")
ADMIN = ("--user", "admin", "on", "nopass", "~*", "+@all")


@pytest.mark.parametrize(
    ("option", "rights", "cure"),
    [
        (("--appendonly", "yes"), "", "set `appendonly no`"),
        (("--save", "60 1"), "", 'set `save ""`'),
        (("--maxmemory-policy", "allkeys-lru"), "", "set `maxmemory-policy noeviction`"),
        ((), "on nopass -@all +ping", "it forbids what a portal asks"),
        ((), "on >word +@all", "it does not take this user and password"),
    ],
    ids=["log", "snapshots", "evicts", "silent", "stranger"],
)
def test_a_redis_that_would_keep_something_is_refused(
    world: World, option: tuple[str, ...], rights: str, cure: str
) -> None:
    """A server that writes to a disk, throws rows away or does not say so stops the start, and the cure is named."""
    folder = world.folder / "redis"
    folder.mkdir()
    server = RedisServer(folder, option, rights)
    server.start()
    try:
        with pytest.raises(SettingsError, match=re.escape(cure)) as told:
            world.app(redis=server.url)
    finally:
        server.stop()
    assert told.value.faults[0].startswith("UTVAG_PORTAL_REDIS: it ")


def test_a_redis_that_keeps_something_after_a_restart_is_not_used(world: World, redis: RedisServer) -> None:
    """Settings changed while portals serve: they look again before they lay anything there."""
    app = world.app(redis=redis.url)
    redis.restart("--appendonly", "yes")
    assert send_one(app)[0] == "/done?m=nocode"
    on_disk = b"".join(files(redis.folder).values())
    assert [name for name in NAMES if name in on_disk] == []


@pytest.mark.parametrize(
    ("address", "cure"),
    [
        ("redis://10.0.0.5:6379", "use rediss:// and a password"),
        ("redis://redis.inner.example", "use rediss:// and a password"),
        ("rediss://:word@redis.inner.example", "put it into a file"),
        ("unix:///run/redis.sock?password=word", "put it into a file"),
        ("rediss://utvag@redis.inner.example?ssl_cert_reqs=none", "take them away"),
        ("http://127.0.0.1", "must be unix:///path"),
        ("unix://", "must be unix:///path"),
        ("rediss://utvag@redis.inner.example", "REDIS_PASSWORD: is missing"),
    ],
)
def test_a_redis_over_a_network_needs_tls_and_a_password(address: str, cure: str) -> None:
    """What would let the network read or write is refused at the start, by name, with the cure."""
    with pytest.raises(SettingsError) as told:
        PortalSettings.from_env({"UTVAG_PORTAL_REDIS": address})
    assert any(fault.startswith("UTVAG_PORTAL_REDIS") and cure in fault for fault in told.value.faults)


@pytest.mark.parametrize(
    "address",
    ["redis://127.0.0.1:6379", "redis://localhost", "unix:///run/redis.sock?db=1", "rediss://utvag@r.example?db=0"],
)
def test_a_redis_on_this_machine_or_behind_tls_is_taken(address: str) -> None:
    """These addresses keep what they carry to themselves."""
    assert shared_address(address) == address


def test_what_a_portal_may_say_to_it_is_all_it_needs(redis: RedisServer) -> None:
    """By the settings that we ship a hacked portal lists no keys, reads no others and changes no settings."""
    client = redis.client()
    for act in (
        lambda: client.keys("*"),
        client.scan,
        lambda: client.get("other"),
        lambda: client.config_set("save", "1 1"),
        client.save,
        client.acl_list,
        lambda: client.slaveof("127.0.0.1", 1),
    ):
        with pytest.raises(NoPermissionError):
            act()


def test_what_portals_share_tells_nothing_of_visitors(world: World) -> None:
    """All that the server holds after a visit, by its owner's rights: no word, no code, no address; nothing on disk."""
    with redis_server(*ADMIN) as server:
        app = world.app(redis=server.url)
        phone = Phone(app)
        phone.get("/me")
        phone.post("/me", {"message": "kanariefågel", "answer_by": "call"})
        phone.post("/me", CALL)
        code = code_on(phone.get("/done").text)
        app.test_client().get("/", **from_address("203.0.113.77"))
        held = everything(server)
        on_disk = b"".join(files(server.folder).values())
    assert len(code) == 24
    assert len(held) > 1500
    for word in ("kanariefågel".encode(), code.encode(), b"203.0.113", b"192.0.2"):
        assert word not in held
        assert word not in on_disk
    assert [name in held for name in NAMES] == [True] * len(NAMES)
    assert [name for name in NAMES if name in on_disk] == []


def everything(server: RedisServer) -> bytes:
    """Give each key that the server holds with its value, as its owner sees them."""
    client = Redis.from_url(server.url.replace("unix://", "unix://admin@"), password="any", protocol=2)
    held: list[bytes] = []
    for key in client.scan_iter():
        kind: Any = client.type(key)  # Any: the client's annotations cover its asynchronous half too
        value: Any = {b"string": client.get, b"hash": client.hgetall}.get(kind, lambda key: client.zrange(key, 0, -1))(
            key
        )
        held += [bytes(key), value if isinstance(value, bytes) else repr(value).encode()]
    return b"\n".join(held)


def test_portals_reach_it_over_a_network_by_tls_and_a_password(world: World) -> None:
    """As the shipped settings say for other machines: a certificate of our own and a password from a file."""
    certify(world.folder / "tls", "localhost")
    (line,) = re.findall("(?m)^#   user utvag (.*)$", CONF.read_text("utf-8"))
    (world.folder / "word").write_text("kvittra-hemligt\n", "utf-8")
    port, tls = claim_port(0), world.folder / "tls" / "portal"
    rights = line.replace("HASH", hashlib.sha256(b"kvittra-hemligt").hexdigest())
    options = ("--tls-port", str(port), "--tls-cert-file", f"{tls}.pem", "--tls-key-file", f"{tls}.key")
    with redis_server(*options, "--tls-auth-clients", "no", "--user", "utvag", *rights.split()):
        address = f"rediss://utvag@localhost:{port}?ssl_ca_certs={tls}.pem"
        assert send_one(world.app(redis=address, redis_password=world.folder / "word"))[0] == "/done"
        (world.folder / "word").write_text("fel", "utf-8")
        with pytest.raises(SettingsError, match="does not take this user and password"):
            world.app(redis=address, redis_password=world.folder / "word")
        certify(world.folder / "other", "localhost")
        stranger = address.replace("/tls/", "/other/")
        assert send_one(world.app(redis=stranger, redis_password=world.folder / "word"))[0] == "/done?m=nocode"
