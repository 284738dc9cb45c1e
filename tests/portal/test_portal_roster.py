"""The portal refuses service when the seal cannot work, and says how to call instead."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from crypto.opening.identity import new_identity
from crypto.opening.unseal import unseal
from deaddrop.collect import Collect
from deaddrop.schema import engine
from portal.roster import MEMORY, OutOfServiceError, RosterKeeper
from tests.portal.world import Phone, World, inputs


def refused(app: Flask) -> bool:
    """Tell whether the start page and both forms refuse."""
    phone = Phone(app)
    return {phone.get(path).status_code for path in ("/", "/me", "/other")} == {503}


def in_service(app: Flask) -> bool:
    """Tell whether they all answer."""
    phone = Phone(app)
    return {phone.get(path).status_code for path in ("/", "/me", "/other")} == {200}


def touch_later(world: World) -> None:
    """Give the roster a later time, as a copy a second afterwards would."""
    stat = world.roster.stat()
    os.utime(world.roster, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))


def test_a_missing_roster_stops_service_until_it_is_there(world: World) -> None:
    """No restart is needed in either direction."""
    app = world.app()
    assert in_service(app)
    world.roster.unlink()
    assert refused(app)
    world.write_roster()
    assert in_service(app)


def test_a_roster_signed_by_someone_else_is_refused(world: World) -> None:
    """Only the pinned root key counts."""
    world.write_roster(root=new_identity())
    assert refused(world.app())


def test_a_damaged_roster_is_refused(world: World) -> None:
    """One changed byte, or none left."""
    data = bytearray(world.roster.read_bytes())
    data[len(data) // 2] ^= 1
    world.roster.write_bytes(data)
    assert refused(world.app())
    world.roster.write_bytes(b"")
    assert refused(world.app())


def test_an_expired_roster_is_refused(world: World) -> None:
    """Its last day is over."""
    world.write_roster(days=1)
    app = world.app()
    intake = world.settings()
    keeper = RosterKeeper(intake.roster, intake.root_key, 1, intake.state, ["ekstad"])
    today = datetime.now(UTC).date()
    assert keeper.current(today + timedelta(days=1)).epoch == 1
    with pytest.raises(OutOfServiceError):
        keeper.current(today + timedelta(days=2))
    assert in_service(app)


def test_an_older_roster_than_seen_is_refused_even_after_a_restart(world: World) -> None:
    """The highest epoch seen is kept, so an old roster cannot be put back."""
    old = world.roster.read_bytes()
    world.write_roster(epoch=5)
    assert in_service(world.app())
    assert (world.folder / "state" / MEMORY).read_text() == "5\n"
    world.roster.write_bytes(old)
    assert refused(world.app())
    world.write_roster(epoch=6)
    assert in_service(world.app())


def test_an_epoch_below_the_pinned_minimum_is_refused(world: World) -> None:
    """The settings' minimum holds where nothing has been seen yet."""
    assert refused(world.app(minimum_epoch=2))


def test_a_roster_without_one_of_the_towns_is_refused(world: World) -> None:
    """No page offers a town that nobody reads for."""
    world.write_roster(towns=("ekstad",))
    assert refused(world.app())


def test_the_page_says_how_to_call_in_both_languages(world: World) -> None:
    """The fault is ours; the number, the duty service and 112 stand there."""
    world.roster.unlink()
    app = world.app()
    for language, words in (("sv", "Felet är vårt."), ("en", "The fault is ours.")):
        page = Phone(app, language=language).get("/me").text
        assert words in page
        for number in (world.programme.telephone.number, world.programme.social_duty):
            assert number.replace(" ", "\xa0") in page


def test_pages_that_only_tell_something_stay(world: World) -> None:
    """How it works, whose data it is, the receipt and the way out need no roster."""
    world.roster.unlink()
    phone = Phone(world.app())
    assert {phone.get(path).status_code for path in ("/about", "/jobb", "/uppgifter", "/tillganglighet", "/done")} == {
        200
    }
    assert phone.get("/exit").status_code == 303


def test_a_roster_that_fails_while_someone_writes_loses_no_text(world: World) -> None:
    """The draft comes back with 503 and an honest word, and goes through once the roster is there again."""
    phone = Phone(world.app())
    phone.get("/me")
    world.roster.unlink()
    assert phone.post("/me", {"message": "jag vill bort"}).headers["Location"] == "/me"
    answer = phone.get("/me")
    assert answer.status_code == 503
    assert "Det gick inte fram. Texten finns kvar här." in answer.text
    assert inputs(answer.text)["message"][0].strip() == "jag vill bort"
    world.write_roster()
    assert phone.post("/me", inputs(answer.text)).headers["Location"] == "/done"


def test_a_new_roster_is_sealed_to_at_once(world: World) -> None:
    """A coordinator who is new in the next epoch reads what is sent after it."""
    phone = Phone(world.app())
    phone.post("/me", {"message": "före"})
    world.coordinator = new_identity()
    world.write_roster(epoch=2)
    touch_later(world)
    phone.post("/me", {"message": "efter"})
    rows = Collect(engine(world.store)).waiting()
    opened = [row for row in rows if row.epoch == 2]
    assert len(rows) == 2
    assert len(opened) == 1
    assert b"efter" in unseal(opened[0].sealed, world.coordinator)


def test_a_state_folder_that_cannot_be_written_stops_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The epoch holds in memory; the log names the class of the failure."""
    missing = world.folder / "gone"
    caplog.set_level(logging.ERROR)
    assert in_service(world.app(state=missing))
    assert "highest-epoch not kept: FileNotFoundError" in caplog.text
