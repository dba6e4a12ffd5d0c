"""Attachments in files of their own over HTTP: sent, signed in the same act, fetched by name, verified whole."""

import io
from pathlib import Path
from urllib.parse import unquote

import pikepdf
import pytest

from signer.web.replies import disposition
from tests.fixtures.scanned import Placed, paper, scan
from tests.support.tools import pdfsig

from .conftest import Service, annexes, draft
from .test_api_requests import problem

ANNEXES = annexes()
NAMES = [name for name, _ in ANNEXES]


@pytest.fixture(scope="module")
def issued(service: Service) -> str:
    return service.issued(annexed=ANNEXES, attachments=NAMES)


def files(service: Service, document: str) -> list[tuple[str, bytes]]:
    told = service.ask("auditor", "GET", f"/v1/documents/{document}").json()["files"]
    return [(each["name"], service.ask("auditor", "GET", each["url"]).content) for each in told]


def verify(service: Service, package: list[tuple[str, bytes]]) -> dict[str, object]:
    parts = [("file", ("main.pdf", package[0][1]))] + [("attachment", each) for each in package[1:]]
    answer = service.ask("auditor", "POST", "/v1/verify", files=parts)
    assert answer.status_code == 200, answer.text
    report: dict[str, object] = answer.json()
    return report


def test_attachments_are_signed_by_the_agency_in_the_same_act(service: Service, issued: str, tmp_path: Path):
    told = service.ask("auditor", "GET", f"/v1/documents/{issued}").json()
    assert [(each["n"], each["kind"], each["name"]) for each in told["files"]] == [
        (1, "main", f"{issued}.pdf"),
        (2, "attachment", NAMES[0]),
        (3, "attachment", NAMES[1]),
    ]
    for (_, sent), (name, data) in zip(ANNEXES, files(service, issued)[1:], strict=True):
        assert data.startswith(sent)
        path = tmp_path / name
        path.write_bytes(data)
        assert [(each.valid, each.whole_file) for each in pdfsig(path)] == [(True, True)]


def test_a_package_is_verified_whole(service: Service, issued: str):
    report = verify(service, files(service, issued))
    package = report["package"]
    assert (report["verdict"], package["verdict"]) == ("TOTAL-PASSED", "TOTAL-PASSED")
    assert [each["name"] for each in package["attachments"]] == NAMES


def test_one_flipped_byte_of_an_attachment_fails_the_package(service: Service, issued: str):
    package = files(service, issued)
    data = bytearray(package[2][1])
    data[data.index(b"/ByteRange") - 300] ^= 1
    package[2] = (package[2][0], bytes(data))
    report = verify(service, package)
    assert report["verdict"] == "TOTAL-PASSED"
    assert report["package"]["verdict"] == "TOTAL-FAILED"


def test_a_package_that_lacks_an_attachment_is_told(service: Service, issued: str):
    whole = files(service, issued)
    lacking = verify(service, whole[:2])
    assert lacking["package"]["verdict"] != "TOTAL-PASSED"
    assert lacking["package"]["findings"]
    other = files(service, service.issued("quyet-dinh-xa", annexed=ANNEXES[:1]))
    mixed = verify(service, [whole[0], whole[1], other[1]])
    assert mixed["package"]["verdict"] == "TOTAL-FAILED"


def test_an_attachment_is_fetched_by_name_and_cached_by_digest(service: Service, issued: str):
    path = f"/v1/documents/{issued}/files/2"
    answer = service.ask("clerk", "GET", path)
    assert answer.headers["Content-Disposition"] == f'inline; filename="{NAMES[0]}"'
    same = service.ask("clerk", "GET", path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    problem(service.ask("clerk", "GET", f"/v1/documents/{issued}/files/4"), 404, "unknown-file")
    problem(service.ask("clerk|--agency|VPCP", "GET", path), 404, "unknown-document")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Phụ lục 1 - Đơn giá.pdf", "Phụ lục 1 - Đơn giá.pdf"),
        ("C:/Users/a/phụ lục.pdf", "phụ lục.pdf"),
        ("../../etc/mật khẩu.pdf", "mật khẩu.pdf"),
        ('a"; filename="b.pdf', 'a"; filename="b.pdf'),
        ("100%25;x.pdf", "100%25;x.pdf"),
    ],
)
def test_names_are_kept_for_people_and_never_end_a_header(service: Service, sent: str, kept: str):
    made = service.send(annexed=[(sent, ANNEXES[0][1])])
    assert made.status_code == 201, made.text
    assert made.json()["files"][1]["name"] == kept
    told = service.ask("clerk", "GET", made.json()["files"][1]["url"]).headers["Content-Disposition"]
    plain, star, extended = told.partition("; filename*=UTF-8''")
    assert plain.startswith('inline; filename="')
    assert plain.isascii()
    assert plain.count('"') == 2
    assert star
    assert unquote(extended) == kept


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a\r\nX: y.pdf", "inline; filename=\"a__X: y.pdf\"; filename*=UTF-8''a%0D%0AX%3A%20y.pdf"),
        ("a.pdf", 'inline; filename="a.pdf"'),
        ("Đề án.pdf", "inline; filename=\"De an.pdf\"; filename*=UTF-8''%C4%90%E1%BB%81%20%C3%A1n.pdf"),
        ("'*.pdf", 'inline; filename="\'*.pdf"'),
        ("附件.pdf", "inline; filename=\"__.pdf\"; filename*=UTF-8''%E9%99%84%E4%BB%B6.pdf"),
    ],
)
def test_a_disposition_is_one_value(name: str, said: str):
    assert disposition("inline", name) == said


# --- what is refused -------------------------------------------------------------------------------------------


def encrypted(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="x", user="x"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (encrypted(ANNEXES[1][1]), 422, "draft-encrypted"),
        (b"PK\x03\x04 word/document.xml", 415, "not-a-pdf"),
        (b"", 415, "draft-empty"),
        (ANNEXES[1][1][:5000], 422, "draft-truncated"),
    ],
    ids=["encrypted", "docx", "empty", "truncated"],
)
def test_an_attachment_that_cannot_be_signed_is_named(service: Service, data: bytes, status: int, code: str):
    sent = service.send(annexed=[ANNEXES[0], ("Phụ lục 2.pdf", data)])
    body = problem(sent, status, code)
    assert body["where"] == "attachment[1]"
    assert "Phụ lục 2.pdf" in str(body["detail_vi"])


def test_what_was_declared_must_come_and_nothing_else(service: Service):
    missing = problem(service.send(annexed=ANNEXES[:1], attachments=NAMES), 422, "attachment-missing")
    assert NAMES[1] in str(missing["detail_vi"])
    assert missing["clause"]
    problem(service.send(annexed=ANNEXES, attachments=NAMES[:1]), 422, "attachment-undeclared")
    problem(service.send(annexed=ANNEXES, attachments=[]), 422, "attachment-undeclared")
    assert service.send(attachments=[]).status_code == 201


def test_two_equal_files_are_a_mistake(service: Service):
    same = [("một.pdf", ANNEXES[0][1]), ("hai.pdf", ANNEXES[0][1])]
    problem(service.send(annexed=same), 422, "attachments-equal")
    problem(service.send(annexed=[("ba.pdf", draft("quyet-dinh"))]), 422, "attachments-equal")
    twice = [(NAMES[0], ANNEXES[0][1]), (NAMES[0], ANNEXES[1][1])]
    assert problem(service.send(annexed=twice), 400, "attachment-name-twice")["where"] == "attachment[1]"


def test_a_name_that_shows_another_text_than_it_holds_is_refused(service: Service):
    problem(service.send(annexed=[("hoa\u202efdp.exe.pdf", ANNEXES[0][1])]), 400, "invalid-metadata")
    problem(service.send(annexed=[("x" * 300 + ".pdf", ANNEXES[0][1])]), 400, "invalid-metadata")


@pytest.mark.parametrize("count", [51, 56, 300])
def test_too_many_attachments_are_refused_before_any_is_read(service: Service, count: int):
    many = [(f"{n}.pdf", f"%PDF-1.7 {n}".encode()) for n in range(count)]
    for path in ("/v1/documents", "/v1/documents/check"):
        told = problem(service.send(path=path, annexed=many), 413, "too-many-attachments")
        assert told["where"] == "attachment"
        assert f"Có {count} tệp kèm theo; nhận nhiều nhất 50 tệp" in str(told["detail_vi"])
    # The document itself behind its attachments is no reason to complain of the document.
    parts = [("attachment", (*each, "application/pdf")) for each in many] + [("file", ("a.pdf", draft("quyet-dinh")))]
    judged = service.ask("auditor", "POST", "/v1/verify", files=parts)
    assert f"Có {count} tệp" in str(problem(judged, 413, "too-many-attachments")["detail_vi"])


def test_a_form_with_more_parts_than_are_counted_is_told_the_bounds(service: Service):
    many = [(f"{n}.pdf", b"%PDF-1.7") for n in range(600)]
    told = problem(service.send(annexed=many), 413, "request-too-large")
    assert "550 phần" in str(told["detail_vi"])
    assert "200 MB" in str(told["detail_vi"])


def test_how_many_and_how_large_is_the_settings_to_say(own_service: Service):
    path = own_service.provisioned.service
    text = path.read_text("utf-8").replace("attachments = 50", "attachments = 1")
    path.write_text(
        text.replace("upload_mb = 50", "upload_mb = 1").replace("exchange_mb = 50", "exchange_mb = 1"), "utf-8"
    )
    own_service.start()
    problem(own_service.send(annexed=ANNEXES), 413, "too-many-attachments")
    large = [("lớn.pdf", b"%PDF-1.7\n" + bytes(1_000_000))]
    assert "1 MB" in str(problem(own_service.send(annexed=large), 413, "file-too-large")["detail_vi"])
    assert own_service.send(annexed=ANNEXES[:1]).status_code == 201


def test_an_attachment_that_is_too_large_is_refused(service: Service):
    large = b"%PDF-1.7\n" + bytes(50_000_001)
    assert problem(service.send(annexed=[("lớn.pdf", large)]), 413, "file-too-large")["where"] == "attachment[0]"


def test_an_attachment_without_a_file_name_is_not_dropped_without_a_word(service: Service):
    request = service.multipart([("attachment", None, ANNEXES[0][1])])
    sent = service.ask("document-system", "POST", "/v1/documents", **request)
    assert problem(sent, 400, "invalid-request")["where"] == "attachment"


def test_a_form_with_attachments_sent_again_is_one_document(service: Service):
    key = {"Idempotency-Key": "annexes-1"}
    first, again = (service.send(annexed=ANNEXES, headers=key) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Location"] == first.headers["Location"]
    problem(service.send(annexed=ANNEXES[::-1], headers=key), 409, "idempotency-key-reused")
    renamed = [("khác.pdf", ANNEXES[0][1]), ANNEXES[1]]
    problem(service.send(annexed=renamed, headers=key), 409, "idempotency-key-reused")


# --- before anybody signs: the check ---------------------------------------------------------------------------


def check(service: Service, *, query: str = "", **sending: object) -> dict[str, object]:
    answer = service.send(path=f"/v1/documents/check{query}", **sending)
    assert answer.status_code == 200, answer.text
    report: dict[str, object] = answer.json()
    return report


def test_a_good_draft_is_ready_and_nothing_of_it_is_kept(service: Service):
    before = service.ask("auditor", "GET", "/v1/documents?limit=200").json()
    report = check(service, annexed=ANNEXES, attachments=NAMES)
    assert (report["ready"], report["notation"]) == (True, "QĐ-BTC")
    assert all(each["severity"] != "error" for each in report["findings"])
    assert service.ask("auditor", "GET", "/v1/documents?limit=200").json() == before


def test_everything_that_is_wrong_is_said_at_once(service: Service):
    report = check(
        service,
        type="TB",
        annexed=[("một.pdf", ANNEXES[0][1]), ("hai.pdf", b"PK\x03\x04"), ("ba.pdf", encrypted(ANNEXES[1][1]))],
        attachments=["một.pdf", "hai.pdf", "ba.pdf", "bốn.pdf"],
    )
    assert report["ready"] is False
    found = {(each["file"], each["code"]) for each in report["findings"] if each["severity"] == "error"}
    assert found == {
        ("", "notation-differs"),
        ("", "attachment-missing"),
        ("hai.pdf", "not-a-pdf"),
        ("ba.pdf", "draft-encrypted"),
    }


def test_the_drafters_page_quotes_strangers_without_obeying_them(service: Service):
    answer = service.send(
        path="/v1/documents/check?format=html",
        role="leader",
        subject="<script>alert(1)</script>",
        annexed=[("<img src=x>.pdf", b"PK")],
    )
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "Dự thảo chưa đủ điều kiện trình ký." in answer.text


def test_a_check_is_bounded_as_a_document_is(service: Service):
    problem(service.send(path="/v1/documents/check?format=docx"), 400, "invalid-request")
    problem(service.send(path="/v1/documents/check", colour=1), 400, "invalid-request")
    problem(service.send(path="/v1/documents/check", role="clerk|--agency|VPCP"), 403, "agency-not-yours")
    many = [(f"{n}.pdf", b"%PDF-") for n in range(51)]
    problem(service.send(path="/v1/documents/check", annexed=many), 413, "too-many-attachments")


def test_a_scan_as_attachment_is_signed_too(service: Service):
    """Annexes are often scanned: a page that is nothing but an image, its corner white."""
    data = scan([[Placed(paper(ground=255))]])
    document = service.issued("to-trinh", annexed=[("quét.pdf", data)])
    package = files(service, document)
    assert verify(service, package)["package"]["verdict"] == "TOTAL-PASSED"
