"""Who calls: API keys, and the one table that says which role may use which endpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response, g, request

from signer.errors import Kind, SignerError
from signer.model import Actor, ApiKey, ApiRole
from signer.ports import Clock
from signer.usecases.caller import Caller
from signer.web.known_keys import KnownKeys
from signer.web.proxy import CERTIFICATE, Proxy
from signer.web.throttle import Share, Throttle
from signer.web.wire import ActorSaid

_SYSTEM, _LEADER, _CLERK, _AUDITOR, _OPERATOR = ApiRole
_READERS = frozenset({_SYSTEM, _LEADER, _CLERK, _AUDITOR})

ALLOWED: Mapping[str, frozenset[ApiRole]] = {
    "prepare": frozenset({_SYSTEM}),
    "check": frozenset({_SYSTEM, _LEADER, _CLERK}),
    "sign": frozenset({_SYSTEM, _LEADER}),
    # NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm c: văn thư must command the agency's signature in person.
    "issue": frozenset({_CLERK}),
    "reject": frozenset({_LEADER, _CLERK}),
    "void": frozenset({_CLERK}),
    "recall": frozenset({_CLERK}),
    "copy": frozenset({_CLERK}),
    "enter": frozenset({_CLERK}),
    "complete_row": frozenset({_CLERK}),
    "list_documents": _READERS,
    "show_document": _READERS,
    "content": _READERS,
    "file": _READERS,
    "row": frozenset({_CLERK, _AUDITOR}),
    "register": frozenset({_CLERK, _AUDITOR}),
    "deadlines": frozenset({_CLERK, _AUDITOR}),
    "events": frozenset({_SYSTEM, _CLERK, _AUDITOR, _OPERATOR}),
    "verify": _READERS,
    "metrics": frozenset({_OPERATOR}),
}
"""Endpoint to the roles that may use it."""

ROLES: Mapping[ApiRole, str] = {
    _SYSTEM: "hệ thống quản lý văn bản",
    _LEADER: "người ký",
    _CLERK: "văn thư",
    _AUDITOR: "người kiểm tra",
    _OPERATOR: "quản trị vận hành",
}
"""The roles in the words of the office."""

OPEN = frozenset({"healthz", "readyz", "openapi", "tsa"})
"""Endpoints that need no key; limited by address."""

MAX_SECRET = 256


@dataclass(frozen=True, slots=True)
class Guards:
    """Who is believed, and how often who may call, in all processes together.

    ``calls`` are of one API key; ``opened`` and ``failed`` bound what one address may do without a valid one,
    ``stamps`` how many time-stamps it may ask for.
    """

    proxy: Proxy = field(default_factory=Proxy)
    calls: Throttle = field(default_factory=lambda: Throttle(1000, 5000))
    opened: Throttle = field(default_factory=lambda: Throttle(40, 400))
    failed: Throttle = field(default_factory=lambda: Throttle(10, 200))
    stamps: Throttle = field(default_factory=lambda: Throttle(200, 2000))


class Gate:
    """Lets requests in."""

    def __init__(self, api_keys: KnownKeys, guards: Guards, clock: Clock) -> None:
        self._api_keys, self._guards, self._clock = api_keys, guards, clock

    def check(self) -> None:
        """Before each request: authenticate, then ask the table. Unknown addresses are left to the 404."""
        endpoint = request.endpoint
        if endpoint in OPEN:
            self._bound(self._guards.opened)
            return
        if endpoint is None:
            return
        key = self._key()
        g.api_key = key
        g.api_key_id = key.id
        g.share = share = self._guards.calls.take(key.id, time.monotonic(), key.rate)
        if not share.allowed:
            raise too_many("khóa truy cập này", "with this API key", share)
        if key.role not in ALLOWED.get(endpoint, frozenset()):
            raise SignerError(
                Kind.FORBIDDEN,
                "role-not-allowed",
                f"Vai trò {ROLES[key.role]} ({key.role.value}) không được dùng chức năng này.",
                f"the role “{key.role.value}” may not do this",
            )

    def tell(self, response: Response) -> Response:
        """What is left of the key's share, as draft-ietf-httpapi-ratelimit-headers has it."""
        share: Share | None = g.get("share")
        if share is not None:
            calls, rate = self._guards.calls, g.api_key.rate or self._guards.calls.per_second
            seconds = calls.burst / calls.per_second
            response.headers["RateLimit-Policy"] = f'"key";q={seconds * rate:.0f};w={max(1, round(seconds))}'
            response.headers["RateLimit"] = f'"key";r={share.left};t={math.ceil(share.full)}'
        return response

    def maybe_key(self) -> ApiKey | None:
        """The caller's key at an open endpoint, None without one."""
        return self._key() if request.headers.get("Authorization") or CERTIFICATE in request.headers else None

    def _key(self) -> ApiKey:
        """The key of a secret; without an Authorization, of a client certificate that a proxy has seen."""
        try:
            certificate = self._guards.proxy.certificate(self._clock.now)
        except SignerError:
            self._bound(self._guards.failed)
            raise
        secret, key = bearer(), None
        if secret:
            key = self._api_keys.find(secret)
        elif certificate is not None:
            key = self._api_keys.find_certificate(certificate)
            if key is None:
                self._bound(self._guards.failed)
                raise SignerError(
                    Kind.UNAUTHENTICATED,
                    "client-certificate-unknown",
                    "Chứng thư của máy gọi chưa gắn với khóa truy cập nào còn hiệu lực.",
                    "the client's certificate is bound to no API key that holds",
                )
        if key is None:
            self._bound(self._guards.failed)
            raise SignerError(
                Kind.UNAUTHENTICATED,
                "api-key-needed" if not secret else "api-key-unknown",
                "Cần khóa truy cập hợp lệ (Authorization: Bearer …).",
                "a valid API key is needed (Authorization: Bearer …)",
            )
        return key

    def _bound(self, throttle: Throttle) -> None:
        share = throttle.take(self._guards.proxy.caller(), time.monotonic())
        if not share.allowed:
            raise too_many("địa chỉ này", "from this address", share)


def bearer() -> str:
    """The secret of the request's Authorization header, "" if there is none of the right form."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    return secret if scheme.lower() == "bearer" and len(secret) <= MAX_SECRET and secret.isascii() else ""


def caller(said: ActorSaid | None = None) -> Caller:
    """Who commands: the person whom the request names, else the holder of the key; within the key's bounds."""
    key: ApiKey = g.api_key
    if key.person is not None and said is not None and said.id != key.person:
        raise SignerError(
            Kind.FORBIDDEN,
            "actor-not-yours",
            "Khóa truy cập này chỉ được dùng thay cho người đứng tên khóa.",
            "this API key speaks for its own person only",
            where="actor.id",
        )
    actor = Actor(said.id if said else key.person or key.id, said.name if said else key.name, f"api-key:{key.id}")
    return Caller(
        actor,
        None if key.agencies is None else frozenset(key.agencies),
        None if key.person is None else frozenset({key.person}),
    )


def too_many(vi: str, en: str, share: Share) -> SignerError:
    """Who called too often; in whose name or from where is for ``vi`` and ``en`` to say."""
    return SignerError(
        Kind.BUSY,
        "too-many-requests",
        f"Quá nhiều yêu cầu từ {vi}; hãy thử lại sau.",
        f"too many requests {en}; come again later",
        retry_after=max(1, math.ceil(share.wait)),
    )
