"""From the draft to the issued document over HTTP, judged by other people's tools."""

import csv
import io
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from .conftest import DECLARED, Service, annexes, draft

TODAY = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", [name for name, said in DECLARED.items() if said["month_printed"] in (None, f"{TODAY.month:02}")]
)
def test_a_sample_is_issued_and_every_tool_accepts_every_signature(service: Service, tmp_path: Path, name: str):
    said = DECLARED[name]
    sent = service.send(name, annexed=annexes(name))
    assert sent.status_code == 201, sent.text
    made = sent.json()
    assert (made["state"], made["notation"]) == ("prepared", said["notation"])
    assert sent.headers["Location"] == f"/v1/documents/{made['id']}"
    for number, signer in enumerate(said["signers"], 1):
        signed = service.sign(made["id"], signer["key"], "leader").json()
        assert signed["state"] == ("signed" if number == len(said["signers"]) else "prepared")
        assert signed["signature"]["capacity"] == signer["capacity"]
    issued = service.issue(made["id"]).json()
    assert issued["state"] == "issued"
    assert issued["symbol"] == f"{issued['number_text']}/{said['notation']}"
    assert issued["date"] == TODAY.isoformat()

    data = service.content(made["id"])
    assert data.startswith(draft(name))
    signatures = len(said["signers"]) + 1
    assert data.count(b"%%EOF") == draft(name).count(b"%%EOF") + 1 + signatures
    path = tmp_path / "issued.pdf"
    path.write_bytes(data)
    told = run("pdfsig", "-nocert", path)
    assert told.count("Signature is Valid.") == signatures
    assert "Total document signed" in told
    told = run("mutool", "sign", "-v", path)
    assert told.count("Verifying signature") == signatures
    assert "Digest Mismatch" not in told
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)
    report = service.ask("auditor", "POST", "/v1/verify", data=data, headers={"Content-Type": "application/pdf"}).json()
    assert report["verdict"] == "TOTAL-PASSED"
    assert report["chain"]["leaders"] == [each["name"] for each in said["signers"]]
    assert report["chain"]["number"] == issued["number_text"]


def test_one_flipped_byte_of_an_issued_document_is_caught(service: Service):
    document = service.signed()
    assert service.issue(document).status_code == 200
    data = bytearray(service.content(document))
    data[data.index(b"/ByteRange") - 300] ^= 1
    report = service.ask("auditor", "POST", "/v1/verify", files={"file": bytes(data)}).json()
    assert report["verdict"] == "TOTAL-FAILED"


def test_issued_twice_is_a_conflict_that_names_number_and_day(service: Service):
    document = service.signed()
    first = service.issue(document).json()
    again = service.issue(document)
    assert (again.status_code, again.json()["code"]) == (409, "already-issued")
    assert first["symbol"] in again.json()["detail_vi"]


def test_issued_before_all_have_signed_is_a_conflict_with_its_clause(service: Service):
    document = service.send("bien-ban").json()["id"]
    service.sign(document, "binh.tt")
    early = service.issue(document)
    assert (early.status_code, early.json()["code"]) == (409, "leader-missing")
    assert "Điều" in early.json()["clause"]


def test_many_clerks_at_once_leave_no_gap_and_no_double(service: Service):
    documents = [service.signed("to-trinh") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(service.issue, documents))
    assert [answer.status_code for answer in answers] == [200] * 8, [answer.text for answer in answers]
    numbers = sorted(answer.json()["number"] for answer in answers)
    assert numbers == list(range(numbers[0], numbers[0] + 8))


def test_one_document_signed_by_two_at_once_has_one_signature(service: Service):
    document = service.send().json()["id"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: service.sign(document, "an.nv"), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    shown = service.ask("auditor", "GET", f"/v1/documents/{document}").json()
    assert [signature["field"] for signature in shown["signatures"]] == ["Leader"]


def test_one_document_issued_by_many_at_once_has_one_number(service: Service):
    document = service.signed()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: service.issue(document), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_the_register_shows_what_was_issued_and_voided_in_three_forms(service: Service):
    document = service.signed()
    symbol = service.issue(document).json()["symbol"]
    assert (
        service.ask("clerk", "POST", f"/v1/documents/{document}/void", json={"reason": "nhầm nơi nhận"}).json()["state"]
        == "void"
    )
    path = f"/v1/registers/BTC/{TODAY.year}"
    rows = service.ask("auditor", "GET", path).json()["rows"]
    (row,) = [row for row in rows if row["symbol"] == symbol]
    assert (row["state"], row["date"], row["signer"]) == ("void", TODAY.isoformat(), "Nguyễn Văn An")
    assert "nhầm nơi nhận" in row["note"]
    answer = service.ask("clerk", "GET", f"{path}?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == len(rows) + 1
    sheet = openpyxl.load_workbook(io.BytesIO(service.ask("clerk", "GET", f"{path}?format=xlsx").content)).active
    assert sheet.max_row == len(rows) + 6
    other = service.ask("clerk", "GET", f"{path}?format=docx")
    assert (other.status_code, other.json()["code"]) == (422, "format-not-available")


def test_rejected_documents_go_no_further(service: Service):
    document = service.send().json()["id"]
    rejected = service.ask("leader", "POST", f"/v1/documents/{document}/reject", json={"reason": "sai căn cứ"})
    assert rejected.json()["state"] == "rejected"
    assert service.sign(document, "an.nv").status_code == 409
    listed = service.ask("auditor", "GET", "/v1/documents?state=rejected").json()
    assert document in [each["id"] for each in listed["documents"]]


def test_the_list_goes_page_by_page(service: Service):
    for _ in range(3):
        service.send("cong-van")
    seen: list[str] = []
    after = ""
    while True:
        page = service.ask("auditor", "GET", f"/v1/documents?limit=2&after={after}").json()
        seen += [each["id"] for each in page["documents"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == sorted(set(seen))
    assert len(seen) >= 3


def test_content_is_cached_by_digest(service: Service):
    document = service.send().json()
    answer = service.ask("clerk", "GET", f"/v1/documents/{document['id']}/files/1")
    assert answer.headers["ETag"] == f'"{document["sha256"]}"'
    same = service.ask(
        "clerk",
        "GET",
        f"/v1/documents/{document['id']}/content",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert (same.status_code, same.content) == (304, b"")
    assert service.ask("clerk", "GET", f"/v1/documents/{document['id']}/files/2").status_code == 404


def test_logs_are_json_lines_without_pins_bodies_or_keys(service: Service):
    document = service.signed("cong-van")
    service.issue(document)
    lines = service.log.read_text("utf-8").splitlines()
    text = "\n".join(lines)
    for secret in (*service.provisioned.person_pins().values(), *service.keys.values(), "triển khai Quyết định"):
        assert secret not in text
    assert re.search(r'"POST /v1/documents/\{document_id\}/issue 200", "request_id": "[0-9a-f]{32}"', text)
