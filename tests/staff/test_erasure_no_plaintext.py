"""What is typed on the pages of erasure and reminders stands in no file, and in no address."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from staff.reminders.mail import MailSettings
from tests.canaries import canary, files, search
from tests.staff.conftest import Stores
from tests.staff.test_pages_of_erasing import case, decide, erase
from tests.staff.world import Browser, World


def test_nothing_typed_about_erasure_or_reminders_is_readable(
    world: World, owner: Browser, stores: Stores, tmp_path: Path
) -> None:
    """A hold kept and one refused, an address kept and one refused, a case erased: none of the words in any file."""
    decide(world, ("case", "closed", 60, "erase"))
    world.parts.settings = replace(world.parts.settings, mail=MailSettings("127.0.0.1", 9, "utvag@ekstad.example"))
    typed = [canary(number) for number in range(5)]
    held, gone = case(world, typed[0]), case(world, typed[1])
    until = str(world.clock.now().date() + timedelta(days=10))
    owner.post("/erasure/hold", subject=held.hex(), reason=typed[2], until=until)
    owner.post("/erasure/hold", subject=gone.hex(), reason=typed[3], until="")
    owner.post("/me/reminders", address=f"{typed[4]}@ekstad.example", on="new")
    owner.post("/me/reminders", address=f"{typed[4]} {typed[3]}", on="new")
    assert "1 gallrad" in erase(owner, held, gone)
    assert typed[2] in owner.get("/erasure").text
    places = files(tmp_path) | stores.kept()
    assert any(Path(where).name.endswith("erased") for where in places)
    assert search(places, typed) == []
