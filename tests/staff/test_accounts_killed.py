"""The staff app dies in the middle of an act on people: nothing of it stands, and the next try goes through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from staff.audit import Audit
from tests.postgresql import Cluster
from tests.staff.joiner import TOTP, House, Newcomer, agree, asked, buttons, second
from tests.staff.softkey import SoftKey
from tests.staff.world import Browser

TABLES = ("accounts", "passkeys", "invitations", "orders", "audit", "audit_head")


class Killed(BaseException):
    """The process ends here."""


class Scene:
    """Hold a house in which somebody new stands before one of the steps."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.lena, self.siv = house.browser(house.lead), house.browser(house.second)
        self.nils = Newcomer.at(house)

    def invited(self) -> None:
        """Nils has a code."""
        self.nils.type_code(self.house.invite(self.lena))

    def made(self) -> None:
        """Nils has made his key and an app."""
        self.invited()
        self.nils.learn()
        self.nils.scan()

    def agreed(self) -> None:
        """Lena has signed."""
        self.made()
        agree(self.lena)

    def rows(self) -> dict[str, list[object]]:
        """Read everything that an act could write."""
        with self.house.parts.casebook.read() as session:
            connection = session.connection()
            return {name: list(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in TABLES}  # noqa: S608  # names of our own

    def passkey(self, browser: Browser) -> str:
        """Make a passkey for Lena."""
        return SoftKey().create(asked(browser, "/me/keys/options", "/me/keys"))


def invite(scene: Scene) -> None:
    """Invite somebody."""
    scene.lena.post("/people/invite", name="Nils Ny", role="coordinator")


def learn(scene: Scene) -> None:
    """Make the key."""
    scene.nils.learn()


def scan(scene: Scene) -> None:
    """Let the app's codes in."""
    scene.nils.scan()


def sign(scene: Scene) -> None:
    """Sign as the first."""
    agree(scene.lena)


def countersign(scene: Scene) -> None:
    """Sign as the second."""
    second(scene.siv)


def withdraw(scene: Scene) -> None:
    """Take the invitation back."""
    scene.lena.post(buttons(scene.lena.get("/people").text, "/withdraw")[0])


def add(scene: Scene) -> None:
    """Add a passkey of one's own."""
    scene.lena.post("/me/keys/passkey", passkey=scene.passkey(scene.lena))


ACTS: dict[str, tuple[str, Callable[[Scene], None], str]] = {
    "inviting, before the invitation": ("", invite, "invitations.keep"),
    "making a key, before the account": ("invited", learn, "accounts.put"),
    "making a key, before the invitation": ("invited", learn, "invitations.keep"),
    "an app's codes": ("invited", scan, "accounts.set_codes"),
    "the first signature, before the order": ("made", sign, "orders.keep"),
    "the first signature, before the invitation": ("made", sign, "invitations.keep"),
    "the second signature, before the order": ("agreed", countersign, "orders.keep"),
    "the second signature, before the invitation goes": ("agreed", countersign, "invitations.drop"),
    "taking back, before the order goes": ("agreed", withdraw, "orders.drop"),
    "taking back, before the account goes": ("agreed", withdraw, "accounts.forget"),
    "a passkey": ("", add, "passkeys.add"),
}


@pytest.mark.parametrize(("before", "act", "at"), ACTS.values(), ids=ACTS)
def test_an_act_that_dies_leaves_nothing_of_itself(
    before: str, act: Callable[[Scene], None], at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each write: no row of any table has changed, the audit's neither; the same act then goes through."""
    scene = Scene(House(tmp_path))
    if before:
        getattr(scene, before)()
    if act is scan:
        scene.nils.learn()
        assert TOTP.search(scene.nils.page())
    rows = scene.rows()
    part, _, name = at.partition(".")

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(getattr(scene.house.parts, part), name, die)
        with pytest.raises(Killed):
            act(scene)
    assert scene.rows() == rows
    act(scene)
    assert scene.rows() != rows


def test_a_row_of_the_audit_that_cannot_be_written_stops_the_act(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is signed that is not written down."""
    scene = Scene(House(tmp_path))
    scene.made()
    rows = scene.rows()

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(Audit, "write_all", die)
    with pytest.raises(Killed):
        agree(scene.lena)
    assert scene.rows() == rows


@pytest.mark.long
def test_somebody_new_is_let_in_on_postgresql(tmp_path: Path, postgresql: Cluster) -> None:
    """The whole way, with a passkey, on the other database."""
    house = House(tmp_path, casebook=postgresql.database(), deaddrop=postgresql.database())
    scene = Scene(house)
    scene.agreed()
    scene.lena.post("/me/keys/passkey", passkey=scene.passkey(scene.lena))
    assert "passnyckel (1)" in scene.lena.get("/people").text
    assert "Underskrivet av två" in second(scene.siv)
    house.clock.turn(seconds=30)
    assert Browser(house).sign_in(scene.nils.human()).headers["Location"] == "/today"
    house.close()
