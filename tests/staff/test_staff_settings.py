from __future__ import annotations

import pytest

from staff.errors import SettingsError
from staff.settings import StaffSettings
from tests.staff.world import ORIGIN, PROGRAMME, World


def environ(world: World) -> dict[str, str]:
    """Give an environment that is right."""
    pepper = world.folder / "pepper"
    pepper.write_bytes(b"p" * 32)
    return {
        "UTVAG_STAFF_ORIGIN": ORIGIN,
        "UTVAG_STAFF_CASEBOOK": str(world.folder / "casebook.sqlite"),
        "UTVAG_STAFF_DEADDROP": str(world.folder / "deaddrop.sqlite"),
        "UTVAG_STAFF_ROSTER": str(world.folder / "roster"),
        "UTVAG_STAFF_MEMBERS": str(world.folder / "members"),
        "UTVAG_STAFF_ROOT_KEY": world.root.sign_public.hex(),
        "UTVAG_STAFF_PEPPER": str(pepper),
        "UTVAG_STAFF_PROGRAMME": str(PROGRAMME),
    }


def test_a_right_environment_gives_settings_with_safe_defaults(world: World) -> None:
    """What is not said is safe: loopback, random collecting, no demo; the pepper is in no repr."""
    settings = StaffSettings.from_env(environ(world))
    assert (settings.host, settings.port, settings.collect_seconds, settings.demo) == ("127.0.0.1", 8832, None, False)
    assert settings.pepper == b"p" * 32
    assert "pppp" not in repr(settings)
    more = environ(world) | {"UTVAG_STAFF_COLLECT_SECONDS": "2", "UTVAG_STAFF_DEMO": "1", "UTVAG_STAFF_PORT": "0"}
    assert StaffSettings.from_env(more).collect_seconds == 2.0
    assert StaffSettings.from_env(more).demo


def test_every_fault_is_named_at_once() -> None:
    """An empty environment: one start tells all eight things that are missing."""
    with pytest.raises(SettingsError) as caught:
        StaffSettings.from_env({})
    assert len(caught.value.faults) == 8
    assert all(fault.endswith(": is missing") for fault in caught.value.faults)


WRONG = [
    ("ORIGIN", "http://staff.example"),
    ("ROOT_KEY", "abc"),
    ("ROOT_KEY", "zz" * 32),
    ("BACKUP_KEY", "abc"),
    ("BACKUP_KEY", "00" * 32),
    ("ROSTER", "/nowhere"),
    ("PEPPER", "/nowhere"),
    ("PEPPER", str(PROGRAMME)),
    ("PROGRAMME", "/nowhere"),
    ("COLLECT_SECONDS", "0"),
    ("COLLECT_SECONDS", "often"),
    ("COLLECT_SECONDS", "nan"),
    ("PORT", "70000"),
    ("PORT", "-1"),
    ("DEMO", "yes"),
]


def test_a_wrong_value_is_named(world: World) -> None:
    """Each wrong value is told by its name; the others are not blamed."""
    right = environ(world)
    for name, value in WRONG:
        with pytest.raises(SettingsError) as caught:
            StaffSettings.from_env(right | {f"UTVAG_STAFF_{name}": value})
        assert all(fault.startswith(f"UTVAG_STAFF_{name}:") for fault in caught.value.faults), (name, value)
