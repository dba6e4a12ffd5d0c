"""The Fetcher port, and questions to others: HTTP through a proxy or not, in bounds that hold whatever others do.

Nothing of the environment counts (HTTP_PROXY, ~/.netrc): what the settings do not say is not done. Bodies are taken
as they come; a body that was compressed in spite of being asked not to be is no DER, and a bomb never unfolds.
"""

from __future__ import annotations

import base64
import re
import socket
import time
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from hsm.errors import HsmError
from hsm.pin import PinSource
from signer.errors import Kind, SignerError
from signer.line.refusal import unsuitable
from signer.line.way import Answer, Question, Way

PIECE = 64 * 1024
REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_PROXY_LOGIN = 407


class _BoundSocket(socket.socket):
    """A socket that gives up at a moment: a timeout of each read alone lets a trickle go on for ever."""

    deadline = 0.0

    def recv_into(self, *arguments: Any) -> int:
        """As usual, with the time that is left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        self.settimeout(left)
        return super().recv_into(*arguments)


class _BoundConnection(HTTPConnection):
    deadline = 0.0

    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        bound = _BoundSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        bound.settimeout(max(0.001, self.deadline - time.monotonic()))
        bound.deadline = self.deadline
        return bound


class _BoundAdapter(HTTPAdapter):
    """Gives every connection its deadline; there is none that is not bound, and none for another scheme."""

    def __init__(self, deadline: float) -> None:
        connection = type("_Connection", (_BoundConnection,), {"deadline": deadline})
        pool = type("_Pool", (HTTPConnectionPool,), {"ConnectionCls": connection})
        self._pools = {"http": pool}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """As usual, with our connections."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        """As usual, with our connections."""
        manager = super().proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager


class Line:
    """``signer.ports.Fetcher`` over HTTP."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def fetch(self, url: str, request: bytes | None = None) -> bytes:
        """As the port says."""
        question = None
        if request is not None:  # RFC 6960, appendix A.1
            question = Question(request, "application/ocsp-request", "application/ocsp-response")
        return self._go(url, question, self._way.seconds).body

    def ask(self, url: str, question: Question, seconds: float | None = None) -> Answer:
        """The answer to a POST, refused as ``fetch`` refuses; ``seconds`` where there are fewer than the way allows."""
        most = self._way.seconds
        return self._go(url, question, most if seconds is None else min(most, seconds))

    def _go(self, url: str, question: Question | None, seconds: float) -> Answer:
        deadline = time.monotonic() + seconds
        asked = url
        for _ in range(REDIRECTS + 1):
            answer, target = self._once(asked, question, deadline, url)
            if target is None:
                return answer
            if question is not None or _origin(target) != _origin(url):
                raise unsuitable(
                    url, "fetch-redirected", f"bị chuyển hướng sang {target}", f"is redirected to {target}"
                )
            asked = target
        raise unsuitable(url, "fetch-redirected", "bị chuyển hướng vòng quanh", "is redirected again and again")

    def _once(self, url: str, question: Question | None, deadline: float, named: str) -> tuple[Answer, str | None]:
        """The answer, or where it is said to be."""
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", _BoundAdapter(deadline))
        parts = urlsplit(url)
        through = bool(self._way.proxy) and parts.hostname not in self._way.direct
        try:
            with (
                session,
                session.request(
                    "GET" if question is None else "POST",
                    self._address(parts),
                    data=None if question is None else question.body,
                    headers=self._headers(parts, question, through),
                    proxies={"http": self._way.proxy} if through else {},
                    timeout=max(0.001, deadline - time.monotonic()),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                if answer.status_code in _MOVED and "Location" in answer.headers:
                    return Answer(b""), urljoin(url, answer.headers["Location"])
                _accept(answer, named)
                said = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return Answer(self._body(answer, deadline, named), said), None
        except (requests.RequestException, HTTPError, OSError, ValueError) as trouble:
            raise self._away(named, trouble, deadline, self._way.proxy if through else "") from trouble

    def _address(self, parts: SplitResult) -> str:
        netloc = self._way.hosts.get(parts.hostname or "", parts.netloc)
        if parts.port and netloc != parts.netloc and not re.search(r":\d+$", netloc):
            netloc = f"{netloc}:{parts.port}"  # another machine, the same port
        return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))

    def _headers(self, parts: SplitResult, question: Question | None, through: bool) -> dict[str, str]:
        headers = {"Host": parts.netloc, "Accept-Encoding": "identity", "User-Agent": "antin", "Connection": "close"}
        if question is not None:
            headers |= {"Content-Type": question.content_type, "Accept": question.accept}
            if question.login is not None:
                headers["Authorization"] = _basic(self._login(question.login, parts))
        if through and self._way.login is not None:
            headers["Proxy-Authorization"] = _basic(self._proxy_login(self._way.login))
        return headers

    def _proxy_login(self, place: PinSource) -> bytes:
        try:
            return place.read().reveal().encode()
        except HsmError as trouble:
            raise SignerError(
                Kind.UNAVAILABLE,
                "proxy-login-missing",
                f"Không đọc được tài khoản của proxy ở {place} ([fetch] proxy_password).",
                f"the login for the proxy cannot be read from {place} ([fetch] proxy_password)",
                where="[fetch] proxy_password",
            ) from trouble

    def _login(self, place: PinSource, parts: SplitResult) -> bytes:
        try:
            return place.read().reveal().encode()
        except HsmError as trouble:
            raise SignerError(
                Kind.UNAVAILABLE,
                "login-missing",
                f"Không đọc được tài khoản cho {parts.netloc} ở {place}.",
                f"the login for {parts.netloc} cannot be read from {place}",
                where=str(place),
            ) from trouble

    def _body(self, answer: requests.Response, deadline: float, named: str) -> bytes:
        most, body = self._way.max_bytes, bytearray()
        while piece := answer.raw.read1(PIECE, decode_content=False):
            body += piece
            if len(body) > most:
                raise SignerError(
                    Kind.TOO_LARGE,
                    "fetch-too-large",
                    f"{named}: trả lời dài hơn {most} byte ({self._way.bytes_key}).",
                    f"{named}: the answer is longer than {most} bytes ({self._way.bytes_key})",
                    where=named,
                )
            if time.monotonic() > deadline:
                raise TimeoutError
        return bytes(body)

    def _away(self, url: str, trouble: Exception, deadline: float, proxy: str) -> SignerError:
        """What a library says may hold anything of the request: only the kind of its exception is told."""
        if isinstance(trouble, (TimeoutError, requests.Timeout)) or time.monotonic() >= deadline:
            return SignerError(
                Kind.UNAVAILABLE,
                "fetch-too-slow",
                f"{url}: quá thời gian chờ ({self._way.seconds_key}).",
                f"{url}: no whole answer in time ({self._way.seconds_key})",
                where=url,
            )
        by_vi, by_en = (f" qua proxy {proxy}", f" through the proxy {proxy}") if proxy else ("", "")
        return SignerError(
            Kind.UNAVAILABLE,
            "fetch-unreachable",
            f"{url}: không kết nối được{by_vi}.",
            f"{url}: cannot be reached{by_en} ({type(trouble).__name__})",
            where=url,
        )


def _basic(login: bytes) -> str:
    return f"Basic {base64.b64encode(login).decode()}"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _accept(answer: requests.Response, url: str) -> None:
    if answer.status_code == _PROXY_LOGIN:
        raise SignerError(
            Kind.UNAVAILABLE,
            "proxy-login-refused",
            f"{url}: máy chủ proxy không nhận tài khoản ([fetch] proxy_password).",
            f"{url}: the proxy does not take the login ([fetch] proxy_password)",
            where=url,
        )
    if answer.status_code != requests.codes.ok:
        status = answer.status_code
        raise unsuitable(url, "fetch-refused", f"máy chủ trả lời mã {status}", f"the server answers {status}")
