"""Who calls: API keys, and the one table that says which role may use which endpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import g, request

from signer.errors import Kind, SignerError
from signer.model import Actor, ApiKey, ApiRole
from signer.usecases.caller import Caller
from signer.web.known_keys import KnownKeys
from signer.web.requests import Throttle
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

OPEN = frozenset({"healthz", "readyz", "openapi"})
"""Endpoints that need no key; limited by address."""

MAX_SECRET = 256


class Gate:
    """Lets requests in. ``open_calls`` and ``failures`` bound what one address may do without a valid key."""

    def __init__(self, api_keys: KnownKeys, open_calls: Throttle, failures: Throttle) -> None:
        self._api_keys = api_keys
        self._open_calls = open_calls
        self._failures = failures

    def check(self) -> None:
        """Before each request: authenticate, then ask the table. Unknown addresses are left to the 404."""
        endpoint = request.endpoint
        if endpoint in OPEN:
            _bound(self._open_calls)
            return
        if endpoint is None:
            return
        key = self._key()
        g.api_key = key
        g.api_key_id = key.id
        if key.role not in ALLOWED.get(endpoint, frozenset()):
            raise SignerError(
                Kind.FORBIDDEN,
                "role-not-allowed",
                f"Vai trò {ROLES[key.role]} ({key.role.value}) không được dùng chức năng này.",
                f"the role “{key.role.value}” may not do this",
            )

    def maybe_key(self) -> ApiKey | None:
        """The caller's key at an open endpoint, None without one."""
        return self._key() if request.headers.get("Authorization") else None

    def _key(self) -> ApiKey:
        secret = bearer()
        key = self._api_keys.find(secret) if secret else None
        if key is None:
            _bound(self._failures)
            raise SignerError(
                Kind.UNAUTHENTICATED,
                "api-key-needed" if not secret else "api-key-unknown",
                "Cần khóa truy cập hợp lệ (Authorization: Bearer …).",
                "a valid API key is needed (Authorization: Bearer …)",
            )
        return key


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


def _bound(throttle: Throttle) -> None:
    if not throttle.allows(request.remote_addr or "-", time.monotonic()):
        raise SignerError(
            Kind.BUSY,
            "too-many-requests",
            "Quá nhiều yêu cầu từ địa chỉ này; hãy thử lại sau.",
            "too many requests from this address; come again later",
            retry_after=2,
        )
