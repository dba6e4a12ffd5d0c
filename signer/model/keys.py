"""Keys with their certificates, and the API keys of callers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from signer.model.page import SignatureRole


class KeyHolder(StrEnum):
    """Whose a key is: an organisation's (PIN from settings) or a person's (PIN with each call)."""

    ORGANISATION = "organisation"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as the settings name it, with its certificate. ``issuers``: for whom it may sign.

    ``certificate`` and ``chain`` (from the issuing CA upwards, without the root) are DER; ``image`` is the
    holder's signature as PNG.
    """

    name: str
    holder: KeyHolder
    owner: str
    issuers: tuple[str, ...]
    roles: tuple[SignatureRole, ...]
    algorithm: str
    certificate: bytes = dataclasses.field(repr=False)
    chain: tuple[bytes, ...] = dataclasses.field(default=(), repr=False)
    image: bytes | None = dataclasses.field(default=None, repr=False)


class ApiRole(StrEnum):
    """What the holder of an API key is; which endpoints that opens is one table in the web room."""

    DOCUMENT_SYSTEM = "document-system"
    LEADER = "leader"
    CLERK = "clerk"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as stored, without its secret. ``agencies`` are codes of issuers, None is all of them.

    ``person`` is the id of the one with whose keys it may sign, None is anybody (their PINs guard them).
    ``certificate_sha256``: of the client certificate that it is known by, in place of a secret. ``rate``: calls a
    second, where it is another than the settings'.
    """

    id: str
    name: str
    role: ApiRole
    agencies: tuple[str, ...] | None
    person: str | None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    certificate_sha256: str | None = None
    rate: int | None = None

    def may_act_for(self, agency: str) -> bool:
        """Whether the key reaches an issuer."""
        return self.agencies is None or agency in self.agencies
