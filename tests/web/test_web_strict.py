"""What would weaken an installation is seen in its settings alone, and named with its cure."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.sealing.pin import read_pin
from web import strict
from web.environment import Heard

TLS = "sslmode=verify-full&sslrootcert=/etc/utvag/ca.pem"
GOOD = f"postgresql+psycopg://utvag_portal@dd.inner.example/utvag_deaddrop?{TLS}&passfile=/etc/utvag/pgpass"


def told(address: str) -> str:
    """Give what is said of an address, in one text."""
    return "\n".join(strict.database("DEADDROP", address, {"utvag_staff"}))


@pytest.mark.parametrize(
    "address",
    [
        GOOD,
        "/srv/utvag/drop/deaddrop.sqlite",
        "sqlite:////srv/utvag/drop/deaddrop.sqlite",
        "postgresql+psycopg://utvag_portal@/utvag_deaddrop?host=/run/postgresql",
        "postgresql+psycopg://utvag_portal@localhost/utvag_deaddrop",
        "postgresql+psycopg://utvag_portal@[::1]:5432/utvag_deaddrop",
        f"postgresql+psycopg://utvag_portal@/utvag_deaddrop?host=a.inner.example,b.inner.example&{TLS}",
    ],
)
def test_an_address_that_holds_no_weakness_is_let_through(address: str) -> None:
    """A path, a socket, loopback, or another machine that proves who it is."""
    assert told(address) == ""


@pytest.mark.parametrize(
    ("address", "named"),
    [
        (GOOD.replace("utvag_portal@", "utvag_portal:hemligt@"), "passfile="),
        (GOOD + "&password=hemligt", "passfile="),
        (GOOD + "&sslpassword=hemligt", "passfile="),
        (GOOD + "&service=drop", "service"),
        (GOOD.replace("verify-full", "require"), "verify-full"),
        (GOOD.replace("verify-full", "verify-ca"), "verify-full"),
        (GOOD.partition("?")[0], "dd.inner.example is another machine"),
        ("postgresql+psycopg://utvag_portal@/x?host=/run/postgresql,b.inner.example", "b.inner.example"),
        ("postgresql+psycopg://utvag_portal@localhost/x?hostaddr=10.1.2.3", "10.1.2.3"),
        (GOOD.replace("utvag_portal@", "utvag_staff@"), "signs in as utvag_staff"),
        ("postgresql+psycopg://u@localhost:x/y", "no database address"),
        ("://", "no database address"),
    ],
)
def test_a_weak_address_is_named_with_its_cure(address: str, named: str) -> None:
    """A password where others see it, a way that somebody could listen on, another's role; never the password."""
    said = told(address)
    assert said.startswith("DEADDROP: ")
    assert named in said
    assert "hemligt" not in said


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_no_address_whatever_makes_it_fall(host: str, password: str, option: str) -> None:
    """Whatever stands in a settings file: it is named or let through, and a password is never repeated."""
    secret = f"kvittra{quote(password)}"
    for text in (host, f"{host}://{option}", f"postgresql+psycopg://u:{secret}@{host}/x?{option}={option}"):
        said = told(text)
        assert "kvittra" not in said


@given(
    st.sampled_from(["require", "prefer", "allow", "disable", "verify-ca", ""]),
    st.from_regex(r"[a-z]{1,9}\.se", fullmatch=True),
)
def test_every_other_machine_must_prove_itself(mode: str, host: str) -> None:
    """However the address is written, a host elsewhere without verify-full is refused."""
    for text in (f"postgresql://u@{host}/x?sslmode={mode}", f"postgresql+psycopg://u@/x?host={host}&sslmode={mode}"):
        assert host in told(text)


def test_what_loosens_the_ground_is_named() -> None:
    """Debugging, keys of TLS written down, a password for all programs: by name, never by value."""
    assert strict.surroundings({"PATH": "/bin", "FLASK_DEBUG": ""}) == []
    for name in strict.LOOSE:
        (said,) = strict.surroundings({name: "kvittra"})
        assert said.startswith(f"{name}: ")
        assert said.endswith("take it out of the environment")
        assert "kvittra" not in said


def test_a_slip_in_a_name_is_told() -> None:
    """A setting that nobody reads would weaken in silence; what it was meant to be stands beside it."""
    environ = Heard({"UTVAG_PORTAL_PROXYS": "1", "UTVAG_PORTAL_PORT": "1", "UTVAG_PORTAL_SPARROW": "1", "HOME": "/"})
    assert environ.get("UTVAG_PORTAL_PORT") == "1"
    assert environ.get("UTVAG_PORTAL_PROXIES") is None
    assert (len(environ), min(environ)) == (4, "HOME")
    assert environ.unread("UTVAG_PORTAL_") == [
        "UTVAG_PORTAL_PROXYS: is no setting that is read; did you mean UTVAG_PORTAL_PROXIES?",
        "UTVAG_PORTAL_SPARROW: is no setting that is read; take it out",
    ]


def test_two_stores_are_two() -> None:
    """The dead drop and the casebook never share one; the same place written in two ways is still one."""
    names = ("CASEBOOK", "DEADDROP")
    one = "postgresql+psycopg://a@db.example/x"
    assert strict.one_store(names, ("/srv/a", "/srv/b")) == []
    assert strict.one_store(names, (one, "postgresql+psycopg://b@db.example/y")) == []
    assert "same store" in strict.one_store(names, (one, "postgresql://b@db.example:5432/x"))[0]
    assert "same store" in strict.one_store(names, ("/srv/a", "/srv/a"))[0]
    assert "same store" in strict.one_store(names, ("://", "://"))[0]


@pytest.mark.parametrize(
    "text",
    [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ff" * 32,
        "ab" * 32,
        "HEX",
        "",
    ],
    ids=["zeros", "order one", "order two", "order eight", "no number", "no point", "words", "nothing"],
)
def test_a_root_key_that_pins_nobody_is_refused(text: str) -> None:
    """Low orders are those of RFC 7748 and libsodium's list; a slip of the pen is mostly no point at all."""
    with pytest.raises(ValueError, match=r"64 (hex )?digits"):
        read_pin(text)
