"""What can go wrong with a call. No text here holds a key, a PIN or a piece of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """A call failed.

    ``attempts`` says how often it was sent. ``idempotency_key`` is the order's ("" of what only reads): the same
    order with the same key may be sent again, now or after a restart, and is carried out once.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.attempts = 0
        self.idempotency_key = ""


class Problem(ClientError):
    """The service refused, or could not do what was asked for (RFC 9457 problem details).

    ``status`` is HTTP's, ``code`` stable and for machines; ``detail_vi`` and ``detail_en`` are for people;
    ``clause`` is the law behind a rule, ``where`` the part of the request ("metadata.signers[0].name"); ``findings``
    all reasons where there are several ({code, severity, clause, message: {vi, en}}); ``request_id`` finds the
    request in the service's log; ``retry_after`` is in seconds. An answer that is no problem of the service's (a
    proxy's page) has the code ``http-STATUS``.
    """

    def __init__(
        self, status: int, said: Mapping[str, Any], *, request_id: str = "", retry_after: float | None = None
    ) -> None:
        self.status = status
        self.code = str(said.get("code") or f"http-{status}")
        self.detail_vi = str(said.get("detail_vi") or said.get("detail") or f"Máy chủ trả lời {status}.")
        self.detail_en = str(said.get("detail_en") or said.get("detail") or f"the server answered {status}")
        self.clause = str(said.get("clause") or "")
        self.where = str(said.get("where") or "")
        findings = said.get("findings")
        self.findings: Sequence[Mapping[str, Any]] = tuple(findings) if isinstance(findings, list) else ()
        self.request_id = str(said.get("request_id") or request_id)
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {self.detail_en}")


class Unreachable(ClientError):
    """No whole answer came. ``request_id`` is the last request's, for the operator to look for.

    After an order that changes something: it may have been carried out. Send it again with ``idempotency_key``.
    """

    def __init__(self, text: str, *, request_id: str = "") -> None:
        super().__init__(text)
        self.request_id = request_id


class Damaged(ClientError):
    """A file arrived whole by its length, and is not the one that was announced; it was not kept."""
