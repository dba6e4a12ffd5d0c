"""Every table of the office, from the first day: what later work needs has its column now, with a default.

Guarantees that only a database can give against several processes are constraints here: a number exists once
in its series and period; number and notation exist once in an issuer's year, on paper and electronic alike
(NĐ 30 Điều 15(1)); a document has one row in the register; a field is signed once.
"""

from __future__ import annotations

from signer.storage.tables.base import metadata
from signer.storage.tables.callers import api_keys, idempotency
from signer.storage.tables.documents import (
    acts,
    document_files,
    document_initials,
    document_recipients,
    document_relations,
    document_signers,
    documents,
    file_revisions,
)
from signer.storage.tables.events import events
from signer.storage.tables.numbers import register, register_history
from signer.storage.tables.office import (
    certificates,
    custody,
    delegations,
    issuers,
    office_state,
    organisation_eras,
    organisations,
    persons,
    seals,
    series,
    series_issuers,
    successions,
)

__all__ = [
    "acts",
    "api_keys",
    "certificates",
    "custody",
    "delegations",
    "document_files",
    "document_initials",
    "document_recipients",
    "document_relations",
    "document_signers",
    "documents",
    "events",
    "file_revisions",
    "idempotency",
    "issuers",
    "metadata",
    "office_state",
    "organisation_eras",
    "organisations",
    "persons",
    "register",
    "register_history",
    "seals",
    "series",
    "series_issuers",
    "successions",
]
