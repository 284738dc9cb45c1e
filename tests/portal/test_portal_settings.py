"""The portal's environment: every fault named at once, defaults safe in production."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.settings import PortalSettings, SettingsError
from programme import Programme, ProgrammeError
from tests.portal.world import DEMO, Phone, World
from web.origin import Origin

KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # RFC 8032, test 1
LOOPBACK = {"UTVAG_PORTAL_ORIGIN": "http://127.0.0.1:8831", "UTVAG_PORTAL_DEMO": "1"}
GOOD = {
    "UTVAG_PORTAL_ORIGIN": "https://utvag.example",
    "UTVAG_PORTAL_ROSTER": "/srv/roster",
    "UTVAG_PORTAL_ROOT_KEY": KEY,
    "UTVAG_PORTAL_DEADDROP": "/srv/deaddrop.sqlite",
    "UTVAG_PORTAL_PROGRAMME": str(DEMO),
    "UTVAG_PORTAL_STATE": "/srv/state",
}


def test_what_is_left_out_is_safe() -> None:
    """No demo, loopback only, no proxy believed, limits on."""
    settings = PortalSettings.from_env(GOOD)
    assert (settings.demo, settings.host, settings.port, settings.proxies) == (False, "127.0.0.1", 8831, 0)
    assert (settings.minimum_epoch, settings.posts_per_prefix, settings.posts_in_all) == (1, 120, 12_000)
    assert (settings.roster, settings.root_key) == (Path("/srv/roster"), bytes.fromhex(KEY))
    assert settings.posts_in_all >= 50 * settings.posts_per_prefix


def test_every_fault_is_named_at_once() -> None:
    """An empty environment and one full of nonsense each give the whole list."""
    with pytest.raises(SettingsError) as caught:
        PortalSettings.from_env({})
    assert {fault.partition(":")[0] for fault in caught.value.faults} == set(GOOD)
    wrong = {
        "UTVAG_PORTAL_ORIGIN": "http://utvag.example",
        "UTVAG_PORTAL_ROOT_KEY": "xyz",
        "UTVAG_PORTAL_PROGRAMME": "/no/such/file",
        "UTVAG_PORTAL_PORT": "-1",
        "UTVAG_PORTAL_DEMO": "yes",
        "UTVAG_PORTAL_PROXIES": "many",
        "UTVAG_PORTAL_MINIMUM_EPOCH": "0",
        "UTVAG_PORTAL_POSTS_PER_PREFIX": "²",
    }
    with pytest.raises(SettingsError) as caught:
        PortalSettings.from_env({**GOOD, **wrong})
    assert {fault.partition(":")[0] for fault in caught.value.faults} == set(wrong)


@pytest.mark.parametrize("key", ["", "ab" * 31, "ab" * 33, "zz" * 32])
def test_a_root_key_is_32_bytes_in_hex(key: str) -> None:
    """A key of another length would be a portal that trusts nobody, or anybody."""
    with pytest.raises(SettingsError) as caught:
        PortalSettings.from_env({**GOOD, "UTVAG_PORTAL_ROOT_KEY": key})
    assert len(caught.value.faults) == 1


def test_the_demo_has_room_for_load_from_one_address() -> None:
    """Everyone in a demo comes from one address; a production portal keeps its limits."""
    demo = PortalSettings.from_env({**GOOD, **LOOPBACK})
    assert demo.demo
    assert demo.posts_per_prefix == 120_000
    pinned = {**GOOD, **LOOPBACK, "UTVAG_PORTAL_POSTS_PER_PREFIX": "7"}
    assert PortalSettings.from_env(pinned).posts_per_prefix == 7


ONION = "a234567" * 8 + ".onion"


def test_an_onion_address_is_shown_and_announced_where_nothing_can_be_lost(tmp_path: Path) -> None:
    """Tor Browser is told on pages that only tell something, by their path; never beside a draft or a code."""
    world = World(tmp_path)
    world.write_roster()
    programme = dataclasses.replace(world.programme, onion_address=ONION)
    https = Phone(world.app(programme=programme, origin=Origin.parse("https://utvag.example")))
    assert https.get("/").headers["Onion-Location"] == f"http://{ONION}/"
    assert https.get("/jobb?x=<b>").headers["Onion-Location"] == f"http://{ONION}/jobb"
    assert f"Då finns vi också här: <bdi dir=ltr>{ONION}</bdi>" in https.get("/about").text
    for path in ("/me", "/other", "/code", "/done", "/no-such-page", "/exit"):
        assert "Onion-Location" not in https.get(path).headers
    http = Phone(world.app(programme=programme, origin=Origin.parse(f"http://{ONION}")))
    assert "Onion-Location" not in http.get("/").headers
    unset = Phone(world.app(origin=Origin.parse("https://utvag.example")))
    assert "Onion-Location" not in unset.get("/").headers
    assert "Tor Browser" not in unset.get("/about").text


@pytest.mark.parametrize("address", ["http://" + ONION, "a" * 55 + ".onion", "A" * 56 + ".onion", "utvag.example"])
def test_what_is_no_onion_address_is_a_fault(address: str) -> None:
    """An address of another kind would lead somebody's Tor Browser elsewhere."""
    with pytest.raises(ProgrammeError, match=r"onion_address: must be 56 letters"):
        Programme.read(f'onion_address = "{address}"\n' + DEMO.read_text("utf-8"))


def test_settings_cannot_be_changed() -> None:
    """They are frozen once checked."""
    settings = PortalSettings.from_env(GOOD)
    with pytest.raises(AttributeError):
        settings.demo = True  # type: ignore[misc]  # that is the point


NAMES = st.sampled_from(
    [*GOOD, *(f"UTVAG_PORTAL_{one}" for one in ("DEMO", "PORT", "PROXIES", "SPOOL", "REDIS", "NAME"))]
)


@given(st.dictionaries(NAMES, st.text(max_size=40), max_size=4))
@settings(max_examples=60)
def test_whatever_stands_in_a_settings_file_is_named_or_taken(strange: dict[str, str]) -> None:
    """No text whatever makes it fall, and each fault begins with the name of a setting."""
    faults: list[str] = []
    try:
        taken: object = PortalSettings.from_env({**GOOD, **strange})
    except SettingsError as error:
        taken, faults = None, error.faults
    assert (taken is None) == bool(faults)
    assert all(fault.startswith("UTVAG_PORTAL_") for fault in faults)
