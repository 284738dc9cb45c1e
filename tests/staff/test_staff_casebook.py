from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Integer, LargeBinary, Text, inspect

from staff.casebook import casebook_url
from staff.models import Base, Seen
from tests.staff.world import Browser, World

CANARIES = ("kanariefågel", "070-174 06 99", "pannkakstårta", "Kodnamn Kim", "tigrinjafågel", "radfågel", "sökfågel")


@pytest.mark.sqlite
def test_the_file_is_its_owners_only(world: World) -> None:
    """Nobody else on the machine reads the casebook, its log or its index."""
    assert {oct(file.stat().st_mode & 0o777) for file in world.folder.glob("casebook.sqlite*")} == {"0o600"}


def test_tables_use_what_both_databases_know() -> None:
    """Every column is an integer, a text or bytes, and none has a default that the server would fill in."""
    for table in Base.metadata.tables.values():
        for column in table.columns:
            assert isinstance(column.type, (Integer, BigInteger, Text, LargeBinary)), column
            assert column.server_default is None


@pytest.mark.sqlite
def test_rows_have_no_number_that_tells_their_order(world: World) -> None:
    """Every table stands WITHOUT ROWID: the file does not tell who came first."""
    with world.parts.casebook.engine.connect() as connection:
        for table in Base.metadata.tables:
            sql = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).scalar_one()
            assert "WITHOUT ROWID" in sql


@pytest.mark.sqlite
def test_pragmas_keep_what_was_written_and_wipe_what_was_dropped(world: World) -> None:
    """Every commit is on disk, and dropped bytes are overwritten."""
    with world.parts.casebook.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        ]
    assert found == ["wal", 2, 1, 1]


@pytest.mark.sqlite
def test_a_copy_of_the_casebook_holds_no_readable_word(world: World, owner: Browser, colleague: Browser) -> None:
    """After a day of use no name, number, word or search stands in any file, in any spelling of bytes."""
    row = world.send(
        message=f"{CANARIES[0]} i texten",
        answer_by="call",
        contact=CANARIES[1],
        code_word=CANARIES[2],
        call_name=CANARIES[3],
        language="other",
        language_other=CANARIES[4],
    )
    owner.get("/inbox")
    owner.get(f"/inbox/{row}")
    owner.act(row, "take")
    colleague.act(row, "set-aside", reason="other", line=CANARIES[5])
    owner.post("/inbox/search", words=CANARIES[6])
    assert CANARIES[0] in colleague.get(f"/inbox/{row}").text
    words = [
        *CANARIES,
        world.owner.name,
        world.colleague.name,
        "ekstad",
        "Ekstad",
        "coordinator",
        "set_aside",
        "opened",
    ]
    words += [world.owner.totp, world.owner.passphrase, world.owner.identity.seed.hex()]
    for file in world.folder.glob("casebook.sqlite*"):
        data = file.read_bytes()
        for word in words:
            for spelling in (word.encode(), word.encode("utf-16-le"), word.encode("latin-1", "replace")):
                assert spelling not in data, (file.name, word)
    assert world.owner.identity.seed not in (world.folder / "casebook.sqlite").read_bytes()


@pytest.mark.sqlite
def test_the_envelope_is_gone_from_the_file_once_it_was_opened(world: World, owner: Browser) -> None:
    """What coordinators' keys open is dropped at the first opening, and overwritten in the file."""
    sealed = world.envelope(message="hej")
    world.leave(sealed)
    world.collect()
    files = [world.folder / "casebook.sqlite", world.folder / "casebook.sqlite-wal"]
    piece = sealed[2000:2040]
    assert any(piece in file.read_bytes() for file in files)
    (row,) = [part[:32] for part in owner.get("/inbox").text.split('href="/inbox/')[1:]][:1]
    owner.get(f"/inbox/{row}")
    world.collect()
    assert not any(piece in file.read_bytes() for file in files if file.exists())


def test_a_path_and_an_address_are_told_apart(tmp_path: Path) -> None:
    """The setting may be a file or a database's address."""
    assert casebook_url(str(tmp_path / "x.sqlite")).drivername == "sqlite"
    assert casebook_url("postgresql+psycopg://u@h/db").drivername == "postgresql+psycopg"


def test_a_write_that_fails_leaves_nothing(world: World) -> None:
    """A block that raises half-way is rolled back whole."""

    def fail() -> None:
        with world.parts.casebook.write() as session:
            session.add(Seen(id=b"x" * 16, epoch=1))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with world.parts.casebook.read() as session:
        assert session.get(Seen, b"x" * 16) is None
    assert inspect(world.parts.casebook.engine).has_table("seen")
