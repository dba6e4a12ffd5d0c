"""Certified copies over HTTP: a scan goes in, a copy with the agency's signature comes out."""

import functools
import json
import re
from pathlib import Path

import pytest
import requests

from tests.fixtures.scanned import Placed, paper, scan
from tests.support.tools import pdfsig

from .conftest import CLERKS, Service, draft
from .test_api_office import enter
from .test_api_requests import problem

REFERENCE = {"reference": "45/TB-VPCP ngày 12/3/2026 của Văn phòng Chính phủ"}


@functools.cache
def scanned(mode: str = "RGB", dpi: float = 200, version: str = "1.7") -> bytes:
    """Two pages of paper; the ground is white in the corner where the mark goes."""
    page = [Placed(paper(mode, dpi=dpi, ground=255))]
    return scan([page, page], version=version)


def copy(
    service: Service,
    data: bytes | None = None,
    *,
    role: str = "clerk",
    headers: dict[str, str] | None = None,
    said: object = None,
    **changes: object,
) -> requests.Response:
    order = {"agency": "BTC", "form": "SY", "subject": "Thông báo", "of": REFERENCE, "actor": CLERKS["BTC"]} | changes
    order = {name: value for name, value in order.items() if value is not None}
    parts = [
        ("file", ("scan.pdf", scanned() if data is None else data, "application/pdf")),
        ("metadata", (None, json.dumps(order if said is None else said), "application/json")),
    ]
    return service.ask(role, "POST", "/v1/copies", files=parts, headers=headers or {})


@pytest.fixture(scope="module")
def copied(service: Service) -> str:
    made = copy(service)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_a_scan_becomes_a_copy_that_others_accept(service: Service, copied: str, tmp_path: Path):
    told = service.ask("auditor", "GET", f"/v1/documents/{copied}").json()
    assert (told["state"], told["copy"], told["notation"]) == ("issued", "SY", "")
    assert "number" not in told
    assert told["relations"] == [{"kind": "copy-of", "document": "", **REFERENCE}]
    assert [each["role"] for each in told["signatures"]] == ["agency"]
    data = service.content(copied)
    assert data.startswith(scanned())
    path = tmp_path / "copy.pdf"
    path.write_bytes(data)
    assert [(each.valid, each.whole_file) for each in pdfsig(path)] == [(True, True)]
    report = service.ask("auditor", "POST", "/v1/verify", files={"file": data}).json()
    assert report["verdict"] == "TOTAL-PASSED", report
    assert copied in [each["id"] for each in service.ask("clerk", "GET", "/v1/documents?limit=200").json()["documents"]]


def test_one_flipped_byte_of_a_copy_is_caught(service: Service, copied: str):
    data = bytearray(service.content(copied))
    data[data.index(b"/ByteRange") - 300] ^= 1
    report = service.ask("auditor", "POST", "/v1/verify", files={"file": bytes(data)}).json()
    assert report["verdict"] == "TOTAL-FAILED"


def test_a_copy_has_no_number_and_no_row(service: Service, copied: str):
    problem(service.ask("clerk", "GET", f"/v1/documents/{copied}/register"), 404, "no-row")
    service.agencies[copied] = "BTC"
    assert service.issue(copied).status_code == 409


def test_paper_that_is_registered_here_may_be_copied(service: Service):
    document = enter(service).json()["id"]
    made = copy(service, of={"document": document})
    assert made.status_code == 201, made.text
    related = service.ask("auditor", "GET", f"/v1/documents/{document}").json()["related"]
    assert [(each["kind"], each["document"]) for each in related] == [("copy-of", made.json()["id"])]
    problem(
        copy(service, of={"document": document}, agency="VPCP", role="clerk|--agency|VPCP"), 404, "unknown-document"
    )


def test_a_copy_of_a_copy_is_made_in_its_own_form_only(service: Service, copied: str):
    for changes in (
        {"of": {"document": copied}},
        {"source": "true-copy"},
        {"source": "copy-of-copy", "form": "SL"},
        {"source": "extract", "form": "TrS"},
        {"form": "SL"},
    ):
        assert problem(copy(service, **changes), 422, "copy-of-copy")["clause"]
    made = copy(service, form="SL", of={"document": copied}, source="true-copy")
    assert (made.status_code, made.json().get("copy")) == (201, "SL"), made.text


def test_an_electronic_original_is_sent_not_copied(service: Service):
    problem(copy(service, of={"document": service.issued()}), 422, "copy-of-electronic")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (functools.partial(scanned, "L"), "scan-not-colour"),
        (functools.partial(scanned, "1"), "scan-not-colour"),
        (functools.partial(scanned, dpi=100), "scan-too-coarse"),
        (functools.partial(draft, "quyet-dinh"), "scan-no-image"),
    ],
)
def test_a_scan_that_is_not_as_the_decree_has_it_is_refused_page_by_page(service: Service, data, code: str):
    refused = problem(copy(service, data()), 422, code)
    assert "trang 1" in str(refused["detail_vi"]).lower()
    assert refused["clause"]
    assert len(refused["findings"]) >= 2


def test_a_scan_in_an_old_version_is_refused(service: Service):
    old = re.sub(rb"^%PDF-1\.\d", b"%PDF-1.3", scanned())
    problem(copy(service, old), 422, "scan-version")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"PK\x03\x04", 415, "not-a-pdf"), (b"", 415, "draft-empty"), (scanned()[:4000], 422, "draft-truncated")],
    ids=["docx", "empty", "truncated"],
)
def test_what_is_no_whole_pdf_is_no_scan(service: Service, data: bytes, status: int, code: str):
    problem(copy(service, data), status, code)


def test_what_is_signed_already_is_no_scan(service: Service, copied: str):
    assert copy(service, service.content(copied)).status_code == 422


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"form": "XX"}, 400, "invalid-request"),
        ({"form": None}, 400, "invalid-request"),
        ({"source": "hearsay"}, 400, "invalid-request"),
        ({"of": None}, 400, "invalid-request"),
        ({"of": {}}, 400, "invalid-metadata"),
        ({"of": {"document": "0" * 32, "reference": "x"}}, 400, "invalid-metadata"),
        ({"of": {"document": "0" * 32}}, 404, "unknown-document"),
        ({"of": {"kind": "copy-of", "reference": "x"}}, 400, "invalid-request"),
        ({"subject": ""}, 400, "invalid-metadata"),
        ({"colour": 1}, 400, "invalid-request"),
        ({"agency": "NOPE"}, 422, "unknown-agency"),
        ({"agency": "BKHDT"}, 422, "agency-dissolved"),
        ({"actor": CLERKS["VPCP"]}, 403, "custody-differs"),
    ],
)
def test_orders_to_copy_that_are_refused(service: Service, changes: dict[str, object], status: int, code: str):
    problem(copy(service, **changes), status, code)


def test_a_copy_in_another_agencys_name_is_refused(service: Service):
    problem(copy(service, role="clerk|--agency|VPCP"), 403, "agency-not-yours")


def test_the_form_of_a_copy_has_a_scan_and_metadata_and_nothing_else(service: Service):
    said, file = (None, "{}", "application/json"), ("a.pdf", scanned(), "application/pdf")
    for parts in ([("file", file)], [("metadata", said)], [("file", file), ("metadata", said), ("attachment", file)]):
        assert service.ask("clerk", "POST", "/v1/copies", files=parts).status_code == 400
    problem(service.ask("clerk", "POST", "/v1/copies", json={}), 415, "multipart-needed")


def test_a_copy_ordered_again_with_its_key_is_one_copy(service: Service):
    key = {"Idempotency-Key": "copy-1"}
    first, again = (copy(service, headers=key) for _ in range(2))
    assert (first.status_code, again.content) == (201, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    problem(copy(service, headers=key, subject="khác"), 409, "idempotency-key-reused")


def test_a_copy_is_recalled_as_a_document_is(service: Service):
    made = copy(service).json()["id"]
    body = {"reason": "sao nhầm", "actor": CLERKS["BTC"]}
    assert service.ask("clerk", "POST", f"/v1/documents/{made}/recall", json=body).json()["state"] == "recalled"
    problem(service.ask("clerk", "POST", f"/v1/documents/{made}/void", json=body), 409, "already-ended")
