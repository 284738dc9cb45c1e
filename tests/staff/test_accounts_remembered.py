"""What lets people in, put back into the casebook as it was before: the file beside it remembers, nobody gets in."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import insert, text, update

from staff.erasure.record import GONE, Record
from staff.models import Account, Base
from tests.staff.joiner import TOTP, House, with_passkey
from tests.staff.softkey import SoftKey
from tests.staff.test_accounts_passkeys import add, keys
from tests.staff.world import Browser, Human

Kept = dict[str, Sequence[tuple[object, ...]]]


def taken(house: House) -> Kept:
    """Copy the rows that let people in, as somebody who reads the casebook does."""
    with house.parts.casebook.read() as session:
        return {
            name: [tuple(row) for row in session.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608  # names from here
            for name in ("passkeys", "accounts")
        }


def put_back(house: House, kept: Kept, name: str) -> None:
    """Write the rows of a table back as they were."""
    with house.parts.casebook.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608  # as above
        for row in kept[name]:
            connection.execute(insert(Base.metadata.tables[name]).values(row))


def test_a_passkey_that_was_taken_away_and_put_back_lets_nobody_in(house: House, anna: Browser) -> None:
    """The thief of Anna's phone has its passkey and her passphrase and writes the row back: neither now nor later."""
    phone = SoftKey()
    add(anna, phone)
    kept = taken(house)
    anna.post("/me/keys/remove", id=keys(house, house.owner)[0].id.hex())
    put_back(house, kept, "passkeys")
    assert "Du har ingen än" in anna.get("/me/keys").text
    assert "again" in with_passkey(Browser(house), house.owner, phone)
    house.app = house.start()
    assert "again" in with_passkey(Browser(house), house.owner, phone)
    house.clock.turn(seconds=30)
    again = house.browser(house.owner)
    assert "finns redan" in add(again, phone)  # nor is it ever added again


def test_a_passkey_of_before_a_lost_phone_comes_back_no_other_way(house: House, anna: Browser) -> None:
    """All are taken away at once where somebody begins anew: each of them is remembered."""
    phone, spare = SoftKey(), SoftKey()
    add(anna, phone)
    add(anna, spare)
    kept, account = taken(house), house.parts.accounts.find(house.owner.name)
    assert account
    with house.parts.casebook.write() as session:
        house.parts.passkeys.forget(session, account.id)
    put_back(house, kept, "passkeys")
    assert keys(house, house.owner) == []


def test_an_old_counter_put_back_does_not_help_a_copy(house: House, anna: Browser) -> None:
    """Somebody copied Anna's security key and puts the row back from before she used it: the copy is still behind."""
    key = SoftKey(count=5)
    add(anna, key)
    copy, kept = replace(key), taken(house)
    for _ in range(3):
        assert with_passkey(Browser(house), house.owner, key) == "/today"
    put_back(house, kept, "passkeys")
    assert "again" in with_passkey(Browser(house), house.owner, copy)
    assert with_passkey(Browser(house), house.owner, key) == "/today"


def test_codes_of_before_put_back_let_nobody_in(house: House, anna: Browser) -> None:
    """Anna's phone was stolen and she has a new one: the account's row from before does not bring its codes back."""
    key = SoftKey()
    add(anna, key)
    kept = taken(house)
    anna.post("/me/keys/codes")
    shown = TOTP.search(anna.get("/me/keys/new").text)
    assert shown
    house.clock.turn(seconds=30)
    code = pyotp.TOTP(shown[1]).at(house.clock.now())
    assert anna.post("/me/keys/otp", otp=code).headers["Location"] == "/me/keys"
    put_back(house, kept, "accounts")
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(house.owner).headers["Location"]
    assert with_passkey(Browser(house), house.owner, key) == "/today"  # what she has besides lets her in


@pytest.mark.sqlite
def test_a_casebook_put_back_by_its_owner_keeps_out_only_what_was_taken_away(house: House, anna: Browser) -> None:
    """A disaster, and the backup of last night: the key that was used since still serves, a removed one does not."""
    key, lost = SoftKey(count=9), SoftKey()
    add(anna, key)
    add(anna, lost, "den gamla")
    house.parts.casebook.settle()
    backup = shutil.copy(house.casebook, house.folder / "backup")
    assert with_passkey(Browser(house), house.owner, key) == "/today"
    gone = next(one for one in keys(house, house.owner) if one.known.word == "den gamla")
    anna.post("/me/keys/remove", id=gone.id.hex())
    house.close()
    for file in house.folder.glob("casebook.sqlite-*"):
        file.unlink()
    shutil.copy(backup, house.casebook)
    house.app = house.start()
    assert with_passkey(Browser(house), house.owner, key) == "/today"
    assert "again" in with_passkey(Browser(house), house.owner, lost)
    house.clock.turn(seconds=30)
    assert "again" not in Browser(house).sign_in(house.owner).headers["Location"]


def test_whoever_is_enrolled_anew_by_the_command_gets_in_by_the_new_codes(house: House, anna: Browser) -> None:
    """The codes had been changed twice: what the command writes counts as the newest."""
    account = house.parts.accounts.find(house.owner.name)
    assert account
    house.parts.erased.remember("codes", account.id, 2)
    assert "again" in Browser(house).sign_in(house.owner).headers["Location"]
    house.enrol(house.owner)
    house.clock.turn(seconds=30)
    assert "again" not in Browser(house).sign_in(house.owner).headers["Location"]


def test_what_the_command_replaced_lets_nobody_in_again(house: House, anna: Browser) -> None:
    """Anna has a new key and new codes by the command: her row of before, put back, brings no old codes with it.

    Nor does the lost phone's passkey, which stood beside the account all the time.
    """
    phone = SoftKey()
    add(anna, phone)
    details = details_of(house)
    again = Human(house.owner.name, "coordinator", "ekstad")
    house.roster = house.sign([again, house.colleague, house.stranger], 3)
    house.enrol(again)
    assert "again" in with_passkey(Browser(house), again, phone)
    with house.parts.casebook.write() as session:
        tag = house.parts.accounts.tag(again.name)
        session.execute(update(Account).where(Account.name_tag == tag).values(details=details))
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(replace(again, totp=house.owner.totp)).headers["Location"]


def details_of(house: House) -> bytes:
    """Copy the locked details of Anna's account."""
    account = house.parts.accounts.find(house.owner.name)
    assert account
    return account.details


def test_of_many_lines_the_highest_counts_and_a_torn_one_is_none(tmp_path: Path) -> None:
    """Whatever order they lie in; and where there is no file, or none can be written, nobody is kept out."""
    record = Record(tmp_path / "erased")
    for number in (3, GONE, 7):
        record.remember("passkey", b"a" * 32, number)
    record.remember("codes", b"b" * 16, 2)
    with (tmp_path / "erased").open("a") as file:
        file.write(f"codes {'62' * 16} \ncodes {'62' * 16} 99999999999999\nepoch {'62' * 16} 9\ncodes 9")
    again = Record(tmp_path / "erased")
    assert (again.newest("passkey", b"a" * 32), again.newest("codes", b"b" * 16)) == (GONE, 2)
    assert again.newest("codes", b"a" * 32) == 0
    Record(None).remember("codes", b"b" * 16, 2)
    Record(tmp_path / "nowhere" / "erased").remember("codes", b"b" * 16, 2)
