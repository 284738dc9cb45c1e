"""Who reaches what, tried for real: every route, with an address of something that exists, by everybody there is.

The expectation is made of the access table (staff/access.py) and REACH below. A route without a row in the table, an
access without a row in REACH, or an argument without a value in ADDRESSES fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from staff.access import ROUTES, Access
from staff.insiders import notices
from staff.orders import order_id
from tests.staff.dealing import LAW, TEST, Case, ask_for, post
from tests.staff.joiner import Newcomer, invite
from tests.staff.test_staff_every_route import at_the_door
from tests.staff.world import ORIGIN, Browser, World

EVERYBODY = ("owner", "colleague", "other_team", "agency", "other_agency", "lead", "auditor")
TEAM = {"owner", "colleague"}
REACH: Mapping[Access, set[str]] = {
    Access.ANYONE: {*EVERYBODY, "signed_out"},
    Access.SIGNED_IN: {*EVERYBODY},
    Access.COORDINATOR: {*TEAM, "other_team"},
    Access.COORDINATOR_OR_LEAD: {*TEAM, "other_team", "lead"},
    Access.TEAM: TEAM,
    Access.CASE: TEAM,
    Access.LEAD: {"lead"},
    Access.TOWN: {*TEAM, "lead"},
    Access.LOOK: {"lead"},
    Access.LEAD_OR_AUDITOR: {"lead", "auditor"},
    Access.READER: {*TEAM, "lead"},
    Access.SIGNS: {"owner", "lead"},
    Access.TOLD: {"lead", "auditor"},
    Access.AUDITOR: {"auditor"},
    Access.AGENCY: {"agency", "other_agency"},
    Access.HANDED: {"agency"},
}
# A transfer is the one folder that two teams hold.
BOTH_TEAMS = {"transfers.read", "transfers.act"}
OWN_TEAM = {"documents.decide", "people.second"}  # what stands in the town's own ledger or register is in no other's
FORMS = {"cases.draft": {"form": "note"}}
MOVING = {"accounts.login", "accounts.sign_in", "accounts.lock", "accounts.front"}  # they lead elsewhere by themselves
MOVING |= {f"enrol.{name}" for name in ("type_code", "type_phrase", "type_otp", "options", "add_passkey", "stop")}


@dataclass
class Place:
    """Hold the world, its people's browsers, and one object of each sort."""

    world: World
    browsers: dict[str, Browser]
    case: Case
    values: Mapping[str, object]
    special: Mapping[str, Mapping[str, object]]

    def path(self, endpoint: str, arguments: set[str]) -> str:
        """Give an address of a route, of something that exists."""
        values = {**self.values, **self.special.get(endpoint, {})}
        lacking = arguments - values.keys()
        assert not lacking, f"{endpoint}: say in ADDRESSES what {lacking} is"
        with self.world.app.test_request_context():
            adapter = self.world.app.url_map.bind("127.0.0.1")
            return adapter.build(endpoint, {name: values[name] for name in arguments})


def joiners(world: World, lead: Browser) -> Mapping[str, Mapping[str, object]]:
    """Let two be invited, one of whom waits for a second signature; give what the routes on people stand for."""
    nils = Newcomer.at(world)
    nils.type_code(invite(lead, "Nils Ny"))
    nils.learn()
    nils.scan()
    (agreed,) = [one.id for one in world.parts.invitations.all(world.parts.today())]
    lead.post(f"/people/invitations/{agreed.hex()}/agree", seen=nils.digits)
    invite(lead, "Eva Ny")
    other = next(one.id for one in world.parts.invitations.all(world.parts.today()) if one.id != agreed)
    (order,) = world.parts.orders.all()
    recovery = world.recovery["ekstad"].identity.sign_public.hex()
    lead.post("/people/anew", what="use", about=recovery)
    anew = next(order_id(one) for one in world.parts.orders.all() if one.order.act == "recover")
    auditor = world.person(world.lead).member_tag(world.auditor.identity.sign_public)[:16].hex()
    lead.post(f"/people/{auditor}/role", role="coordinator")
    (role,) = [one for one in world.parts.orders.all() if one.data != order.data and one.order.act == "join"]
    member = world.person(world.lead).member_tag(world.partner.identity.sign_public)[:16]
    invitations = {"people.agree": {"invitation": agreed}, "people.withdraw": {"invitation": other}}
    people = {f"people.{name}": {"member": member} for name in ("end_sessions", "renew", "change_role")}
    return {
        **invitations,
        **people,
        "people.second": {"order": order_id(order)},
        "people.drop": {"order": order_id(role)},
        "recovering.second": {"order": anew},
        "recovering.drop": {"order": anew},
    }


def addresses(case: Case, handed: str, offered: str, asked: str, told: bytes) -> Mapping[str, Mapping[str, object]]:
    """Give what each route's arguments stand for where it is not the case, a note and an act that changes nothing."""
    handover, transfer = bytes.fromhex(handed), bytes.fromhex(offered)
    extract = {"name": next(iter(case.dealings.extracts))}
    order = bytes.fromhex(ask_for(case.reader, f"/cases/{case.id.hex()}/extract/{extract['name']}/paper")[-32:])
    return {
        "pages.asset": {"name": "staff.css"},
        "agencies.choose": {"what": "handover"},
        "agencies.act": {"act_name": "told"},
        "agencies.handover": {"other": handover},
        "agencies.paper": {"name": next(iter(case.dealings.exported))},
        "handed.read": {"folder": handover},
        "handed.act": {"folder": handover, "act_name": "reply"},
        "handed.keep": {"folder": handover},
        "transfers.read": {"folder": transfer},
        "transfers.act": {"folder": transfer, "act_name": "take-back"},
        "documents.extract": extract,
        "documents.extract_paper": extract,
        "documents.decide": {"name": asked},
        "inbox.act": {"act_name": "take"},
        "cases.act": {"act_name": "done"},
        "conflicts.warn": {"kind": "case"},
        "conflicts.answer": {"kind": "case", "act_name": "hand"},
        "conflicts.seen": {"folder": told},
        "orders.read": {"folder": order},
        "orders.act": {"folder": order, "act_name": "sign"},
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Make Björk 14 of Ekstad: handed to Sonja, offered to Björkby, put on paper and extracted."""
    world = World(tmp_path_factory.mktemp("access"))
    case = Case(world)
    handed = case.hand_over()
    sonja = world.browser(world.case_officer)
    post(sonja, f"/handed/{handed}/accept")
    person = world.case_officer.name
    case.do("paper", agency="social", person=person, chosen=["e4"], test=TEST, **LAW)
    case.do("extract", chosen=["e4"], test=TEST)
    offered = case.do("transfer", town="bjorkby", chosen=["e4"], said_yes="yes").headers["Location"].rpartition("/")[2]
    post(case.reader, "/documents", what="Allt om Björk 14")
    (asked,) = re.findall(r'action="/documents/([0-9a-f]{8})"', case.reader.get("/documents").text)
    anna = world.person(world.owner)
    notice = notices.Notice("night", int(world.clock.now().timestamp()), count=3)
    told = notices.prepare(world.parts.folders, anna, notice, notices.overseers(anna), world.clock.now())
    with world.parts.casebook.write() as session:
        told.keep(session)
    lead = world.browser(world.lead)
    browsers = {
        "owner": case.reader,
        "agency": sonja,
        "colleague": world.browser(world.colleague),
        "other_team": world.browser(world.stranger),
        "other_agency": world.browser(world.officer),
        "lead": lead,
        "auditor": world.browser(world.auditor),
    }
    values = {
        "folder": case.id,
        "row_id": bytes.fromhex(case.own),
        "form_name": "note",
        "seconds": 900,
        "act_name": "take",
        "name": "x",
        "member": world.person(world.colleague).member_tag(world.colleague.identity.sign_public)[:16],
    }
    special = {**addresses(case, handed, offered, asked, told.id), **joiners(world, lead)}
    return Place(world, browsers, case, values, special)


def routes(place: Place) -> list[tuple[str, str, str]]:
    """List every route as (endpoint, method, address)."""
    return [
        (rule.endpoint, method, place.path(rule.endpoint, set(rule.arguments)))
        for rule in place.world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def knock(browser: Browser, endpoint: str, method: str, path: str) -> tuple[int, str]:
    """Visit a route as a browser of ours would; a form that must say what it is says so."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    posted = FORMS.get(endpoint) if method == "POST" else None
    answer = browser.client.open(path, method=method, data=posted, headers=headers, base_url=ORIGIN)
    return answer.status_code, answer.headers.get("Location", "")


def reaches(who: str, endpoint: str) -> bool:
    """Tell whether somebody should reach a route."""
    if who == "other_team" and endpoint in BOTH_TEAMS | OWN_TEAM:
        return endpoint in BOTH_TEAMS
    return who in REACH[ROUTES[endpoint]]


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_reaches_what_the_table_gives_them_and_nothing_else(place: Place, who: str) -> None:
    """Each tries every route with real addresses: a page, or a 404 that says nothing."""
    wrong = []
    for endpoint, method, path in routes(place):
        if endpoint in MOVING:
            continue
        answer = knock(place.browsers[who], endpoint, method, path)
        right = answer[0] in (200, 303) and not at_the_door(answer) if reaches(who, endpoint) else answer[0] == 404
        wrong += [] if right else [(endpoint, method, answer)]
    assert wrong == []


def test_whoever_is_signed_out_is_led_to_the_door(place: Place) -> None:
    """Without a session only what is for anyone answers; real addresses lead to the sign-in page like any other."""
    wrong = []
    for endpoint, method, path in routes(place):
        answer = knock(Browser(place.world), endpoint, method, path)
        right = endpoint in MOVING or (answer[0] == 200 if reaches("signed_out", endpoint) else at_the_door(answer))
        wrong += [] if right else [(endpoint, method, answer)]
    assert wrong == []


def test_the_table_and_this_test_know_the_same_accesses() -> None:
    """A new kind of access needs its row here."""
    assert REACH.keys() == set(Access)


def test_a_protected_case_is_for_its_named_people(place: Place) -> None:
    """Anna is named, Björn is not: what he reaches of a case in general, he does not of this one."""
    case = Case(place.world, place.browsers["owner"], protected="yes")
    wrong = []
    for endpoint, method, path in routes(place):
        if ROUTES[endpoint] in (Access.CASE, Access.LOOK) and place.case.id.hex() in path:
            closed = path.replace(place.case.id.hex(), case.id.hex())
            answers = {
                who: knock(place.browsers[who], endpoint, method, closed)[0]
                for who in ("colleague", "lead", "other_team")
            }
            wrong += [(endpoint, method, answers)] if set(answers.values()) != {404} else []
    assert wrong == []
    assert place.browsers["owner"].get(case.base).status_code == 200
