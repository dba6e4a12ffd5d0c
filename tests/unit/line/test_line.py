"""The Fetcher over real connections: by which way requests go, and what no server can make it do."""

import base64
import gzip
import socket
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsm.pin import PinSource
from signer.errors import Kind, SignerError
from signer.line.http import Line
from signer.line.way import Question, Way
from tests.support import published
from tests.support.published import Published, answer, forwarding, moved, publishing

HOST = "crl.ca.invalid"
URL = f"http://{HOST}/ca.crl"


@pytest.fixture
def web() -> Iterator[Published]:
    with publishing({"/ca.crl": b"a list"}) as running:
        yield running


def refused(way: Way, url: str = URL, request: bytes | None = None) -> tuple[Kind, str]:
    with pytest.raises(SignerError) as refusal:
        Line(way).fetch(url, request)
    assert url in refusal.value.text.vi or refusal.value.code == "proxy-login-missing"
    assert refusal.value.text.en
    return refusal.value.kind, refusal.value.code


def mapped(web: Published, **more: object) -> Way:
    return Way(hosts={HOST: web.address}, **more)  # type: ignore[arg-type]


def test_a_host_is_led_elsewhere_and_keeps_its_name(web: Published):
    assert Line(mapped(web)).fetch(URL) == b"a list"
    assert Line(mapped(web)).fetch(f"http://{HOST}:8081/ca.crl") == b"a list"
    assert web.asked == [("GET", "/ca.crl", HOST, False), ("GET", "/ca.crl", f"{HOST}:8081", False)]


def test_another_machine_and_the_same_port(web: Published):
    assert Line(Way(hosts={HOST: "127.0.0.1"})).fetch(f"http://{HOST}:{web.port}/ca.crl") == b"a list"
    assert web.asked == [("GET", "/ca.crl", f"{HOST}:{web.port}", False)]


def test_without_a_mapping_it_goes_where_the_address_says(web: Published):
    assert Line(Way()).fetch(f"http://{web.address}/ca.crl") == b"a list"
    assert web.asked[0][2] == web.address


def test_through_the_proxy_and_never_beside_it(web: Published):
    with forwarding({HOST: web.address}) as proxy:
        assert Line(Way(proxy=proxy.url)).fetch(URL) == b"a list"
        assert proxy.asked == [URL]
        assert [by for *_, by in web.asked] == [True]
        assert proxy.logins == [None]
    assert refused(Way(proxy=proxy.url), f"http://{web.address}/ca.crl") == (Kind.UNAVAILABLE, "fetch-unreachable")
    assert len(web.asked) == 1  # the proxy is gone: nothing went direct


def test_a_question_goes_through_the_proxy_too(web: Published):
    web.pages["/ocsp"] = lambda handler, body: answer(handler, body[::-1])
    with forwarding({HOST: web.address}) as proxy:
        assert Line(Way(proxy=proxy.url)).fetch(f"http://{HOST}/ocsp", b"abc") == b"cba"
    assert web.asked == [("POST", "/ocsp", HOST, True)]


def test_a_mapped_host_is_reached_through_the_proxy_unless_it_is_direct(web: Published):
    with forwarding({}) as proxy:
        assert Line(mapped(web, proxy=proxy.url)).fetch(URL) == b"a list"
        assert proxy.asked == [f"http://{web.address}/ca.crl"]
        assert Line(mapped(web, proxy=proxy.url, direct=frozenset({HOST}))).fetch(URL) == b"a list"
        assert len(proxy.asked) == 1
    assert web.asked == [("GET", "/ca.crl", HOST, True), ("GET", "/ca.crl", HOST, False)]


def test_the_proxys_login_comes_from_its_file_and_goes_to_the_proxy_alone(web: Published, tmp_path: Path):
    (tmp_path / "login").write_text("antin:mật khẩu\n", "utf-8")
    (tmp_path / "login").chmod(0o600)
    login = PinSource("file", str(tmp_path / "login"))
    header = "Basic " + base64.b64encode("antin:mật khẩu".encode()).decode()
    seen: list[str | None] = []
    web.pages["/ca.crl"] = lambda handler, _: (
        seen.append(handler.headers.get("Proxy-Authorization")),
        answer(handler, b"a list"),
    )[1]
    with forwarding({HOST: web.address}, header) as proxy:
        way = Way(proxy=proxy.url, login=login)
        assert Line(way).fetch(URL) == b"a list"
        assert proxy.logins == [header]
        assert refused(Way(proxy=proxy.url)) == (Kind.UNAVAILABLE, "proxy-login-refused")
        beside = Way(proxy=proxy.url, login=login, direct=frozenset({HOST}), hosts={HOST: web.address})
        assert Line(beside).fetch(URL) == b"a list"
        assert "mật khẩu" not in repr(way)
        (tmp_path / "login").unlink()
        assert refused(way) == (Kind.UNAVAILABLE, "proxy-login-missing")
    assert seen == [None, None]


def test_the_environment_has_no_say(web: Published, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Line(mapped(web)).fetch(URL) == b"a list"
    with forwarding({HOST: web.address}) as proxy:
        monkeypatch.setenv("no_proxy", "*")
        assert Line(Way(proxy=proxy.url)).fetch(URL) == b"a list"
        assert proxy.asked == [URL]


@pytest.mark.parametrize("status", [204, 206, 404, 403, 500, 304])
def test_any_status_but_200_is_refused(status: int, web: Published):
    web.pages["/ca.crl"] = lambda handler, _: answer(handler, b"", status)
    assert refused(mapped(web)) == (Kind.UNSUITABLE, "fetch-refused")


def test_a_hundred_megabytes_are_not_taken(web: Published):
    web.pages["/ca.crl"] = published.endless
    tracemalloc.start()
    assert refused(mapped(web, max_bytes=1_000_000)) == (Kind.TOO_LARGE, "fetch-too-large")
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_a_bomb_does_not_unfold(web: Published):
    packed = gzip.compress(bytes(50_000_000))
    web.pages["/ca.crl"] = lambda handler, _: answer(handler, packed, **{"Content-Encoding": "gzip"})
    assert Line(mapped(web, max_bytes=1_000_000)).fetch(URL) == packed


@pytest.mark.parametrize("page", [published.trickle, published.slow_head])
def test_a_trickle_ends_when_the_time_is_up(page: published.Page, web: Published):
    web.pages["/ca.crl"] = page
    assert refused(mapped(web, seconds=0.5)) == (Kind.UNAVAILABLE, "fetch-too-slow")


def test_who_accepts_and_says_nothing_is_too_slow():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = Way(hosts={HOST: f"127.0.0.1:{silent.getsockname()[1]}"}, seconds=0.3)
        assert refused(way) == (Kind.UNAVAILABLE, "fetch-too-slow")


def test_nobody_there_and_an_answer_that_breaks_off(web: Published):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert refused(Way(hosts={HOST: f"127.0.0.1:{port}"})) == (Kind.UNAVAILABLE, "fetch-unreachable")

    def half(handler: published.Handler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    web.pages["/ca.crl"] = half
    assert refused(mapped(web)) == (Kind.UNAVAILABLE, "fetch-unreachable")
    assert refused(Way(), f"http://{HOST}/") == (Kind.UNAVAILABLE, "fetch-unreachable")


def test_a_redirection_stays_on_its_host(web: Published):
    web.pages["/old.crl"] = moved("/ca.crl")
    assert Line(mapped(web)).fetch(f"http://{HOST}/old.crl") == b"a list"
    with publishing({"/ca.crl": b"another's"}) as other:
        for to in (f"http://{other.address}/ca.crl", f"https://{HOST}/ca.crl", "file:///etc/passwd", "//evil/ca.crl"):
            web.pages["/old.crl"] = moved(to)
            assert refused(mapped(web), f"http://{HOST}/old.crl") == (Kind.UNSUITABLE, "fetch-redirected")
        assert other.asked == []
    web.pages["/old.crl"] = moved("/old.crl")
    assert refused(mapped(web), f"http://{HOST}/old.crl") == (Kind.UNSUITABLE, "fetch-redirected")
    web.pages["/ocsp"] = moved("/ca.crl")
    assert refused(mapped(web), f"http://{HOST}/ocsp", b"x") == (Kind.UNSUITABLE, "fetch-redirected")


def test_a_question_says_what_it_is_and_shows_its_login_to_the_one_who_is_asked(web: Published, tmp_path: Path):
    (tmp_path / "login").write_text("antin:mật khẩu\n", "utf-8")
    (tmp_path / "login").chmod(0o600)
    heads: list[tuple[str | None, ...]] = []
    web.pages["/tsa"] = lambda handler, body: (
        heads.append(tuple(handler.headers.get(each) for each in ("Content-Type", "Accept", "Authorization"))),
        answer(handler, body[::-1], **{"Content-Type": "Application/X; charset=utf-8"}),
    )[1]
    question = Question(b"abc", "a/b", "c/d", PinSource("file", str(tmp_path / "login")))
    came = Line(mapped(web)).ask(f"http://{HOST}/tsa", question)
    assert (came.body, came.content_type) == (b"cba", "application/x")
    assert heads == [("a/b", "c/d", "Basic " + base64.b64encode("antin:mật khẩu".encode()).decode())]
    (tmp_path / "login").unlink()
    with pytest.raises(SignerError) as refusal:
        Line(mapped(web)).ask(f"http://{HOST}/tsa", question)
    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "login-missing")
    assert len(heads) == 1


def test_who_has_less_time_waits_less(web: Published):
    web.pages["/tsa"] = published.trickle
    began = time.monotonic()
    with pytest.raises(SignerError) as refusal:
        Line(mapped(web, seconds=30.0)).ask(f"http://{HOST}/tsa", Question(b"", "a/b", "c/d"), 0.3)
    assert refusal.value.code == "fetch-too-slow"
    assert time.monotonic() - began < 3
