"""A portal whose dead drop goes away: with a spool it takes everything, waits once, and hands over by itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from crypto.envelope import envelope_id
from crypto.errors import MalformedError
from crypto.opening.unseal import unseal
from crypto.submission import Submission
from deaddrop import schema, turns
from deaddrop.collect import Collect
from deaddrop.errors import MisfitError, UnavailableError
from deaddrop.leave import Leave
from portal import delivery
from portal.delivery import Delivery
from portal.settings import PortalSettings, SettingsError
from portal.spool import KEPT_DAYS, Spool
from tests.canaries import files
from tests.deaddrop.test_deaddrop import an_envelope
from tests.portal.test_portal_sealed import envelope, send
from tests.portal.test_portal_shared import CALL, code_on
from tests.portal.world import Phone, World, inputs
from tests.postgresql import PLACES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()

pytestmark = pytest.mark.sqlite  # its file is what is taken away; tests/faults/ does so with a server


class Place:
    """A dead drop that can be taken away and put back, as a database that stops; and a spool beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.here, self.gone = world.folder / "drop", world.folder / "gone"
        self.here.mkdir()
        self.path = self.here / "deaddrop.sqlite"
        self.spool = world.folder / "spool"
        self.apps: list[Flask] = []

    def app(self, places: int = 100) -> Flask:
        """Start a portal."""
        app = self.world.app(deaddrop=str(self.path), spool=self.spool, spool_places=places)
        self.apps.append(app)
        return app

    def leave(self) -> None:
        """Take the dead drop away."""
        self.here.rename(self.gone)

    def come_back(self) -> None:
        """Put it back."""
        self.gone.rename(self.here)

    def received(self) -> list[Submission]:
        """Open everything in the dead drop, as the coordinator would."""
        waiting = Collect(schema.engine(self.path)).waiting()
        return [Submission.decode(unseal(row.sealed, self.world.coordinator)) for row in waiting]

    def settled(self) -> bool:
        """Tell whether nothing waits, and every portal knows that the dead drop is back."""
        return self.kept() == 0 and not any(app.extensions["utvag"].intake.delivery.away for app in self.apps)

    def kept(self) -> int:
        """Count what waits in the spool."""
        return Spool(self.spool, 1).waiting()


@pytest.fixture
def place(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A portal's place with short pauses; every portal has ended when the test has."""
    monkeypatch.setattr(delivery, "PAUSE", 0.05)
    made = Place(world)
    yield made
    for app in made.apps:
        app.extensions["utvag"].intake.delivery.end()


def until(true: Callable[[], bool]) -> None:
    """Wait for what happens beside the requests."""
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_what_is_sent_while_the_dead_drop_is_away_arrives_when_it_is_back(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Both roads: received, with a code, kept sealed, and handed over by itself, once; the log tells two events."""
    caplog.set_level("INFO")
    app = place.app()
    phone = Phone(app)
    phone.get("/me")
    place.leave()
    assert phone.post("/me", CALL).headers["Location"] == "/done"
    code = code_on(phone.get("/done").text)
    assert send(app, envelope(place.world)).status_code == 201
    assert place.kept() == 2
    place.come_back()
    until(place.settled)
    received = place.received()
    assert len(received) == 2
    assert place.world.keys(code).mailbox() in [one.mailbox for one in received]
    told = [record.message for record in caplog.records if "dead drop" in record.message]
    assert told[0] == "the dead drop is away, the spool takes over: UnavailableError"
    assert told[1].startswith("the dead drop is there, ")
    assert "kanariefågel" not in caplog.text


def test_a_portal_that_starts_without_its_dead_drop_takes_everything(place: Place) -> None:
    """Never seen since the start: kept all the same, and handed over to tables that are made when it comes."""
    place.leave()
    app = place.app()
    assert app.test_client().get("/readyz").status_code == 200
    assert send(app, envelope(place.world)).status_code == 201
    place.come_back()
    until(place.settled)
    assert len(place.received()) == 1


def test_a_portal_that_was_ended_finds_its_spool_again(place: Place) -> None:
    """What waits outlives the process: the next one hands it over without anybody's coming."""
    first = place.app()
    place.leave()
    assert send(first, envelope(place.world)).status_code == 201
    place.apps.remove(first)
    first.extensions["utvag"].intake.delivery.end()
    place.come_back()
    assert (place.kept(), place.received()) == (1, [])
    place.app()
    until(place.settled)
    assert len(place.received()) == 1


def test_a_full_spool_answers_honestly(place: Place) -> None:
    """No place is left: the form comes back with the words in it, a phone's envelope is answered 503."""
    app = place.app(places=1)
    place.leave()
    assert send(app, envelope(place.world)).status_code == 201
    assert send(app, envelope(place.world)).status_code == 503
    assert app.test_client().get("/readyz").status_code == 503
    phone = Phone(app)
    phone.get("/me")
    assert phone.post("/me", CALL).headers["Location"] == "/me"
    page = phone.get("/me").text
    assert "Det gick inte fram. Texten finns kvar här." in page
    assert inputs(page)["message"][0].strip() == "kanariefågel"
    place.come_back()
    until(place.settled)
    assert phone.post("/me", CALL).headers["Location"] == "/done"
    assert len(place.received()) == 2


def test_while_it_is_known_to_be_away_no_request_tries_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead drop that fails slowly: the first one waits as long as ever, everybody after that not at all."""
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 1.0)
    monkeypatch.setattr(turns, "STUCK_SECONDS", 0.0)
    monkeypatch.setattr(delivery, "PAUSE", 0.3)
    app = place.app()
    until(place.settled)
    waited = []
    with turns.take(f"{place.path}.lock"):
        for _ in range(5):
            started = time.monotonic()
            assert send(app, envelope(place.world)).status_code == 201
            waited.append(time.monotonic() - started)
    assert waited[0] >= 1.0
    assert max(waited[1:]) < 0.9
    until(place.settled)
    assert len(place.received()) == 5
    assert send(app, envelope(place.world)).status_code == 201
    assert place.kept() == 0  # the dead drop takes it again, at once


def test_whoever_asks_for_a_reply_meanwhile_is_told_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the code does not wait for a dead drop that is known to be away: it says to try again, or call."""
    app = place.app()
    phone = Phone(app)
    phone.get("/me")
    phone.post("/me", CALL)
    code = code_on(phone.get("/done").text)
    place.leave()
    assert send(app, envelope(place.world)).status_code == 201
    with monkeypatch.context() as asked:
        asked.setattr("portal.mailboxes.Fetch.replies", lambda *_: pytest.fail("it was asked"))
        phone.get("/code")
        phone.post("/code", {"code": code})
        assert "Det gick inte just nu." in phone.get("/code").text
    place.come_back()
    until(place.settled)
    assert "Det gick inte just nu." not in phone.get("/code").text


def test_whoever_waits_in_line_while_another_finds_it_away_does_not_wait_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight at once before a dead drop that was never seen and fails slowly: one finds out for all, all are kept."""
    tries: list[int] = []

    def fail_slowly(*_: object) -> None:
        tries.append(1)
        time.sleep(0.3)
        raise UnavailableError("not prepared")

    monkeypatch.setattr(delivery, "prepare", fail_slowly)
    made = Delivery(schema.engine(tmp_path / "drop"), spool := Spool(tmp_path / "spool", 10), lambda _: 1)
    crowd = [threading.Thread(target=made.leave, args=(an_envelope(), PLACES, TODAY)) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(tries) == 1
    assert spool.waiting() == 8


def test_an_envelope_of_another_length_is_kept_nowhere(tmp_path: Path) -> None:
    """What the roster's dead drop would never take is refused while that is away, too."""
    spool = Spool(tmp_path / "spool", 10)
    made = Delivery(schema.engine(tmp_path / "drop" / "deaddrop.sqlite"), spool, lambda _: 1)
    made.leave(an_envelope(), PLACES, TODAY)
    with pytest.raises(MalformedError):
        made.leave(an_envelope(PLACES + 1), PLACES, TODAY)
    assert (made.away, spool.waiting()) == (True, 1)


def test_it_is_not_taken_to_be_back_before_it_answers(tmp_path: Path) -> None:
    """Another process has emptied the spool meanwhile: the dead drop is asked before requests try it again."""
    store, spool = schema.engine(tmp_path / "drop" / "deaddrop.sqlite"), Spool(tmp_path / "spool", 10)
    made = Delivery(store, spool, lambda _: 1)
    made.leave(an_envelope(), PLACES, TODAY)
    spool.hand_over(lambda _: None)
    assert not made.hand_over(NOW)
    assert made.away
    (tmp_path / "drop").mkdir()
    made.drop(PLACES, trying=True)
    assert made.hand_over(NOW)
    assert not made.away


def test_where_the_spools_disk_refuses_too_the_dead_drop_is_still_looked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing could be kept anywhere, and everybody was told so; once it is back the next one gets through."""
    app = place.app()

    def refuse(*_: object) -> None:
        raise UnavailableError("no space")

    place.leave()
    with monkeypatch.context() as full:
        full.setattr(Spool, "keep", refuse)
        assert send(app, envelope(place.world)).status_code == 503
    place.come_back()
    until(place.settled)
    assert send(app, envelope(place.world)).status_code == 201
    assert place.kept() == 0


def test_a_dead_drop_for_others_is_no_reason_to_wait(tmp_path: Path) -> None:
    """It is there and made for another number of places: told at once, nothing is kept that would never be taken."""
    store, spool = schema.engine(tmp_path / "deaddrop.sqlite"), Spool(tmp_path / "spool", 10)
    Delivery(store, None, lambda _: 1).leave(an_envelope(PLACES + 1), PLACES + 1, TODAY)
    with pytest.raises(MisfitError):
        Delivery(store, spool, lambda _: 1).leave(an_envelope(), PLACES, TODAY)
    assert spool.waiting() == 0


def test_without_a_spool_nothing_is_kept_here(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ever: what the dead drop does not take is refused, and the next request tries it at once."""
    app = world.app()

    def fail(*_: object) -> None:
        raise UnavailableError("away")

    with monkeypatch.context() as away:
        away.setattr(Leave, "leave", fail)
        assert send(app, envelope(world)).status_code == 503
    assert send(app, envelope(world)).status_code == 201


def test_what_waits_is_handed_over_rather_than_dropped(tmp_path: Path) -> None:
    """Its roster was replaced long ago: dropped only while the dead drop is away; where it is there it gets it."""
    store, spool = schema.engine(tmp_path / "drop" / "deaddrop.sqlite"), Spool(tmp_path / "spool", 10)
    made = Delivery(store, spool, lambda _: 2)
    made.leave(an_envelope(), PLACES, TODAY)
    for day in range(KEPT_DAYS + 1):
        assert not made.hand_over(NOW + timedelta(days=day))
    (tmp_path / "drop").mkdir()
    assert made.hand_over(NOW + timedelta(days=KEPT_DAYS + 1))
    assert Collect(store).count() == 1


def test_what_could_be_opened_by_nobody_is_dropped_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The dead drop stays away until the keys are nearly gone: the log says how many, and no more."""
    store, spool = schema.engine(tmp_path / "drop" / "deaddrop.sqlite"), Spool(tmp_path / "spool", 10)
    made = Delivery(store, spool, lambda _: 2)
    made.leave(an_envelope(), PLACES, TODAY)
    for day in range(KEPT_DAYS + 2):
        made.hand_over(NOW + timedelta(days=day))
    assert spool.waiting() == 0
    assert caplog.messages[-1] == "1 envelopes were dropped from the spool: their roster was replaced too long ago"


def test_the_day_outside_is_the_day_of_handing_over(tmp_path: Path) -> None:
    """The spool remembers no day: the dead drop shows when it got the envelope."""
    store, spool = schema.engine(tmp_path / "drop" / "deaddrop.sqlite"), Spool(tmp_path / "spool", 10)
    made = Delivery(store, spool, lambda _: 1)
    made.leave(an_envelope(), PLACES, TODAY)
    (tmp_path / "drop").mkdir()
    made.hand_over(NOW + timedelta(days=3))
    assert [row.day for row in Collect(store).waiting()] == [(TODAY + timedelta(days=3) - date(1970, 1, 1)).days]


def test_a_seized_portal_with_a_full_spool_shows_no_word(place: Place) -> None:
    """Every byte of the portal's folders while envelopes wait: neither what was typed nor the code that was shown."""
    app = place.app()
    place.leave()
    phone = Phone(app)
    phone.get("/me")
    phone.post("/me", {**CALL, "urgency": "now"})
    code = code_on(phone.get("/done").text)
    held = files(place.world.folder)
    assert any("spool" in name for name in held)
    assert len(code) == 24
    for content in (*held.values(), *(name.encode() for name in held)):
        assert "kanariefågel".encode() not in content
        assert code.encode() not in content


@pytest.mark.parametrize("spool", ["/dev/null/spool", "/proc/1/spool"])
def test_a_spool_that_cannot_be_used_stops_the_start(world: World, spool: str) -> None:
    """A folder that cannot be made is named, not found out when the dead drop is away."""
    with pytest.raises(SettingsError, match="UTVAG_PORTAL_SPOOL: cannot be used"):
        world.app(spool=Path(spool))


def test_the_spools_settings_are_read(world: World) -> None:
    """Folder and places come from the environment; so few that its figure would tell of one person are named."""
    for places, refused in (("0", True), ("999", True), ("1000", False)):
        with pytest.raises(SettingsError) as told:
            PortalSettings.from_env({"UTVAG_PORTAL_SPOOL": "spool", "UTVAG_PORTAL_SPOOL_PLACES": places})
        assert ("UTVAG_PORTAL_SPOOL_PLACES: must be a whole number from 1000" in str(told.value)) == refused


def test_what_was_never_an_envelope_holds_up_nobody(tmp_path: Path) -> None:
    """Junk under its own hash, a folder, a pipe: envelopes go their way.

    Junk that is whole stays: what this version cannot read may be an envelope of the next one, which shares the folder
    while it is being installed.
    """
    folder, store = tmp_path / "spool", schema.engine(tmp_path / "deaddrop.sqlite")
    made = Delivery(store, Spool(folder, 100), lambda _: 1)
    junk = b"junk"
    (folder / envelope_id(junk).hex()).write_bytes(junk)
    (folder / ("00" * 16)).mkdir()
    os.mkfifo(folder / ("11" * 16))
    good = an_envelope()
    Spool(folder, 100).keep(good)
    assert not made.hand_over(NOW)  # junk and folder are left; the pipe held nothing
    assert [row.sealed for row in Collect(store).waiting()] == [good]
    assert {path.name for path in folder.iterdir() if path.name[0] != "."} == {envelope_id(junk).hex(), "00" * 16}


def test_a_disk_that_keeps_what_was_handed_over_is_no_reason_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk has become read-only meanwhile: the dead drop has the envelope, and the next one goes there at once."""
    store, spool = schema.engine(tmp_path / "drop" / "deaddrop.sqlite"), Spool(tmp_path / "spool", 10)
    made = Delivery(store, spool, lambda _: 1)
    made.leave(an_envelope(), PLACES, TODAY)
    (tmp_path / "drop").mkdir()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "unlink", refuse)
    assert not made.hand_over(NOW)
    assert not made.away
    made.leave(an_envelope(), PLACES, TODAY)
    monkeypatch.undo()
    assert Collect(store).count() == 2
    assert made.hand_over(NOW)
    assert Collect(store).count() == 2
