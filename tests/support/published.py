"""What a CA publishes, on loopback: a web server, an OCSP responder; and a forward proxy that notes what it did."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

Handler = BaseHTTPRequestHandler
Page = bytes | Callable[[Handler, bytes], None]
"""A body, or what writes the whole answer, given the request and its body."""


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing on a test's output."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a caller that hangs up is what some tests are about
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass
class Published:
    """Pages by path, and who asked: (method, path, Host, came through the proxy)."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, str, str, bool]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.asked]


def answer(handler: Handler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def publishing(pages: dict[str, Page] | None = None) -> Iterator[Published]:
    """A web server of these pages; they may be changed while it runs."""
    published = Published(dict(pages or {}))

    class Web(_Quiet):
        def do_GET(self) -> None:
            body = self.body()
            host, by = self.headers.get("Host", ""), "Via" in self.headers
            published.asked.append((self.command, self.path, host, by))
            page = published.pages.get(self.path)
            if page is None:
                answer(self, b"<html>404</html>", 404)
            elif isinstance(page, bytes):
                answer(self, page)
            else:
                page(self, body)

        do_POST = do_GET  # noqa: N815 -- http.server's name

    with _running(Web) as published.port:
        yield published


@dataclass
class Forward:
    """A forward proxy: the addresses that it was asked for, and the logins that it saw."""

    login: str = ""
    asked: list[str] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def forwarding(names: dict[str, str], login: str = "") -> Iterator[Forward]:
    """A proxy that knows ``names`` (host to address) as its own DNS would, and wants ``login`` (Basic …) if given."""
    forward = Forward(login)

    class Proxy(_Quiet):
        def do_GET(self) -> None:
            body = self.body()
            forward.asked.append(self.path)
            forward.logins.append(self.headers.get("Proxy-Authorization"))
            if forward.login and self.headers.get("Proxy-Authorization") != forward.login:
                answer(self, b"", 407)
                return
            parts = urlsplit(self.path)
            upstream = http.client.HTTPConnection(names.get(parts.netloc, parts.netloc), timeout=10)
            sent = {name: self.headers[name] for name in ("Host", "Content-Type") if name in self.headers}
            upstream.request(self.command, parts.path, body or None, {**sent, "Via": "1.1 test"})
            came = upstream.getresponse()
            kind = came.headers.get("Content-Type")
            answer(self, came.read(), came.status, **({"Content-Type": kind} if kind else {}))
            upstream.close()

        do_POST = do_GET  # noqa: N815 -- http.server's name

    with _running(Proxy) as forward.port:
        yield forward


# --- hostile pages


def html(handler: Handler, _: bytes) -> None:
    answer(handler, b"<!DOCTYPE html><html><body>Please log in</body></html>", **{"Content-Type": "text/html"})


def endless(handler: Handler, _: bytes) -> None:
    """A hundred megabytes, without saying so beforehand."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    for _each in range(1600):
        handler.wfile.write(bytes(65536))


def trickle(handler: Handler, _: bytes) -> None:
    """A byte now and then: each read by itself is in time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _each in range(1000):
        handler.wfile.write(b"0")
        handler.wfile.flush()
        threading.Event().wait(0.1)


def slow_head(handler: Handler, _: bytes) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
    for _each in range(1000):
        handler.wfile.write(b"0")
        handler.wfile.flush()
        threading.Event().wait(0.1)


def moved(to: str) -> Page:
    return lambda handler, _: answer(handler, b"", 302, Location=to)


# --- OCSP


def responding(make: Callable[[ocsp.OCSPRequest], bytes]) -> Page:
    """A page that answers questions."""

    def page(handler: Handler, body: bytes) -> None:
        assert handler.headers["Content-Type"] == "application/ocsp-request"
        answer(handler, make(ocsp.load_der_ocsp_request(body)), **{"Content-Type": "application/ocsp-response"})

    return page


def unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def pem(crl: bytes) -> bytes:
    return x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)
