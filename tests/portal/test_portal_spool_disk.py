"""The spool on a disk that spoils bytes, and in a folder that was only just made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crypto.envelope import envelope_id
from portal.spool import Round, Spool
from tests.deaddrop.test_deaddrop import an_envelope
from tests.portal.test_portal_spool import taken


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool with eight places."""
    return Spool(tmp_path / "spool", 8)


def test_no_receipt_for_bytes_that_a_disk_has_spoilt(spool: Spool, tmp_path: Path) -> None:
    """Its name stands there and its bytes do not: the same envelope, sent again, is written anew and handed over."""
    data, got = an_envelope(), list[bytes]()
    spool.keep(data)
    (tmp_path / "spool" / envelope_id(data).hex()).write_bytes(data[:-1] + b"\0")
    spool.keep(data)
    assert spool.hand_over(taken(got)) == Round(handed=1)
    assert got == [data]


def test_what_is_kept_anew_is_not_thrown_away_as_damaged(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hand-over has read spoilt bytes; before it takes them away, the sender comes again and is given a receipt."""
    data, got = an_envelope(), list[bytes]()
    path = tmp_path / "spool" / envelope_id(data).hex()
    path.write_bytes(b"spoilt")
    discard = Spool._discard

    def late(self: Spool, name: str) -> bool:
        spool.keep(data)
        return discard(self, name)

    monkeypatch.setattr(Spool, "_discard", late)
    assert spool.hand_over(taken(got)) == Round(left=1)
    assert spool.hand_over(taken(got)) == Round(handed=1)
    assert got == [data]


def test_a_new_folder_stands_after_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder that was made is noted in the one above it on disk, before anything is laid there."""
    done: list[Path] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    Spool(tmp_path / "one" / "two", 8)
    assert set(done) == {tmp_path, tmp_path / "one"}
    Spool(tmp_path / "one" / "two", 8)
    assert len(done) == 2
