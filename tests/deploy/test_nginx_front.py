"""The front as it is delivered: what it passes on, what it refuses, what it keeps (nothing), what it sends twice."""

import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from command.processes import HOST
from tests.canaries import canary, files, search
from tests.nginx import DEPLOY, ONION, SITE, STAFF, Front, Heard, checked, front, laid_out, lay, stand_in
from web.body import MAX_BODY
from web.headers import HSTS, standing

FORM = "application/x-www-form-urlencoded"
QUICK = {"client_header_timeout 10s": "client_header_timeout 1s", "client_body_timeout 15s": "client_body_timeout 1s"}


@pytest.fixture(scope="module")
def app() -> Iterator[Heard]:
    """Lend one stand-in for all portals, and for the onion's."""
    with stand_in() as heard:
        yield heard


@pytest.fixture(scope="module")
def standing_front(app: Heard) -> Iterator[Front]:
    """Lend one front, its time-outs shortened, for what needs no app of its own; it cannot write a file anywhere."""
    with front([app.port], onion=app.port, spoil=QUICK) as made:
        for folder in (made.folder / "run").glob("nginx-*"):
            folder.rmdir()
        yield made


@pytest.mark.parametrize("site", ["portal", "staff"])
def test_nginx_takes_the_files_as_they_are(site: str) -> None:
    """Nothing but ports, folders and certificate is replaced, and nginx has not even a warning to say."""
    with laid_out() as made:
        lay(made, [8801, 8802, 8803] if site == "portal" else [8832], site=site, spoil={})
        result = checked(made)
    said = [line for line in result.stderr.splitlines() if "successful" not in line and "syntax is ok" not in line]
    assert (result.returncode, said) == (0, []), result.stderr


def test_no_line_of_the_files_keeps_a_log() -> None:
    """Every access log is off and every error log goes nowhere, wherever somebody adds one."""
    lines = [line.split("#")[0].strip() for file in DEPLOY.rglob("*") if file.is_file() for line in open_lines(file)]
    logs = {line for line in lines if re.match(r"(access_log|error_log|rewrite_log)\b", line)}
    assert logs == {"access_log off;", "error_log /dev/null crit;"}
    assert [
        line for line in lines if re.search(r"\b(log_format|proxy_cache_path|open_log_file_cache|mirror)\b", line)
    ] == []


def open_lines(file: Path) -> list[str]:
    """Read a file's lines."""
    return file.read_text("utf-8").splitlines()


def test_only_tls_1_3_is_spoken(standing_front: Front) -> None:
    """A browser gets TLS 1.3 and HTTP/2, whoever offers less gets nothing."""
    context = standing_front.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with standing_front.tls(context=context) as connection:
        assert (connection.version(), connection.selected_alpn_protocol()) == ("TLSv1.3", "h2")
    old = standing_front.context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        standing_front.tls(context=old)


def test_an_app_hears_one_address_a_fixed_host_and_little_else(standing_front: Front, app: Heard) -> None:
    """Made-up forwarding headers, the browser's name and the page before never reach the app."""
    told = {
        "X_Forwarded_For": "192.0.2.1, 192.0.2.2",
        "Forwarded": "for=192.0.2.1",
        "X_Real_IP": "192.0.2.1",
        "X_Forwarded_Proto": "ftp",
        "X_Forwarded_Host": "evil.example",
        "User_Agent": "Mozilla/5.0 (a rare one)",
        "Referer": "https://elsewhere.example/",
        "Cookie": "s=1; l=en",
        "Accept_Language": "sv",
        "Sec_Fetch_Site": "same-origin",
        "Origin": "https://utvag.example",
        "Content_Type": FORM,
    }
    reply = standing_front.ask("POST", "/me?m=1", b"message=hej", **told)
    method, path, headers, body = app.requests[-1]
    assert (reply.status, reply.headers["set-cookie"], method, path, body) == (
        200,
        "s=1",
        "POST",
        "/me?m=1",
        b"message=hej",
    )
    assert headers == {
        "Host": SITE,
        "X-Forwarded-For": HOST,
        "X-Forwarded-Proto": "https",
        "Connection": "close",
        "Content-Length": "11",
        "Content-Type": FORM,
        "Cookie": "s=1; l=en",
        "Accept-Language": "sv",
        "Accept-Encoding": "identity",
        "Origin": "https://utvag.example",
        "Sec-Fetch-Site": "same-origin",
    }


def test_another_host_is_hung_up_on(standing_front: Front, app: Heard) -> None:
    """Neither a name that is not ours nor none at all gets an answer or a certificate; a wrong Host header neither."""
    before = len(app.requests)
    for name in ("other.example", HOST):
        context = standing_front.context()
        context.check_hostname = False
        with pytest.raises(ssl.SSLError):
            standing_front.tls(name, context)
    for connection, host in [
        (standing_front.tls(), "other.example"),
        (plainly(standing_front), "other.example"),
        (standing_front.circuit(1), SITE),
    ]:
        assert raw_answer(connection, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()) == b""
    assert len(app.requests) == before


def plainly(made: Front) -> socket.socket:
    """Connect to the port without TLS."""
    return socket.create_connection((HOST, made.plain), 10)


def raw_answer(connection: socket.socket, sent: bytes) -> bytes:
    """Send bytes and read until the other side hangs up."""
    connection.settimeout(20)
    parts = []
    with connection:
        connection.sendall(sent)
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except (ConnectionResetError, ssl.SSLEOFError):
            pass
    return b"".join(parts)


def test_port_80_leads_to_the_first_page_and_repeats_nothing(standing_front: Front) -> None:
    """Whatever path was asked for in the clear, the answer names the host alone, and no version."""
    reply = standing_front.ask("GET", "/code?x=secret", None, plainly(standing_front))
    assert (reply.status, reply.headers["location"], reply.headers["server"]) == (301, f"https://{SITE}/", "nginx")
    assert b"secret" not in reply.body


def test_each_circuit_is_an_address_of_its_own(standing_front: Front, app: Heard) -> None:
    """What comes through Tor reaches the onion's portal by its own host, and the circuit's number is its address."""
    for number in (7, 65_536 + 5):
        standing_front.ask("GET", "/", None, standing_front.circuit(number), Host=ONION, X_Forwarded_For="192.0.2.1")
    seen = [
        (headers["X-Forwarded-For"], headers["Host"], headers["X-Forwarded-Proto"])
        for *_, headers, _ in app.requests[-2:]
    ]
    assert seen == [("fc00:dead:beef:4dad::7", ONION, "http"), ("fc00:dead:beef:4dad::1:5", ONION, "http")]


def test_a_circuit_sends_in_turn_and_keeps_nobody_else_waiting(app: Heard) -> None:
    """What one circuit sends at once is served one after the other, none refused; another's first goes straight on."""
    with front([app.port], onion=app.port, spoil={"rate=12r/m": "rate=60r/m"}) as made:

        def ask(method: str, circuit: int) -> float:
            begun, body = time.monotonic(), b"message=hej" if method == "POST" else None
            assert made.ask(method, "/me", body, made.circuit(circuit), Host=ONION, Content_Type=FORM).status == 200
            return time.monotonic() - begun

        with ThreadPoolExecutor(3) as threads:
            _, second, third = sorted(threads.map(lambda _: ask("POST", 7), range(3)))
        assert third > 1.8
        assert max(ask("GET", 7), ask("POST", 8)) < second


def test_nobody_comes_to_the_onions_door_without_a_circuit(standing_front: Front, app: Heard) -> None:
    """A request without the PROXY line is hung up on, so that nobody is taken for this machine itself."""
    before = len(app.requests)
    connection = socket.create_connection((HOST, standing_front.onion), 10)
    raw_answer(connection, f"GET / HTTP/1.1\r\nHost: {ONION}\r\n\r\n".encode())
    assert len(app.requests) == before


@pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY + 1, 2**24])
def test_a_body_up_to_the_limit_passes_and_no_larger_one(size: int, standing_front: Front, app: Heard) -> None:
    """The largest body that the app takes arrives whole, from memory; one byte more is refused before it is sent."""
    before = len(app.requests)
    if size <= MAX_BODY:
        assert standing_front.ask("POST", "/me", b"a" * size, Content_Type=FORM).status == 200
        assert app.requests[-1][3] == b"a" * size
        return
    head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode()
    with standing_front.tls() as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert len(app.requests) == before


def test_a_body_is_never_spilled_to_a_file(app: Heard) -> None:
    """The front above has no folder to write to and takes the largest body; with a smaller buffer it could not."""
    with front([app.port], spoil={"client_body_buffer_size 160k": "client_body_buffer_size 8k"}) as made:
        (made.folder / "run/nginx-body").rmdir()
        assert made.ask("POST", "/me", b"a" * MAX_BODY, Content_Type=FORM).status == 500


@pytest.mark.parametrize(("spoil", "whole"), [({}, True), ({"max_temp_file_size 0": "max_temp_file_size 64m"}, False)])
def test_an_answer_is_never_spilled_to_a_file(spoil: dict[str, str], whole: bool) -> None:
    """Whoever reads slowly gets a long answer whole, from memory; kept in a file it would break off here."""
    with stand_in(answer=b"a" * 2**23) as app, front([app.port], spoil=spoil) as made:
        (made.folder / "run/nginx-proxy").rmdir()
        with made.tls() as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n".encode())
            time.sleep(0.3)
            got = 0
            while part := connection.recv(2**20):
                got += len(part)
    assert (got > 2**23) is whole


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bodies_without_a_length_are_refused(method: str, standing_front: Front, app: Heard) -> None:
    """In chunks, which could be spilled, or with both lengths, which smugglers send: no app hears of it."""
    before = len(app.requests)
    head = f"{method} /me HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n"
    chunks = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert raw_answer(standing_front.tls(), (head + chunks).encode()).startswith(b"HTTP/1.1 411 ")
    assert raw_answer(standing_front.tls(), (head + "Content-Length: 4\r\n" + chunks).encode()).startswith(
        b"HTTP/1.1 400 "
    )
    if method == "POST":
        assert raw_answer(standing_front.tls(), (head + "\r\n").encode()).startswith(b"HTTP/1.1 411 ")
    assert len(app.requests) == before


def test_a_body_without_a_length_is_refused_over_http_2(standing_front: Front, app: Heard) -> None:
    """HTTP/2 has no chunks: a body of unknown length is refused there as well, and one that says it passes."""
    address = [f"https://{SITE}:{standing_front.https}/me", "--resolve", f"{SITE}:{standing_front.https}:{HOST}"]
    trusted = str(standing_front.folder / "tls/portal.pem")
    quiet = ["curl", "-s", "--http2", "--cacert", trusted, "-o", "/dev/null", "-w"]
    for how, status in [(["--data-binary", "@-"], "2 200"), (["-T", "-", "-X", "POST"], "2 411")]:
        command = [*quiet, "%{http_version} %{http_code}", *how, *address]
        result = subprocess.run(command, input=b"hello", capture_output=True, check=False)
        assert result.stdout.decode() == status
    assert app.requests[-1][3] == b"hello"


@pytest.mark.parametrize("size", [4_000, 5_000, 20_000])
def test_headers_have_a_limit(size: int, standing_front: Front) -> None:
    """A line of four KiB passes, a longer one or many together do not, and the refusal repeats nothing."""
    reply = raw_answer(
        standing_front.tls(),
        f"GET / HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\nCookie: {'c' * size}\r\n\r\n".encode(),
    )
    status = reply.split(b" ")[1]
    assert status == (b"200" if size == 4_000 else b"400")
    assert b"ccc" not in reply


def test_what_nginx_answers_itself_has_our_headers_and_whom_to_call(standing_front: Front) -> None:
    """With no app behind it, nginx has one page for everything, in the headers of ours, with the number for danger."""
    with front([9], onion=9) as made:
        away, onion = made.ask("GET", "/"), made.ask("GET", "/", None, made.circuit(3), Host=ONION)
        posted = made.ask("POST", "/me", b"message=hej", Content_Type=FORM)
        assert made.ask("GET", "/away.html").status == 404
    for reply in (away, posted, onion):
        assert reply.status == 502
        assert b"tel:112" in reply.body
        expected = {name.lower(): value for name, value in standing({}, secure=reply is not onion)}
        assert {name: reply.headers.get(name) for name in expected} == expected
        assert (HSTS[0].lower() in reply.headers) is (reply is not onion)
        assert reply.headers["server"] == "nginx"
        assert "etag" not in reply.headers


def test_who_sends_a_header_or_a_body_slowly_is_cut(standing_front: Front, app: Heard) -> None:
    """A header that dribbles in is cut when its time is over, however alive it looks, and a body that stands still."""
    before = len(app.requests)
    assert seconds_until_cut(standing_front.tls(), b"GET / HTTP/1.1\r\nHost: x", b"y", 0.2) < 3
    head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nContent-Length: 100\r\n\r\nabc".encode()
    assert seconds_until_cut(standing_front.tls(), head, b"", 0.2) < 3
    assert len(app.requests) == before


def seconds_until_cut(connection: socket.socket, begin: bytes, more: bytes, pause: float) -> float:
    """Send the beginning of a request and then a little now and again, until the other side hangs up."""
    begun = time.monotonic()
    connection.settimeout(pause)
    with connection:
        connection.sendall(begin)
        while time.monotonic() - begun < 60:
            try:
                if more:
                    connection.sendall(more)
                if connection.recv(65536) == b"":
                    break
            except TimeoutError:
                continue
            except (OSError, ssl.SSLError):
                break
    return time.monotonic() - begun


@pytest.mark.long
def test_the_time_outs_are_the_ones_that_are_delivered() -> None:
    """With the files untouched a slow header is cut after ten seconds and a body that stands still after fifteen."""
    with stand_in() as app, front([app.port]) as made:
        assert 8 < seconds_until_cut(made.tls(), b"GET / HTTP/1.1\r\nHost: x", b"y", 0.5) < 13
        head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nContent-Length: 100\r\n\r\nabc".encode()
        assert 13 < seconds_until_cut(made.tls(), head, b"", 0.5) < 19


def test_one_address_holds_so_many_requests_and_no_more() -> None:
    """More requests under way than one address may have are answered by the page, and others are served."""
    with front([9], spoil={"limit_conn network 64": "limit_conn network 1"} | QUICK) as made:
        head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nContent-Length: 100\r\n\r\nabc".encode()
        with made.tls() as held:
            held.sendall(head)
            time.sleep(0.2)
            assert made.ask("GET", "/").status == 503


def test_a_get_is_asked_of_the_next_portal_and_a_post_is_not_sent_twice() -> None:
    """A portal that dies with the request in its hands may have taken it: only what changes nothing is asked again."""
    with stand_in(dies=True) as dying, stand_in() as well:
        with front([dying.port, well.port], spoil={"max_fails=1": "max_fails=0"}) as made:
            posts = [made.ask("POST", "/me", b"message=hej", Content_Type=FORM).status for _ in range(6)]
            sent = dying.methods().count("POST") + well.methods().count("POST")
            gets = {made.ask("GET", "/").status for _ in range(6)}
        assert sent == 6
        assert dying.methods().count("POST") == posts.count(502) > 0
        assert gets == {200}
        assert dying.methods().count("GET") > 0


def test_a_post_that_never_left_goes_to_the_next_portal() -> None:
    """A portal that is not there has taken nothing: the next one gets it, and nobody notices."""
    with stand_in() as well, front([9, well.port]) as made:
        assert {made.ask("POST", "/me", b"message=hej", Content_Type=FORM).status for _ in range(4)} == {200}
    assert well.methods().count("POST") == 4


def test_nothing_of_a_visitor_is_left_in_nginxs_folders() -> None:
    """After words, refusals and failures no file of nginx's and nothing that it said holds them or an address."""
    words = [canary(number) for number in range(4)]
    with stand_in() as app, front([app.port, 9], onion=9) as made:
        made.ask("POST", f"/me?{words[0]}", f"message={words[1]}".encode(), Content_Type=FORM, Cookie=f"s={words[2]}")
        made.ask("POST", "/me", b"a" * (MAX_BODY + 1), Content_Type=FORM)
        made.ask("GET", f"/{words[3]}", None, made.circuit(7), Host=ONION)
        raw_answer(made.tls(), f"GET /{words[3]} HTP/1.1\r\n\r\n".encode())
        left = {where: data for where, data in files(made.folder).items() if "/tls/" not in where}
        kept = {where: data for where, data in left.items() if "/nginx/" not in where}
        assert search(left, words) == []
        assert [where for where, data in kept.items() if b"127.0.0.1" in data or b"dead:beef" in data] == []
        assert set(kept) == {str(made.said), str(made.folder / "run/nginx.pid")}


def test_the_staff_front_lets_its_networks_in_and_no_others() -> None:
    """From a coordinator's network the app answers by its own host; from elsewhere nginx refuses."""
    with stand_in() as app:
        with front([app.port], site="staff") as made:
            assert made.ask("GET", "/login", None, made.tls(STAFF), Host=STAFF).status == 200
        _, _, headers, _ = app.requests[-1]
        assert (headers["Host"], headers["X-Forwarded-For"]) == (STAFF, HOST)
        with front([app.port], site="staff", spoil={"allow 127.0.0.0/8": "allow 192.0.2.0/24"}) as made:
            assert made.ask("GET", "/login", None, made.tls(STAFF), Host=STAFF).status == 403
        assert len(app.requests) == 1
