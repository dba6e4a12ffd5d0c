"""The shapes of reports: what is said of a draft before anybody signs, and of files that were signed."""

from __future__ import annotations

from policies.model import Severity
from signer.report import SubIndication, Verdict
from signer.web.shapes import FINDINGS, FLAG, MOMENT, Schema, array, exact, maybe, ref, text, words

_REPORT: dict[str, Schema] = {
    "verdict": words(Verdict),
    "chain": exact(
        {
            "initials": array(text()),
            "leaders": array(text()),
            "number": maybe(text()),
            "date": maybe(text()),
            "agency": maybe(text()),
        }
    ),
    "signatures": array(ref("SignatureReport")),
    "findings": FINDINGS,
    "policy": exact({"id": text(), "version": text(), "at": MOMENT}),
}

SCHEMAS: dict[str, Schema] = {
    "CheckReport": exact(
        {
            "ready": {**FLAG, "description": "không có gì cản trở việc trình ký / nothing stands against it"},
            "subject": text(),
            "notation": text(),
            "findings": array(ref("FileFinding")),
        }
    ),
    "FileFinding": exact(
        {
            "file": text("tên tệp kèm theo; rỗng: văn bản chính / the attachment; empty: the document itself"),
            "code": text(),
            "severity": words(Severity),
            "clause": text(),
            "message": exact({"vi": text(), "en": text()}),
        }
    ),
    "Report": exact(_REPORT, {"package": ref("Package")}),
    "Package": exact(
        {
            "verdict": words(Verdict),
            "attachments": array(exact({"name": text(), **_REPORT})),
            "findings": FINDINGS,
        }
    ),
    "SignatureReport": exact(
        {
            "field": text(),
            "role": text(),
            "signer": text(),
            "level": text(),
            "indication": words(Verdict),
            "subindication": maybe(words(SubIndication)),
            "signing_time": maybe(MOMENT),
            "best_signature_time": maybe(MOMENT),
            "covers": text(),
            "changes_after": array(text()),
            "time_stamp": maybe(ref("TimeStamp")),
        }
    ),
    "TimeStamp": exact(
        {
            "time": MOMENT,
            "authority": text(),
            "policy": text("OID"),
            "trusted": FLAG,
            "internal": {**FLAG, "description": "dấu thời gian nội bộ / not of the service for official documents"},
        }
    ),
}
