from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from programme import Programme
from programme.agencies import DUTIES, QUESTIONS, Agencies
from tests.programme.test_programme_file import DEMO, faults_of

BEFORE = DEMO.read_text("utf-8").partition("[casework.agencies]")[0]
AGENCY = '[[casework.agencies.agency]]\nid = "s"\nname = "S"\ntype = "social"\n'


def test_a_file_that_names_no_agency_hands_nothing_over(tmp_path: Path) -> None:
    """Without agencies there is nobody to hand anything to; a child's duties of the day stand all the same."""
    file = tmp_path / "programme.toml"
    file.write_text(BEFORE, "utf-8")
    found = Programme.load(file).casework.agencies
    assert found == Agencies()
    assert (found.agencies, found.grounds, found.wordings) == ((), (), ())
    assert found.duties == DUTIES
    assert found.questions == QUESTIONS


def test_the_demo_says_that_no_lawyer_has_confirmed_anything() -> None:
    """Each ground and wording of the demo is made up, and says so where a lawyer's decision would stand."""
    found = Programme.load(DEMO).casework.agencies
    assert {ground.confirmed for ground in found.grounds} | {one.confirmed for one in found.wordings} == {""}
    assert DEMO.read_text("utf-8").count("# a lawyer confirms") == len(found.grounds) + len(found.wordings)
    assert {one.signs_in for one in found.agencies if one.type in ("housing", "business")} == {False}
    assert found.agency("Polisen") == found.agency("police")
    assert found.longest == timedelta(days=180)
    assert all("sv" in one.text and "en" in one.text for one in found.wordings)


@pytest.mark.parametrize(
    ("own", "where"),
    [
        ("longest_days = 400", "casework.agencies.longest_days"),
        ("questions = []", "casework.agencies.questions"),
        ('[[casework.agencies.agency]]\nid = "s"\nname = "S"\ntype = "army"', "casework.agencies.agency[0].type"),
        (AGENCY + AGENCY.replace('"S"', '"T"'), "casework.agencies.agency"),
        (AGENCY + AGENCY.replace('"s"', '"t"'), "casework.agencies.agency"),
        (
            '[[casework.agencies.ground]]\nid = "g"\ntitle = "G"\nlaw = "L"\ntext = "T"\ntypes = ["navy"]',
            "casework.agencies.ground[0].types",
        ),
        ('[[casework.agencies.wording]]\nversion = "1"\ntext = { en = "yes" }', "casework.agencies.wording[0].text"),
        ('[[casework.agencies.duty]]\nid = "d"\ntitle = "D"', "casework.agencies.duty[0].text"),
        ("all_powerful = true", "casework.agencies.all_powerful"),
    ],
)
def test_a_fault_is_named_where_it_stands(own: str, where: str, tmp_path: Path) -> None:
    """Whoever writes the file is told which line to mend, and the app does not start on a guess."""
    found = faults_of(tmp_path, f"{BEFORE}[casework.agencies]\n{own}\n")
    assert [fault for fault in found if fault.startswith(f"{where}:")], found
