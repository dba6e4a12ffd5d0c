"""The office as it is over HTTP: callers' numbers, paper, rows completed later, recall, relations, deadlines."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pypdfium2
import pytest
import requests

from .conftest import CLERKS, Service, metadata
from .test_api_requests import problem

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = datetime.now(VIETNAM).date()
YESTERDAY = TODAY - timedelta(days=1)


def vietnams_midnight(day: date) -> str:
    """Half past midnight of a day in Viet Nam, as a system that keeps UTC says it: still the day before."""
    return datetime.combine(day, time(0, 30), VIETNAM).astimezone(UTC).isoformat().replace("+00:00", "Z")


def paper(name: str = "quyet-dinh", **changes: object) -> dict[str, object]:
    said = metadata(name, **changes)
    del said["agency"]
    return said


def enter(
    service: Service, agency: str = "BTC", said: object = None, *, role: str = "clerk", **body: object
) -> requests.Response:
    order = {"metadata": paper() if said is None else said, "actor": CLERKS[agency]} | body
    return service.ask(role, "POST", f"/v1/registers/{agency}/rows", json=order)


def complete(service: Service, document: str, **columns: object) -> requests.Response:
    body = {"actor": CLERKS["BTC"]} | columns
    return service.ask("clerk", "PATCH", f"/v1/documents/{document}/register", json=body)


def end(service: Service, document: str, how: str, reason: str = "gửi nhầm") -> requests.Response:
    body = {"reason": reason, "actor": CLERKS["BTC"]}
    return service.ask("clerk", "POST", f"/v1/documents/{document}/{how}", json=body)


# --- numbered by the caller ------------------------------------------------------------------------------------


@pytest.fixture
def numbered_by_caller(own_service: Service) -> Iterator[Service]:
    """The series of the submissions is numbered by whoever calls."""
    path = own_service.provisioned.keys
    pattern = r'(id = "vtltnn-to-trinh"(?:(?!\[\[).)*?numbered_by = )"service"'
    text, count = re.subn(pattern, r'\1"caller"', path.read_text("utf-8"), flags=re.DOTALL)
    assert count == 1
    path.write_text(text, "utf-8")
    own_service.start()
    yield own_service


def test_a_callers_number_is_checked_and_recorded(numbered_by_caller: Service):
    service = numbered_by_caller
    first, second = service.signed("to-trinh"), service.signed("to-trinh")
    problem(service.issue(first), 422, "number-missing")
    opened = service.issue(first, number="123/TTr-VTLTNN", date=vietnams_midnight(TODAY))
    assert opened.status_code == 200, opened.text
    assert (opened.json()["symbol"], opened.json()["date"]) == ("123/TTr-VTLTNN", TODAY.isoformat())
    for number, code in (
        ("07", "number-too-low"),
        ("12a", "bad-number"),
        ("66.15", "bad-number"),
        ("", "bad-number"),
        ("-124", "bad-number"),
        ("124/QĐ-BTC", "number-notation-differs"),
        ("124/", "number-notation-differs"),
        ("9" * 300, "bad-number"),
    ):
        problem(service.issue(second, number=number), 422, code)
    problem(service.issue(second, number=123), 409, "number-taken")
    assert service.ask("auditor", "GET", f"/v1/documents/{second}").json()["state"] == "signed"
    done = service.issue(second, number=125).json()
    assert done["symbol"] == "125/TTr-VTLTNN"
    # 124 was left out, and whoever binds the register will ask for it.
    assert any("124" in found["message"]["vi"] for found in done["findings"])
    rows = service.ask("clerk", "GET", f"/v1/registers/VTLTNN/{TODAY.year}").json()["rows"]
    assert [row["number"] for row in rows] == [123, 125]


def test_a_number_of_paper_is_no_other_documents(numbered_by_caller: Service):
    service = numbered_by_caller
    document = service.signed("to-trinh")
    assert enter(service, "VTLTNN", paper("to-trinh"), number=200).status_code == 201
    problem(service.issue(document, number=200), 409, "number-taken")
    problem(enter(service, "VTLTNN", paper("to-trinh"), number="200/TTr-VTLTNN"), 409, "number-taken")
    assert service.issue(document, number=201).status_code == 200
    problem(
        enter(service, "VTLTNN", paper("to-trinh"), number=202, date=YESTERDAY.isoformat()),
        422,
        "date-before-last-number",
    )


# --- paper -----------------------------------------------------------------------------------------------------


def test_paper_and_electronic_documents_share_one_series(service: Service):
    electronic = service.issue(service.signed()).json()
    made = enter(service, said=paper(recipients=["Như trên", "Lưu: VT"], copies=12))
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["state"], told["medium"], told["files"]) == ("issued", "paper", [])
    assert told["number"] == electronic["number"] + 1
    assert made.headers["Location"] == f"/v1/documents/{told['id']}"
    row = service.ask("auditor", "GET", f"/v1/documents/{told['id']}/register").json()
    assert (row["medium"], row["recipients"], row["copies"]) == ("paper", "Như trên; Lưu: VT", "12")
    assert row["history"] == []
    shown = service.ask("auditor", "GET", f"/v1/documents/{told['id']}").json()
    assert (shown["medium"], shown["sha256"], shown["files"]) == ("paper", "", [])
    for path in ("content", "files/1"):
        problem(service.ask("auditor", "GET", f"/v1/documents/{told['id']}/{path}"), 404, "unknown-file")


def test_a_row_for_paper_takes_no_number_that_is_held(service: Service):
    held = service.issue(service.signed()).json()["number"]
    for number in (held, 1):
        problem(enter(service, number=number), 409, "number-taken")
    assert enter(service, number=held + 1).json()["number"] == held + 1


@pytest.mark.parametrize(
    ("agency", "said", "body", "status", "code"),
    [
        ("BTC", {"agency": "BTC"}, {}, 400, "invalid-request"),
        ("BTC", {"places": {}}, {}, 400, "invalid-request"),
        ("BTC", {"attachments": []}, {}, 400, "invalid-request"),
        ("BTC", {"subject": "a\u202eb"}, {}, 400, "invalid-metadata"),
        ("BTC", {"type": "HĐ"}, {}, 422, "no-series"),
        ("BTC", {}, {"date": "2999-01-01"}, 422, "date-in-future"),
        ("BTC", {}, {"date": "soon"}, 400, "invalid-request"),
        ("BTC", {}, {"number": "66.15"}, 422, "bad-number"),
        ("BTC", {}, {"pin": "1234"}, 400, "invalid-request"),
        ("BTC", {}, {"metadata": None}, 400, "invalid-request"),
        ("BKHDT", {}, {}, 422, "agency-dissolved"),
        ("NOPE", {}, {}, 422, "unknown-agency"),
    ],
)
def test_rows_that_are_refused(
    service: Service, agency: str, said: dict[str, object], body: dict[str, object], status: int, code: str
):
    order = {"metadata": paper() | said} | body
    problem(service.ask("clerk", "POST", f"/v1/registers/{agency}/rows", json=order), status, code)


def test_a_row_of_another_agency_is_not_written(service: Service):
    problem(enter(service, role="clerk|--agency|VPCP"), 403, "agency-not-yours")


def test_a_row_sent_again_is_one_row(service: Service):
    order = {"metadata": paper(), "actor": CLERKS["BTC"]}
    first, again = (
        service.ask("clerk", "POST", "/v1/registers/BTC/rows", json=order, headers={"Idempotency-Key": "row-1"})
        for _ in range(2)
    )
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Location"] == first.headers["Location"]


def test_what_a_leader_signed_here_may_go_out_on_paper(service: Service):
    early = service.send().json()["id"]
    problem(service.issue(early, medium="paper"), 409, "leader-missing")
    document = service.signed()
    before = service.content(document)
    done = service.issue(document, medium="paper").json()
    assert (done["state"], done["medium"]) == ("issued", "paper")
    assert "signature" not in done
    assert service.content(document) == before
    problem(service.issue(document), 409, "already-issued")
    problem(service.issue(document, medium="paper"), 409, "already-issued")


# --- columns 5 to 10 -------------------------------------------------------------------------------------------


def test_columns_are_completed_and_what_they_said_is_kept(service: Service):
    document = service.issued()
    row = service.ask("clerk", "GET", f"/v1/documents/{document}/register").json()
    moment = vietnams_midnight(TODAY)
    first = complete(service, document, sent_on=moment, received_by="Bưu điện", copies=3)
    assert first.status_code == 200, first.text
    told = first.json()
    assert (told["received_by"], told["copies"]) == ("Bưu điện", "3")
    assert told["sent_on"] == f"{TODAY}T00:30:00+07:00"
    again = complete(service, document, received_by="Văn thư VPCP", copies="3", reason="ghi nhầm").json()
    assert [(each["column"], each["old"], each["new"], each["reason"]) for each in again["history"]][-1] == (
        "received_by",
        "Bưu điện",
        "Văn thư VPCP",
        "ghi nhầm",
    )
    assert len(again["history"]) == 4
    assert {each["by"]["id"] for each in again["history"]} == {"lan.pt"}
    assert (again["symbol"], again["date"], again["type_and_subject"]) == (
        row["symbol"],
        row["date"],
        row["type_and_subject"],
    )
    assert complete(service, document, received_by="").json()["received_by"] == ""


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({}, "invalid-request", "body"),
        ({"reason": "x"}, "invalid-request", "body"),
        ({"note": 7}, "invalid-request", "note"),
        ({"copies": True}, "invalid-request", "copies"),
        ({"copies": 0}, "invalid-column", "copies"),
        ({"copies": "ba"}, "invalid-column", "copies"),
        ({"sent_on": "2999-01-01"}, "invalid-column", "sent_on"),
        ({"sent_on": "1999-01-01"}, "invalid-column", "sent_on"),
        ({"sent_on": "2026-11-31"}, "invalid-column", "sent_on"),
        ({"sent_on": "9999-12-31T23:59:59-14:00"}, "invalid-column", "sent_on"),
        ({"sent_on": "0001-01-01T00:00:00+14:00"}, "invalid-column", "sent_on"),
        ({"sent_on": f"{TODAY}T08:00:00"}, "invalid-column", "sent_on"),
        ({"note": "x" * 501}, "invalid-column", "note"),
        ({"note": "a\u202eb"}, "invalid-column", "note"),
        ({"note": "x", "reason": "y" * 501}, "invalid-column", "reason"),
    ],
)
def test_columns_that_are_refused_change_nothing(service: Service, body: dict[str, object], code: str, where: str):
    document = enter(service).json()["id"]
    assert problem(complete(service, document, **body), 400, code)["where"] == where
    assert service.ask("clerk", "GET", f"/v1/documents/{document}/register").json()["history"] == []


@pytest.mark.parametrize("fixed", ["number", "symbol", "notation", "date"])
def test_what_was_given_with_the_number_never_changes(service: Service, fixed: str):
    document = enter(service).json()["id"]
    before = service.ask("clerk", "GET", f"/v1/documents/{document}/register").json()
    told = problem(complete(service, document, note="x", **{fixed: "9"}), 422, "number-never-changes")
    assert (told["where"], told["clause"]) == (fixed, "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1")
    assert service.ask("clerk", "GET", f"/v1/documents/{document}/register").json() == before


def test_a_document_without_a_number_has_no_row(service: Service):
    document = service.signed()
    problem(service.ask("auditor", "GET", f"/v1/documents/{document}/register"), 404, "no-row")
    problem(complete(service, document, note="x"), 404, "no-row")


def test_a_column_written_again_with_its_key_is_one_change(service: Service):
    document = enter(service).json()["id"]
    path, key = f"/v1/documents/{document}/register", {"Idempotency-Key": "patch-1"}
    first, again = (service.ask("clerk", "PATCH", path, json={"note": "x"}, headers=key) for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(service.ask("clerk", "PATCH", path, json={"note": "y"}, headers=key), 409, "idempotency-key-reused")


# --- after issue -----------------------------------------------------------------------------------------------


def test_what_was_sent_is_recalled_and_no_longer_voided(service: Service):
    document = service.issued()
    assert complete(service, document, sent_on=TODAY.isoformat()).status_code == 200
    refused = problem(end(service, document, "void"), 409, "already-sent")
    assert refused["clause"]
    recalled = end(service, document, "recall")
    assert (recalled.status_code, recalled.json()["state"]) == (200, "recalled"), recalled.text
    assert recalled.json()["reason"] == "gửi nhầm (Phạm Thị Lan)"
    problem(end(service, document, "recall"), 409, "already-recalled")
    problem(end(service, document, "void"), 409, "already-ended")
    problem(complete(service, document, note="x"), 409, "document-frozen")
    problem(service.issue(document), 409, "document-recalled")
    assert service.content(document).startswith(b"%PDF-")
    row = service.ask("auditor", "GET", f"/v1/documents/{document}/register").json()
    assert "thu hồi" in row["note"].lower()


@pytest.mark.parametrize("state", ["prepared", "signed", "rejected", "void"])
def test_what_is_not_issued_is_not_recalled(service: Service, state: str):
    document = service.send().json()["id"] if state == "prepared" else service.signed()
    if state == "rejected":
        assert end(service, document, "reject").status_code == 200
    if state == "void":
        assert service.issue(document).status_code == 200
        assert end(service, document, "void").status_code == 200
    problem(end(service, document, "recall"), 409, "not-issued")


def test_a_recall_ordered_again_with_its_key_is_one_act(service: Service):
    document = service.issued()
    path, key = f"/v1/documents/{document}/recall", {"Idempotency-Key": "recall-1"}
    body = {"reason": "sai", "actor": CLERKS["BTC"]}
    first, again = (service.ask("clerk", "POST", path, json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.content) == (200, again.content)
    problem(service.ask("clerk", "POST", path, json={}), 400, "invalid-request")


def test_a_document_that_recalls_another_takes_effect_when_it_is_issued(service: Service):
    old = service.issued()
    new = service.signed(relations=[{"kind": "recalls", "document": old}])
    assert service.ask("auditor", "GET", f"/v1/documents/{old}").json()["related"] == []
    assert service.issue(new).status_code == 200
    told = service.ask("auditor", "GET", f"/v1/documents/{old}").json()
    assert told["state"] == "recalled"
    assert [(each["kind"], each["document"]) for each in told["related"]] == [("recalls", new)]
    relations = service.ask("auditor", "GET", f"/v1/documents/{new}").json()["relations"]
    assert relations == [{"kind": "recalls", "document": old, "reference": ""}]


# --- books -----------------------------------------------------------------------------------------------------


def test_the_register_is_printed_on_either_paper(service: Service):
    enter(service)
    path = f"/v1/registers/BTC/{TODAY.year}?format=pdf"
    sizes = []
    for query in ("", "&paper=a3", "&paper=a4"):
        answer = service.ask("auditor", "GET", path + query)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="register-{TODAY.year}.pdf"'
        sizes.append(pypdfium2.PdfDocument(answer.content)[0].get_size())
    assert sizes[0] == sizes[1] > sizes[2]
    problem(service.ask("auditor", "GET", f"{path}&paper=a0"), 400, "invalid-request")


def test_deadlines_are_told_in_four_forms(service: Service):
    document = service.issued(urgency="flash")
    path = f"/v1/registers/BTC/{TODAY.year}/deadlines"
    told = service.ask("auditor", "GET", path).json()
    assert (told["agency"], told["year"]) == ("BTC", TODAY.year)
    assert told["figures"]["issued"] >= 1
    assert document not in [each["document"] for each in told["late"] if each["code"] == "issued-late"]
    lines = list(csv.reader(io.StringIO(service.ask("clerk", "GET", f"{path}?format=csv").content.decode("utf-8-sig"))))
    assert [line[1] for line in lines if line[:1] == ["Văn bản đã ban hành"]] == [str(told["figures"]["issued"])]
    sheet = service.ask("auditor", "GET", f"{path}?format=xlsx")
    assert openpyxl.load_workbook(io.BytesIO(sheet.content)).active.max_row > 5
    pdf = service.ask("clerk", "GET", f"{path}?format=pdf")
    assert len(pypdfium2.PdfDocument(pdf.content)) >= 1
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="deadlines-{TODAY.year}.pdf"'
    problem(service.ask("clerk", "GET", f"{path}?format=docx"), 422, "format-not-available")
    problem(service.ask("clerk", "GET", "/v1/registers/NOPE/2026/deadlines"), 404, "unknown-register")
    problem(service.ask("clerk", "GET", "/v1/registers/BTC/99999/deadlines"), 400, "invalid-request")


def test_who_does_not_hold_the_key_does_not_command_it(service: Service):
    document = service.signed()
    refused = problem(service.issue(document, actor=CLERKS["VPCP"]), 403, "custody-differs")
    assert refused["where"] == "actor"
    assert service.ask("auditor", "GET", f"/v1/documents/{document}").json()["state"] == "signed"


@pytest.mark.parametrize("book", ["", "/deadlines"])
@pytest.mark.parametrize("year", ["26", "0", "1944", "9999", "20260"])
def test_a_year_has_four_digits(service: Service, year: str, book: str):
    told = problem(service.ask("auditor", "GET", f"/v1/registers/BTC/{year}{book}"), 400, "invalid-request")
    assert told["where"] == "year"
    assert "bốn chữ số" in str(told["detail_vi"])
