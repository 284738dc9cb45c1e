"""A certificate that has run out: nobody's words go over a line that proves nothing, and nobody loses them."""

from __future__ import annotations

import os
import pwd
import signal
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from command.processes import HOST
from deaddrop import schema
from deaddrop.collect import Collect
from portal.spool import Spool
from tests.certificates import certify, openssl
from tests.faults.test_disk import handed_back
from tests.nginx import SITE, laid_out, lay, stand_in
from tests.portal.test_portal_sealed import envelope, send
from tests.portal.world import Phone, World
from tests.postgresql import Cluster, cluster

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """Lend a server with TLS, as the dead drop's is set up."""
    with cluster("deaddrop") as made:
        yield made


def renew(server: Cluster, days: int) -> None:
    """Give the server another certificate for so many days, as an administrator does: without a stop."""
    for path in certify(server.folder, "postgres", HOST, days=days):
        if server.user:
            owner = pwd.getpwnam(server.user)
            os.chown(path, owner.pw_uid, owner.pw_gid)
    assert server.process
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 20
    while trusted(server) != (days > 0):
        assert time.monotonic() < until
        time.sleep(0.1)


def trusted(server: Cluster) -> bool:
    """Tell whether whoever asks for proof of the server gets it."""
    try:
        server.connect("postgres").close()
    except psycopg.OperationalError as error:
        return "certificate" not in str(error)
    return True


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Make a programme whose roster is in order."""
    made = World(tmp_path)
    made.write_roster()
    return made


def test_a_database_whose_certificate_has_run_out_gets_no_word(world: World, server: Cluster) -> None:
    """The portal gives nothing to a server that cannot prove itself: the words come back; renewed, they go through."""
    there = server.database()
    renew(server, -1)
    phone = Phone(world.app(deaddrop=there))
    phone.get("/me")
    assert handed_back(phone, "utan bevis")
    renew(server, 2)
    assert phone.post("/me", {"message": "med bevis"}).headers["Location"] == "/done"
    assert Collect(schema.engine(there)).count() == 1


def test_with_a_spool_nobody_notices(world: World, server: Cluster, tmp_path: Path) -> None:
    """Sealed envelopes wait on the portal's disk until the certificate is renewed, and are handed over once."""
    there = server.database()
    renew(server, -1)
    app = world.app(deaddrop=there, spool=tmp_path / "spool", spool_places=10)
    assert [send(app, envelope(world)).status_code for _ in range(3)] == [201, 201, 201]
    renew(server, 2)
    delivery, until = app.extensions["utvag"].intake.delivery, time.monotonic() + 30
    while Spool(tmp_path / "spool", 10).waiting():
        assert time.monotonic() < until
        time.sleep(0.2)
    delivery.end()
    assert Collect(schema.engine(there)).count() == 3


def test_a_front_whose_certificate_has_run_out_hears_nothing() -> None:
    """A phone refuses the front before it has said a word: no address, no text, no cookie."""
    with stand_in() as heard, laid_out() as made:
        lay(made, [heard.port], spoil={})
        tls = made.folder / "tls"
        names = ("-subj", f"/CN={SITE}", "-addext", f"subjectAltName=DNS:{SITE}")
        key, old = str(tls / "portal.key"), str(tls / "portal.pem")
        openssl("req", "-new", "-key", key, *names, "-out", str(tls / "request"))
        again = ("-in", str(tls / "request"), "-signkey", key, "-copy_extensions", "copy", "-days", "-1")
        openssl("x509", "-req", *again, "-out", old)
        made.start()
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            made.tls()
        assert heard.methods() == []
