"""One call over HTTP: sent until it is answered, refused, or its time is up.

What is repeated: a request that got no whole answer, 408, 429, 502, 503, 504, and 409 ``idempotency-in-progress`` (the
first attempt is still being served). All else is an answer. Orders carry one Idempotency-Key over all attempts, so
a repetition is never a second order.
"""

from __future__ import annotations

import email.utils
import http.cookiejar
import ipaddress
import json
import logging
import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from .errors import ClientError, Problem, Unreachable
from .form import Form

log = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN = frozenset({408, 429, 502, 503, 504})
IN_PROGRESS = "idempotency-in-progress"
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0
"""Seconds between attempts: drawn between nothing and a bound that doubles."""
CONNECT = 10.0
"""Seconds for a connection, and for the other end to take a block of what is sent."""
MOST = 64 * 1024 * 1024
"""Bytes of an answer that is held in memory."""
BLOCK = 64 * 1024
LOST_WITH_PIN = 1
"""How often a call with a PIN is repeated after its answer was lost: tokens count wrong PINs, and lock."""

_random = secrets.SystemRandom()


class Bearer(AuthBase):
    """The API key, where no repr shows it. As ``auth``, it also keeps ``requests`` from asking ~/.netrc."""

    def __init__(self, key: str) -> None:
        if not key.isascii() or not key.isprintable() or not key or " " in key:
            raise ValueError("an API key is printable ASCII without spaces")
        self._header = f"Bearer {key}"

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        r.headers["Authorization"] = self._header
        return r

    def __repr__(self) -> str:
        return "Bearer(…)"


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked for. ``key`` is an order's Idempotency-Key; ``answers`` are statuses that are no error."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Form | bytes | None = field(default=None, repr=False)
    key: str = ""
    with_pin: bool = False
    answers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: its headers, and its body in blocks, which can be read once."""

    status: int
    headers: Mapping[str, str]
    blocks: Iterator[bytes]

    def json(self) -> Any:
        """The whole body. ValueError where it is no JSON."""
        return json.loads(b"".join(_bounded(self.blocks)))


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _Failed:
    """``again``: may be repeated, after ``wait`` seconds at least; ``lost``: it may have been carried out."""

    error: ClientError
    again: bool
    wait: float = 0.0
    lost: bool = False


class Transport:
    """Requests to one service. May be used by several threads; after a fork, each process needs its own."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: Bearer | None,
        certificate: str | tuple[str, str] | None,
        ca: str | None,
        proxy: str | None,
        timeout: float,
        patience: float,
        plain_http: bool,
    ) -> None:
        self.base_url = _checked(base_url, plain_http=plain_http)
        self._timeout, self._patience = timeout, patience
        self._session = session = requests.Session()
        # The environment may name a proxy (which would read PINs sent to loopback) or other roots: ask the caller.
        session.trust_env = False
        session.proxies = {"https": proxy, "http": proxy} if proxy else {}
        session.auth = auth
        session.cert = certificate
        session.verify = ca or True
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        session.headers.update({"User-Agent": "antin-client", "Accept-Encoding": "identity"})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, call: Call, take: Callable[[Answer], T]) -> T:
        """Send until there is a good answer, and give what ``take`` makes of it; ``take`` may be asked again.

        Problem, Unreachable; whatever ``take`` raises.
        """
        until, attempts, lost = time.monotonic() + self._patience, 0, 0
        while True:
            outcome = self._attempt(call, take, until, attempts)
            if isinstance(outcome, _Done):
                return outcome.value
            attempts += 1
            lost += outcome.lost
            wait = outcome.wait + _random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 10)))
            hopeless = not outcome.again or (call.with_pin and lost > LOST_WITH_PIN)
            if hopeless or time.monotonic() + wait >= until:
                error = outcome.error
                error.attempts, error.idempotency_key = attempts, call.key
                raise error
            log.warning("%s %s: %s; again in %.1f s", call.method, call.path, _short(outcome.error), wait)
            time.sleep(wait)

    def _attempt(self, call: Call, take: Callable[[Answer], T], until: float, earlier: int) -> _Done[T] | _Failed:
        """Once. Errors are values here: a raised one would drag the request along, and with it key and PIN."""
        request_id = f"{secrets.token_hex(12)}.{earlier + 1}"
        left = max(0.001, until - time.monotonic())  # a sleep may last longer than it was asked to
        try:
            with self._session.request(
                call.method,
                self.base_url + call.path,
                params=dict(call.query),
                data=_Timed(call.body, until) if isinstance(call.body, Form) else call.body,
                headers=_headers(call, request_id),
                timeout=(min(CONNECT, left), min(self._timeout, left)),
                allow_redirects=False,
                stream=True,
            ) as response:
                blocks = _until(_received(response), until)
                if 200 <= response.status_code < 300 or response.status_code in call.answers:
                    return _Done(take(Answer(response.status_code, response.headers, blocks)))
                return _refused(response, blocks, request_id)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if isinstance(call.body, Form) and call.body.fault is not None:
                fault = call.body.fault
            else:
                return _unanswered(error, request_id)
        except _TimeIsUp:
            return _Failed(Unreachable("no whole answer in time", request_id=request_id), again=False, lost=True)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return _Failed(Unreachable("the answer is no JSON of the service's", request_id=request_id), again=False)
        raise fault


class _TimeIsUp(Exception):
    """The call has no time left."""


class _Timed:
    """A form on its way, as long as there is time."""

    def __init__(self, form: Form, until: float) -> None:
        self._form, self._until = form, until

    def __len__(self) -> int:
        return len(self._form)

    def __iter__(self) -> Iterator[bytes]:
        return _until(iter(self._form), self._until)


def _received(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes in: whoever waits for full blocks waits for ever for one who sends a byte a minute."""
    while block := response.raw.read1(BLOCK):
        yield block


def _until(blocks: Iterator[bytes], until: float) -> Iterator[bytes]:
    for block in blocks:
        if time.monotonic() >= until:
            raise _TimeIsUp
        yield block


def _bounded(blocks: Iterator[bytes], most: int = MOST) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > most:
            raise json.JSONDecodeError("longer than any answer of the service", "", 0)
        yield block


def _headers(call: Call, request_id: str) -> dict[str, str]:
    headers = {"X-Request-ID": request_id, "Accept": "application/json, application/problem+json, */*;q=0.5"}
    if call.key:
        headers["Idempotency-Key"] = call.key
    if isinstance(call.body, Form):
        headers["Content-Type"] = call.body.content_type
    elif call.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _refused(response: requests.Response, blocks: Iterator[bytes], request_id: str) -> _Failed:
    status = response.status_code
    if response.is_redirect or 300 <= status < 400:
        # Whoever answers for the service must not send the key elsewhere; a moved service is told to its callers.
        said: object = {"code": "redirected", "detail_en": "the answer points elsewhere; it is not followed"}
    else:
        try:
            said = json.loads(b"".join(_bounded(blocks, 1024 * 1024)))
        except ValueError:
            said = {}
    wait = _retry_after(response.headers.get("Retry-After"))
    problem = Problem(
        status,
        said if isinstance(said, dict) else {},
        request_id=response.headers.get("X-Request-ID", request_id),
        retry_after=wait,
    )
    in_progress = status == 409 and problem.code == IN_PROGRESS
    return _Failed(problem, again=status in AGAIN or in_progress, wait=wait or 0.0)


def _retry_after(text: str | None) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _unanswered(error: Exception, request_id: str) -> _Failed:
    """No answer, or not the whole of it. What can only fail again is not repeated."""
    cause = _innermost(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        text = f"the service's certificate is not trusted: {cause.verify_message}"
        return _Failed(Unreachable(text, request_id=request_id), again=False)
    sent = not isinstance(error, requests.ConnectTimeout) and not isinstance(cause, ConnectionRefusedError)
    text = f"no whole answer: {type(cause).__name__}"
    if isinstance(cause, OSError) and cause.strerror:
        text += f" ({cause.strerror})"
    again = isinstance(error, requests.ConnectionError | requests.Timeout | urllib3.exceptions.HTTPError)
    return _Failed(Unreachable(text, request_id=request_id), again=again, lost=sent)


def _innermost(error: BaseException) -> BaseException:
    """What lies behind the wrappings of requests and urllib3; their own texts may quote a request."""
    seen = {id(error)}
    while True:
        inside = error.__cause__ or error.__context__
        if inside is None:
            inside = next((each for each in error.args if isinstance(each, BaseException)), None)
        if inside is None:
            reason = getattr(error, "reason", None)
            inside = reason if isinstance(reason, BaseException) else None
        if inside is None or id(inside) in seen:
            return error
        seen.add(id(inside))
        error = inside


def _short(error: ClientError) -> str:
    return error.code if isinstance(error, Problem) else str(error)


def _checked(base_url: str, *, plain_http: bool) -> str:
    """The address without its last slash. ValueError for one that keys and PINs must not be sent to."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the address of the service is https://HOST[:PORT][/PATH]")
    if parts.username is not None:
        raise ValueError("the address of the service names no user; give the key as api_key")
    if parts.scheme == "http" and not plain_http and not _loopback(parts.hostname):
        raise ValueError("http without TLS shows keys and PINs to the network; only loopback is called so")
    return base_url.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
