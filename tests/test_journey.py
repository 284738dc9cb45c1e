"""The main job, end to end: from a phone to a coordinator through both real processes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.road import Answer, Demo, Visitor, collected, demo, listed, sign_in, wait_for_new

ME: dict[str, str | list[str]] = {
    "urgency": "soon",
    "need": ["safety", "talk"],
    "message": "jag sover med skorna på – kan någon höra av sig? åäö <b>inte fet</b>",
    "answer_by": "call",
    "contact": "070-1740612",
    "municipality": "ekstad",
    "when": "vardagar före klockan 12",
    "avoid": ["others_see_phone"],
    "avoid_more": "brodern svarar ibland",
    "code_word": "pannkaka",
    "call_name": "Kim",
    "language": "page",
    "age": "unsaid",
}
OTHER: dict[str, str | list[str]] = {
    "urgency": "us",
    "own_safety": ["threatened", "need_talk"],
    "relation": "parent",
    "aware": "no",
    "need": ["advice", "support_me"],
    "message": "två män stod vid dörren i går",
    "answer_by": "sms",
    "contact": "070-1740613",
    "municipality": "ekstad",
    "age": "under18",
}


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Both apps."""
    with demo(tmp_path_factory.mktemp("journey") / "dir") as lent:
        yield lent


@pytest.fixture(scope="module")
def elsa(road: Demo) -> Visitor:
    """A coordinator in Ekstad who has signed in with passphrase and one-time code."""
    return sign_in(road.staff, road.people[0])


def sent(road: Demo, elsa: Visitor, visitor: Visitor, path: str, fields: dict[str, str | list[str]]) -> str:
    """Send one request as this visitor and return where the coordinator finds it."""
    before = listed(elsa)
    answer = visitor.fill_in(path, fields)
    assert (answer.status, answer.headers["location"], answer.text) == (303, "/done", "")
    assert "Det kom fram" in visitor.get("/done").texts()
    found = wait_for_new(elsa, before)
    assert len(found) == 1
    return found.pop()


def act(visitor: Visitor, path: str, name: str, **fields: str) -> Answer:
    """Press one button on a request's page and return the page that follows."""
    answer = visitor.fill_in(f"{path}/{name}", fields, page=path)
    assert answer.status == 303
    return visitor.get(answer.headers["location"])


@pytest.mark.parametrize(("path", "fields"), [("/me", ME), ("/other", OTHER)])
def test_a_request_reaches_the_coordinator_whole(
    road: Demo, elsa: Visitor, path: str, fields: dict[str, str | list[str]]
) -> None:
    """What was typed on the phone is what the coordinator reads, markup as letters and nothing left out."""
    page = elsa.get(sent(road, elsa, Visitor(road.portal), path, fields))
    assert page.status == 200
    for name in ("message", "contact", "when", "avoid_more", "code_word", "call_name"):
        assert " ".join(str(fields.get(name, "")).split()) in page.texts(), name
    assert "<b>inte fet</b>" not in page.text


def test_take_undo_and_set_aside(road: Demo, elsa: Visitor) -> None:
    """The coordinator takes it, thinks again, lowers its urgency, sets it aside with a reason, and takes it out."""
    path = sent(road, elsa, Visitor(road.portal), "/me", {**ME, "message": "en sak till"})
    assert "Du har tagit det" in act(elsa, path, "take").texts()
    assert "Det är inte längre ditt" in act(elsa, path, "hand-back").texts()
    assert "Läget är sänkt" in act(elsa, path, "lower").texts()
    assert "Undanlagd" in act(elsa, path, "set-aside", reason="test", line="bara ett prov").texts()
    assert path not in listed(elsa)
    assert "bara ett prov" in elsa.get(path).texts()
    assert "Framme i listan igen" in act(elsa, path, "put-back").texts()
    assert path in listed(elsa)


def test_a_browser_without_cookies_gets_through(road: Demo, elsa: Visitor) -> None:
    """Whoever refuses cookies is believed by what the browser itself says about the origin, old or new."""
    for proof in ({"Sec_Fetch_Site": "same-origin"}, {"Origin": road.portal}):
        before = listed(elsa)
        visitor = Visitor(road.portal, keeps_cookies=False)
        hidden = visitor.get("/me").hidden("/me")
        answer = visitor.post("/me", {**hidden, "message": "utan kakor"}, **proof)
        assert answer.status == 303
        assert answer.headers["location"].startswith("/done")
        assert len(wait_for_new(elsa, before)) == 1


def test_without_token_or_proof_nothing_is_sent(road: Demo, elsa: Visitor) -> None:
    """A page from somewhere else cannot make a browser send; an old page gets its text back and one tap sends it."""
    before = listed(elsa)
    visitor = Visitor(road.portal)
    visitor.get("/me")
    answer = visitor.post("/me", {"message": "från en gammal sida"})
    assert (answer.status, answer.headers["location"]) == (303, "/me")
    page = visitor.get("/me")
    assert "från en gammal sida" in page.text
    assert "Sidan blev för gammal" in page.texts()
    visitor.post("/me", {"message": "främlingens ord"}, Sec_Fetch_Site="cross-site")
    assert "främlingens ord" not in visitor.get("/me").text
    again = visitor.post("/me", {**page.hidden("/me"), "message": "från en gammal sida"})
    assert again.headers["location"] == "/done"
    assert len(wait_for_new(elsa, before)) == 1


def test_two_taps_are_one_request(road: Demo, elsa: Visitor) -> None:
    """A second tap sends another envelope; the coordinator sees one request with two versions."""
    before = listed(elsa)
    visitor = Visitor(road.portal)
    hidden = visitor.get("/me").hidden("/me")
    for text in ("första försöket", "andra försöket"):
        assert visitor.post("/me", {**hidden, "message": text}).headers["location"] == "/done"
        wait_for_new(elsa, before)
    new = collected(elsa) - before
    assert len(new) == 1
    texts = elsa.get(new.pop()).texts()
    assert "andra försöket" in texts
    assert "Tidigare versioner" in texts


def test_another_towns_coordinator_cannot_reach_it(road: Demo, elsa: Visitor) -> None:
    """What is sent to Ekstad does not exist for Björkby, and what is sent to Björkby does not for Ekstad."""
    bashir = sign_in(road.staff, road.people[1])
    path = sent(road, elsa, Visitor(road.portal), "/me", {**ME, "message": "bara för Ekstad"})
    assert bashir.get(path).status == 404
    before = listed(bashir)
    Visitor(road.portal).fill_in("/me", {"message": "bara för Björkby", "municipality": "bjorkby"})
    theirs = wait_for_new(bashir, before).pop()
    assert elsa.get(theirs).status == 404
    assert "bara för Björkby" in bashir.get(theirs).texts()


def test_nobody_reads_without_signing_in(road: Demo, elsa: Visitor) -> None:
    """A stranger on the inner network sees a door and nothing behind it."""
    path = sent(road, elsa, Visitor(road.portal), "/me", {**ME, "message": "bakom dörren"})
    stranger = Visitor(road.staff)
    for wanted in ("/inbox", path):
        answer = stranger.send("GET", wanted)
        assert answer.status in (302, 303)
        assert "/login" in answer.headers["location"]
    assert stranger.post(f"{path}/take", {}).status in (303, 400, 403)


def test_the_demo_json_is_enough_for_a_tool(road: Demo, tmp_path: Path) -> None:
    """Everything that these tests needed stands in demo.json for as long as the demo runs."""
    said = json.loads((road.folder / "demo.json").read_text("utf-8"))
    assert said == road.said
