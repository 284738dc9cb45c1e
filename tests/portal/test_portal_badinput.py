"""Whatever is thrown at the portal: a plain page in the reader's language, never a 500, memory bounded."""

from __future__ import annotations

import tracemalloc
from io import BytesIO

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.portal.world import OUR_PAGE, Phone, World, strict
from web.body import MAX_BODY

FORM = "application/x-www-form-urlencoded"
NAMES = st.sampled_from(
    ["message", "need", "urgency", "answer_by", "contact", "try", "lang", "csrf_token", "avoid", "code", "do", "x"]
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One portal for many made-up requests."""
    world = World(tmp_path_factory.mktemp("portal"))
    world.write_roster()
    return world.app()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"message=" + b"x" * 10_000_000, FORM, 413),
        (b"&".join(b"f%d=1" % number for number in range(10_000)), FORM, 413),
        (b"message=a%00b", FORM, 400),
        (b"message=a\x00b", FORM, 400),
        (b"message=%ED%A0%80", FORM, 400),
        (b"message=%FF%FE", FORM, 400),
        ("message=å".encode(), FORM, 400),
        ("message=å".encode("latin-1"), f"{FORM}; charset=latin-1", 400),
        (b'{"message": "hej"}', "application/json", 415),
        (b"message=hej", "text/plain", 415),
        (b"message=hej", "", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"--x\r\n", "multipart/form-data", 415),
    ],
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_body_that_no_form_sends_is_refused_in_the_readers_language(
    shared: Flask, body: bytes, kind: str, status: int, language: str
) -> None:
    """Too large, too many fields, nulls, lone surrogates, other encodings and media types."""
    headers = {**OUR_PAGE, "Accept-Language": language}
    answer = strict(shared.test_client().post("/me", data=body, content_type=kind, headers=headers))
    assert answer.status_code == status
    assert f'<html lang="{language}"' in answer.text
    assert ("Det gick inte fram." if language == "sv" else "It did not get through.") in answer.text


def test_a_file_is_not_taken(shared: Flask) -> None:
    """Multipart is refused before anything of it is read into a file."""
    data = {"message": "hej", "file": (BytesIO(b"x" * 1000), "x.png")}
    assert shared.test_client().post("/me", data=data, headers=OUR_PAGE).status_code == 415


def test_ten_megabytes_cost_no_memory(shared: Flask) -> None:
    """The body is refused by its length; nothing near its size is ever held."""
    body = BytesIO(b"message=" + b"x" * 10_000_000)
    client = shared.test_client()
    client.post("/me", data=b"message=x", content_type=FORM, headers=OUR_PAGE)
    tracemalloc.start()
    answer = client.post("/me", input_stream=body, content_length=10_000_008, content_type=FORM, headers=OUR_PAGE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert peak < 2_000_000


def test_a_body_of_unknown_length_is_bounded_too(shared: Flask) -> None:
    """A stream without a length is read to the limit and no further."""
    stream = BytesIO(b"message=" + b"x" * 10_000_000)
    environ = {"wsgi.input_terminated": True}
    client = shared.test_client()
    answer = client.post("/me", input_stream=stream, content_type=FORM, headers=OUR_PAGE, environ_overrides=environ)
    assert answer.status_code == 413
    assert stream.tell() <= MAX_BODY + 70_000


@pytest.mark.parametrize("ended", [False, True])
def test_half_of_a_form_is_none(world: World, app: Flask, ended: bool) -> None:
    """The line broke in the middle of it; a server says that the body ends there (granian does), or it does not."""
    body, told = b"municipality=ekstad&message=ring+mig+inte", {"wsgi.input_terminated": ended, "CONTENT_LENGTH": "100"}
    answer = app.test_client().post("/me", data=body, content_type=FORM, headers=OUR_PAGE, environ_overrides=told)
    assert answer.status_code == 400
    assert world.received() == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"])
def test_another_method_is_refused_with_what_is_allowed(shared: Flask, method: str) -> None:
    """405 with a page and the list of methods."""
    answer = strict(shared.test_client().open("/me", method=method))
    if method == "get":  # werkzeug's client sends it as GET
        assert answer.status_code == 200
        return
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "path", ["/nope", "/me/x", "/%00", "/%ff", "/..%2f..%2fetc", "/<script>", "/codes", "/static/x"]
)
def test_an_unknown_address_is_a_plain_page(shared: Flask, path: str) -> None:
    """404, whatever the address holds, and nothing of it is repeated."""
    answer = strict(shared.test_client().get(path))
    assert answer.status_code == 404
    assert "script" not in answer.text


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.lists(st.tuples(NAMES, st.text(max_size=200)), max_size=12),
    path=st.sampled_from(
        [
            "/",
            "/me",
            "/other",
            "/done",
            "/code",
            "/exit",
            "/about",
            "/jobb",
            "/uppgifter",
            "/tillganglighet",
            "/healthz",
            "/readyz",
            "/x",
        ]
    ),
    cookies=st.booleans(),
)
def test_no_form_makes_a_fault(shared: Flask, fields: list[tuple[str, str]], path: str, cookies: bool) -> None:
    """Any text under any name, with cookies or without: no 5xx, and the page that follows parses."""
    client = shared.test_client(use_cookies=cookies)
    client.get("/me")
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value.encode("utf-8", "replace").decode())
    answer = client.post(path, data=data, headers=OUR_PAGE)
    assert answer.status_code < 500
    if answer.status_code == 303 and answer.headers["Location"].startswith("/"):
        assert client.get(answer.headers["Location"]).status_code == 200


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300), kind=st.sampled_from([FORM, "", "text/plain", "multipart/form-data; boundary=a", "x"])
)
def test_no_bytes_make_a_fault(shared: Flask, body: bytes, kind: str) -> None:
    """Any bytes as any media type."""
    answer = shared.test_client().post("/other", data=body, content_type=kind, headers=OUR_PAGE)
    assert answer.status_code in (303, 400, 413, 415)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["Cookie", "Accept-Language", "Origin", "Sec-Fetch-Site", "Content-Type", "X-Forwarded-For", "Host", "Range"]
    ),
    value=st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=200),
    path=st.sampled_from(["/", "/me", "/done", "/code", "/exit"]),
)
def test_no_header_makes_a_fault(shared: Flask, name: str, value: str, path: str) -> None:
    """Any header, of any content that HTTP can carry."""
    client = shared.test_client()
    for method in ("GET", "POST"):
        answer = client.open(path, method=method, headers={name: value})
        assert answer.status_code < 500


@given(value=st.text(max_size=80))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cookie_of_ours_makes_a_fault(shared: Flask, value: str) -> None:
    """A ticket, session or language that nobody gave is as good as none."""
    client = shared.test_client()
    for name in ("t", "s", "l"):
        client.set_cookie(name, value)
    for path in ("/me", "/done", "/code", "/exit", "/"):
        assert client.get(path).status_code in (200, 303)


def test_an_unexpected_failure_is_a_plain_page_and_one_word_in_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of our own shows the number to call; the log names its class and nothing of what was typed."""

    def fail(*_: object, **__: object) -> str:
        raise KeyError("kanariefågel")

    phone = Phone(world.app())
    monkeypatch.setattr("portal.pages.Pages.form", fail)
    answer = phone.get("/me")
    assert answer.status_code == 503
    assert world.programme.telephone.number.replace(" ", "\xa0") in answer.text
    assert "KeyError" in caplog.text
    assert "kanariefågel" not in caplog.text + answer.text


def test_even_a_broken_error_page_is_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If nothing can be rendered, a line of plain text with 112 and all headers remains."""

    def fail(*_: object, **__: object) -> str:
        raise KeyError("kanariefågel")

    client = world.app().test_client()
    monkeypatch.setattr("portal.pages.Pages.plain", fail)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "112" in answer.text
    assert "Content-Security-Policy" in answer.headers
    assert "kanariefågel" not in caplog.text + answer.text
