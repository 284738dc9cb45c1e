from __future__ import annotations

import pytest

from staff.access import ROUTES, WHO, Access
from tests.staff.world import ORIGIN, Browser, Human, World

NOBODY = "0" * 32
KEYED = {Access.CASE, Access.HANDED, Access.LOOK, Access.READER, Access.SIGNS, Access.TOLD}
BY_KEY = frozenset(KEYED)  # here the address is of a folder that nobody holds

# Here the address is of a request for documents that nobody made, or of somebody who was never invited.
NOBODYS = frozenset({"documents.decide", "people.agree", "people.withdraw", "people.second"})
NOBODYS |= frozenset({"people.end_sessions", "people.renew", "people.drop", "people.change_role"})


def is_there(endpoint: str) -> bool:
    """Tell whether what the address names exists for somebody."""
    return ROUTES[endpoint] not in BY_KEY and endpoint not in NOBODYS


def visits(world: World, row: str) -> list[tuple[str, str, str]]:
    """List every route as (endpoint, method, an address of it for a request of Ekstad's)."""
    values = {
        "row_id": bytes.fromhex(row),
        "act_name": "take",
        "name": "staff.css",
        "folder": bytes(16),
        "form_name": "note",
    }
    values |= {"other": bytes(16), "what": "handover", "invitation": bytes(16), "order": bytes(16)}
    values |= {"member": world.person(world.colleague).member_tag(world.colleague.identity.sign_public)[:16]}
    values |= {"kind": "case", "seconds": "900"}
    found = []
    with world.app.test_request_context():
        adapter = world.app.url_map.bind("127.0.0.1")
        for rule in world.app.url_map.iter_rules():
            path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            found += [(rule.endpoint, method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def visit(browser: Browser, method: str, path: str) -> tuple[int, str]:
    """Visit as a browser of ours would, and give status and where it leads."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = browser.client.open(path, method=method, headers=headers, base_url=ORIGIN)
    return answer.status_code, answer.headers.get("Location", "")


def at_the_door(answer: tuple[int, str]) -> bool:
    """Tell whether an answer is the way to the sign-in page, or the script's word for it."""
    status, location = answer
    return status == 401 or (status == 303 and location.startswith("/login"))


def test_the_table_names_every_route_and_nothing_else(world: World) -> None:
    """A route that nobody thought about fails here."""
    assert {rule.endpoint for rule in world.app.url_map.iter_rules()} == ROUTES.keys()


def test_signed_out_reaches_only_what_is_for_anyone(world: World) -> None:
    """A browser without a session tries every route for real."""
    row = world.send(message="hej")
    for endpoint, method, path in visits(world, row):
        browser = Browser(world)
        answer = visit(browser, method, path)
        if ROUTES[endpoint] is Access.ANYONE:
            assert answer[0] in (200, 303), path
        else:
            assert at_the_door(answer), path


ROLES = ("owner", "lead", "auditor", "case_officer", "officer", "partner")


@pytest.mark.parametrize("who", ROLES[1:])  # the owner: test_access_by_role
def test_each_role_reaches_its_own_routes_and_no_other(world: World, who: str) -> None:
    """Everybody tries every route for real: what the table gives to other roles does not exist for them."""
    human: Human = getattr(world, who)
    row = world.send(message="hej")
    browser = world.browser(human)
    for endpoint, method, path in visits(world, row):
        if endpoint.startswith("accounts."):
            continue
        status, _ = visit(browser, method, path)
        if human.role in WHO[ROUTES[endpoint]] and is_there(endpoint):
            assert status in (200, 303), path
        elif human.role not in WHO[ROUTES[endpoint]]:
            assert status == 404, path


@pytest.mark.parametrize("who", ROLES)
def test_each_role_begins_at_a_page_of_its_own(world: World, who: str) -> None:
    """After signing in, at the front and at the sign-in page, everybody is led to a page that they may see."""
    browser = world.browser(getattr(world, who))
    for path in ("/", "/login"):
        led = browser.get(path)
        assert led.status_code == 303
        assert browser.get(led.headers["Location"]).status_code == 200


@pytest.mark.parametrize("who", ["owner", pytest.param("colleague", marks=pytest.mark.long)])
def test_the_team_reaches_everything(world: World, who: str) -> None:
    """Anna and Björn, of one team, each try every route with a request of theirs."""
    human = {"owner": world.owner, "colleague": world.colleague}[who]
    row = world.send(message="hej")
    browser = world.browser(human)
    for endpoint, method, path in visits(world, row):
        if human.role not in WHO[ROUTES[endpoint]] or not is_there(endpoint):
            continue
        answer = visit(browser, method, path)
        if endpoint.startswith("accounts."):  # it may have locked the session
            world.clock.turn(seconds=30)
            browser = world.browser(human)
        assert answer[0] in (200, 303), path
        assert endpoint.startswith(("accounts.", "enrol.")) or not at_the_door(answer), path


def test_another_team_meets_nothing_where_the_team_is_needed(world: World, stranger: Browser) -> None:
    """Cilla, a coordinator elsewhere, tries every route: what is for the team does not exist for her."""
    row = world.send(message="hej")
    for endpoint, method, path in visits(world, row):
        if endpoint.startswith("accounts."):
            continue
        status, _ = visit(stranger, method, path)
        closed = world.stranger.role not in WHO[ROUTES[endpoint]]
        if ROUTES[endpoint] in (Access.TEAM, Access.TOWN) or not is_there(endpoint) or closed:
            assert status == 404, path
        else:
            assert status in (200, 303), path


def test_a_route_that_the_table_does_not_name_is_closed(world: World, owner: Browser) -> None:
    """Somebody adds a view and forgets the table: it answers nobody."""
    world.app.view_functions["pages.healthz"] = lambda: "secret"
    table = dict(ROUTES)
    del ROUTES["pages.healthz"]
    try:
        assert owner.get("/healthz").status_code == 404
    finally:
        ROUTES.update(table)


def test_other_methods_are_refused_with_a_page(owner: Browser) -> None:
    """No method but those of the page does anything, and Anna is still signed in after all of them."""
    for path in ("/inbox", "/login", "/inbox/" + NOBODY, "/lock", "/static/staff.css"):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
            answer = owner.client.open(path, method=method, base_url=ORIGIN)
            assert answer.status_code in (405, 415, 400), (method, path)
            assert "Det" in answer.text, (method, path)
    assert owner.get("/inbox").status_code == 200


def test_other_addresses_do_not_exist(owner: Browser) -> None:
    """One spelling of each address, and no folder to wander in."""
    strange = ("/inbox/", "/INBOX", "/inbox/abc", "/inbox/" + "A" * 32, "/static/../staff.py", "/static/", "/nowhere")
    for path in strange:
        answer = owner.client.get(path, base_url=ORIGIN)
        assert answer.status_code in (404, 303), path
        assert "staff.py" not in answer.text, path
