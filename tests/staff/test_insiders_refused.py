"""What is typed to ask for a second signature, and refused, is lost nowhere and sent for nothing else."""

from __future__ import annotations

from staff.insiders.four import ERASE, OVERRIDE
from tests.staff.dealing import Case, post
from tests.staff.test_pages_of_erasing import case as old_case
from tests.staff.world import World


def test_what_was_refused_stands_in_its_own_case_s_form_alone(world: World, case: Case) -> None:
    """The reason was too short: the decision's number, the receiver and the reason stand there, for this case only."""
    form = {"act": ERASE, "case": old_case(world).hex(), "number": "KS 2026:12", "why": "kort"}
    page = case.reader.get(post(case.reader, "/orders/new", **form).headers["Location"]).text
    assert 'value="KS 2026:12"' in page
    assert f'value="{form["case"]}" selected' in page
    over = {"act": OVERRIDE, "case": case.id.hex(), "to": world.case_officer.name, "why": "kort"}
    page = case.reader.get(post(case.reader, "/orders/new", **over).headers["Location"]).text
    assert f'value="{world.case_officer.name}" selected' in page
    assert ">kort</textarea>" in page
    other = Case(world, case.reader)
    page = case.reader.get(f"/orders/new?act={OVERRIDE}&case={other.id.hex()}").text
    assert ">kort</textarea>" not in page
