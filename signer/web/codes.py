"""Which refusals each operation can answer with, by status: the truth that OpenAPI and ``docs/errors.md`` tell.

The words of a code stand where it is said. The tests hold this table against both sides: a code that the source can say
must be here (or be the command line's alone), and an answer of the running service must be one of its operation's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Answers = Mapping[int, frozenset[str]]

# --- whoever calls ------------------------------------------------------------------------------------------------

_ALWAYS = {
    400: "invalid-request",
    413: "request-too-large",
    429: "too-many-requests",
    500: "internal-error store-damaged",
    503: "service-busy storage-full storage-read-only store-unavailable",
}
_TURNS = {503: "service-busy"}
_CERTIFICATE = {
    400: "client-certificate-not-from-proxy invalid-client-certificate",
    401: "client-certificate-refused client-certificate-unknown",
}
_KEY = {401: "api-key-needed api-key-unknown", 403: "role-not-allowed"}
_JSON = {
    400: "body-incomplete invalid-json invalid-request unstorable-text",
    408: "request-too-slow",
    413: "json-too-large",
    415: "json-needed",
}
_FORM = {
    400: "body-incomplete invalid-json invalid-request unstorable-text",
    408: "request-too-slow",
    413: "file-too-large json-too-large",
    415: "multipart-needed unsupported-media-type",
}
_ATTACHED = {413: "too-many-attachments"}
_REPEATED = {
    400: "invalid-idempotency-key",
    409: "idempotency-in-progress idempotency-key-reused idempotency-taken-over",
}
_ACTOR = {403: "actor-name-differs actor-not-yours"}
_AGENCY = {403: "agency-not-yours"}
_DOCUMENT = {400: "unstorable-text", 404: "unknown-document"}
_REGISTER = {404: "not-found unknown-register", 422: "format-not-available"}
_STORED = {500: "blob-missing"}

# --- what is said of a document, and its file ----------------------------------------------------------------------

_METADATA = {
    400: "invalid-metadata",
    404: "unknown-agency unknown-document",
    403: "relation-other-agency",
    409: "document-exists",
    422: "agency-dissolved agency-not-yet-founded already-recalled bad-notation correction-no-letter form-not-equal "
    "no-rules no-series notation-too-long relation-frozen relation-not-issued series-closed several-series "
    "type-is-normative type-missing type-not-normative unit-missing unknown-agency unknown-type",
}
_FILE = {
    413: "draft-too-large too-many-pages",
    415: "draft-empty not-a-pdf",
    422: "decompression-bomb draft-active-content draft-certified draft-damaged draft-embedded-files draft-encrypted "
    "draft-field-names draft-has-form draft-has-xfa draft-locked draft-need-appearances draft-scanned draft-signed "
    "draft-text-turned draft-too-complex draft-truncated draft-unreadable filters-unsupported header-not-at-start "
    "legacy-fonts no-pages no-room-for-mark page-missing page-size-unsupported page-tree-loop pdf-damaged scanned "
    "secret-mark",
}
_DRAFT = {
    400: "attachment-name-twice unknown-place",
    422: "attachment-line-not-found attachment-missing attachment-prints-date attachment-undeclared attachments-equal "
    "attachments-too-slow capacity-line-not-found date-line-not-found day-already-printed image-covers-number "
    "initial-place-not-found no-room-for-initial no-room-for-seal no-room-for-signature no-room-for-text "
    "notation-differs number-already-printed number-blank-too-small number-line-not-found number-too-wide "
    "place-off-paper place-too-small printed-date-over signature-block-split signer-not-found year-partly-printed",
}
_SCAN = {422: "scan-no-image scan-not-colour scan-too-coarse scan-version"}

# --- who signs, with what --------------------------------------------------------------------------------------------

_SIGNING = {
    403: "key-not-for-agency key-not-for-role pin-incorrect pin-locked pin-required",
    404: "unknown-key",
    409: "changed-meanwhile",
    422: "agency-dissolved agency-not-yet-founded certificate-expired certificate-key-mismatch certificate-no-path "
    "certificate-not-yet-valid certificate-path-invalid certificate-revoked certificate-wrong-usage image-unsuitable "
    "mark-unwritable mechanism-unsupported no-rules no-timestamp revocation-unknown subject-differs weak-hash weak-key",
    500: "blob-missing key-ambiguous mark-misplaced revision-damaged self-check-failed token-opened-before-fork",
    503: "key-not-found token-failure token-unavailable",
}
_TURN = {
    409: "already-issued already-signed initial-after-leader initial-missing leader-missing leader-out-of-order "
    "needs-attention no-such-signer number-taken-already recalled rejected void",
}
_CAPACITY = {422: "delegation-lapsed delegation-not-yet delegation-other-types no-delegation"}
_CUSTODY = {403: "custody-differs"}
_PERSON = {403: "key-not-a-persons person-not-yours", 400: "invalid-role", 422: "level-not-available signer-not-named"}

# --- numbers, and what comes after ------------------------------------------------------------------------------------

_NUMBER = {
    403: "relation-other-agency",
    404: "unknown-series",
    409: "already-numbered number-taken",
    422: "agency-dissolved agency-not-yet-founded already-recalled bad-date bad-number correction-no-letter "
    "date-before-last-number date-before-signature date-in-future date-outside-window form-not-equal no-rules "
    "no-series notation-year-differs number-missing number-not-next number-notation-differs number-too-low "
    "number-too-wide printed-month-differs printed-year-differs relation-frozen relation-not-issued series-closed "
    "several-series",
}
_ISSUE = {
    403: "no-clerk-key person-not-yours",
    409: "already-issued clerk-missing document-frozen document-recalled document-rejected document-void entry-final "
    "issuing-in-progress number-reserved",
    422: "delegation-lapsed-before-issue",
    500: "register-row-missing",
}
_END = {400: "reason-needed", 409: "already-ended changed-meanwhile document-frozen entry-final"}


def _all(*groups: Mapping[int, str]) -> Answers:
    """Groups of codes as one, by status."""
    statuses = sorted({status for group in groups for status in group})
    return {
        status: frozenset(code for group in groups for code in group.get(status, "").split()) for status in statuses
    }


_READ = (_ALWAYS, _KEY, _CERTIFICATE)
_CHANGE = (_ALWAYS, _KEY, _CERTIFICATE, _REPEATED)

ANSWERS: Mapping[str, Answers] = {
    "prepare": _all(*_CHANGE, _TURNS, _FORM, _ACTOR, _ATTACHED, _AGENCY, _METADATA, _FILE, _DRAFT),
    "check": _all(*_READ, _TURNS, _FORM, _ATTACHED, _AGENCY),
    "sign": _all(*_CHANGE, _TURNS, _JSON, _ACTOR, _DOCUMENT, _PERSON, _TURN, _CAPACITY, _SIGNING),
    "issue": _all(*_CHANGE, _TURNS, _JSON, _ACTOR, _DOCUMENT, _TURN, _CUSTODY, _SIGNING, _NUMBER, _ISSUE),
    "reject": _all(*_CHANGE, _JSON, _ACTOR, _DOCUMENT, _END, {409: "has-a-number"}),
    "void": _all(*_CHANGE, _JSON, _ACTOR, _DOCUMENT, _END, {409: "already-sent has-recalled no-number"}),
    "recall": _all(*_CHANGE, _JSON, _ACTOR, _DOCUMENT, _END, {409: "already-recalled not-issued"}),
    "copy": _all(
        *_CHANGE,
        _TURNS,
        _FORM,
        _ACTOR,
        _AGENCY,
        _METADATA,
        _FILE,
        _SCAN,
        _CUSTODY,
        _SIGNING,
        {422: "copy-agency-differs copy-of-copy copy-of-electronic"},
    ),
    "enter": _all(*_CHANGE, _JSON, _ACTOR, _AGENCY, _METADATA, _NUMBER),
    "complete_row": _all(
        *_CHANGE,
        _JSON,
        _ACTOR,
        _DOCUMENT,
        {
            400: "invalid-column",
            404: "no-row",
            409: "document-frozen entry-final not-issued",
            422: "number-never-changes",
        },
    ),
    "list_documents": _all(*_READ, {400: "unstorable-text"}),
    "show_document": _all(*_READ, _DOCUMENT),
    "content": _all(*_READ, _DOCUMENT, _STORED, {404: "unknown-file"}),
    "file": _all(*_READ, _DOCUMENT, _STORED, {404: "not-found unknown-file"}),
    "row": _all(*_READ, _DOCUMENT, {404: "no-row"}),
    "events": _all(*_READ),
    "register": _all(*_READ, _REGISTER),
    "deadlines": _all(*_READ, _REGISTER),
    "verify": _all(*_READ, _TURNS, _FORM, _ATTACHED, {415: "pdf-needed"}),
    "tsa": _all(
        {
            400: "body-incomplete",
            408: "request-too-slow",
            413: "request-too-large",
            415: "unsupported-media-type",
            429: "too-many-requests",
            500: "internal-error",
            503: "service-busy",
        }
    ),
    "metrics": _all(*_READ),
    "healthz": _all({429: "too-many-requests"}),
    "readyz": _all(_CERTIFICATE, {401: "api-key-unknown api-key-needed", 429: "too-many-requests"}),
    "openapi": _all({429: "too-many-requests"}),
}
"""Endpoint, then status, then the codes that a problem of this status may bear."""

NOWHERE: Answers = _all(
    {
        400: "body-incomplete invalid-http invalid-request http-error",
        404: "not-found",
        405: "method-not-allowed",
        408: "request-too-slow",
        413: "request-too-large",
        417: "expectation-failed",
        431: "head-too-large",
        500: "internal-error",
        501: "transfer-coding-unknown",
        503: "service-busy",
    }
)
"""What is answered where there is no operation: another path, another method, or no HTTP at all."""

NOT_OVER_HTTP = frozenset(
    {
        "backup-damaged",
        "backup-newer",
        "crl-delta",
        "crl-of-another",
        "crl-signature-invalid",
        "crl-unreadable",
        "fetch-redirected",
        "fetch-refused",
        "fetch-too-large",
        "fetch-too-slow",
        "fetch-unreachable",
        "file-damaged",
        "file-error",
        "file-unreadable",
        "login-missing",
        "migration-broke-references",
        "no-backup",
        "ocsp-contradicted",
        "ocsp-of-another",
        "ocsp-refused",
        "ocsp-signature-invalid",
        "ocsp-unreadable",
        "office-inconsistent",
        "proxy-login-missing",
        "proxy-login-refused",
        "revocation-expired",
        "revocation-not-written",
        "revocation-older",
        "revocation-too-early",
        "service-unreachable",
        "settings-faulty",
        "store-newer",
        "store-not-empty",
        "store-not-migrated",
        "time-not-available",
        "certificate-bound",
        "time-stamp-certificate",
        "time-stamp-crowded",
        "time-stamp-implausible",
        "time-stamp-mismatch",
        "time-stamp-rejected",
        "time-stamp-request-unreadable",
        "time-stamp-signature-invalid",
        "time-stamp-too-slow",
        "time-stamp-unavailable",
        "time-stamp-unreadable",
        "unknown-authority",
        "trust-unreadable",
        "unknown-api-key",
    }
)
"""What only the command line says, or the service before it serves."""


def statuses(code: str) -> list[int]:
    """The statuses with which the code goes out as a problem."""
    return sorted(
        {status for answers in (*ANSWERS.values(), NOWHERE) for status, codes in answers.items() if code in codes}
    )


def operations(code: str) -> Iterable[str]:
    """The operations that may answer with it."""
    return (name for name, answers in ANSWERS.items() if any(code in codes for codes in answers.values()))
