"""The command line: attachments, checks, paper, copies, rows completed later, recall, deadlines, packages."""

import json
import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from signer import storage

from .conftest import SAMPLES, Shell, annexes
from .test_api_copies import scanned
from .test_cli import add, described, sign

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = datetime.now(VIETNAM).date()
NAMES = [name for name, _ in annexes()]
ANNEXED = [part for name in NAMES for part in ("--attachment", SAMPLES / name)]
DRAFT = [SAMPLES / "quyet-dinh.pdf", "--agency", "BTC", *described("quyet-dinh")]
ID = re.compile(r"[0-9a-f]{32}")


def enter(shell: Shell, *more: object) -> str:
    done = shell.antin("register", "add", "BTC", *described("quyet-dinh"), "--as", "lan.pt", *more, "--json")
    document: str = json.loads(done.stdout)["id"]
    return document


def told_of(shell: Shell, document: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(shell.antin("document", "show", document, "--json").stdout)
    return told


def test_attachments_from_the_draft_to_the_verified_package(shell: Shell, tmp_path: Path):
    document = add(shell, "quyet-dinh", *ANNEXED)
    sign(shell, document)
    told = json.loads(shell.antin("document", "issue", document, "--as", "lan.pt", "--json").stdout)
    assert [each["name"] for each in told["files"][1:]] == NAMES
    assert f"Tệp 2: {NAMES[0]}" in shell.antin("document", "show", document).stdout
    moments = [record["signing_time"] for record in told_of(shell, document)["signatures"]]
    shown = shell.antin("document", "show", document).stdout
    assert "  Hình thức: văn bản điện tử\n" in shown
    for moment, signed, actor in zip(
        moments,
        ("Leader [lãnh đạo] Nguyễn Văn An", "Agency [cơ quan] Bộ Tài chính"),
        ("Nguyễn Văn An (an.nv)", "Phạm Thị Lan (lan.pt)"),
        strict=True,
    ):
        at = f"{datetime.fromisoformat(moment):%d/%m/%Y %H:%M:%S} (+07:00)"
        assert f"  {signed}, {at}, B-B; người ra lệnh: {actor}\n" in shown
    package = [tmp_path / f"{n}.pdf" for n in (1, 2, 3)]
    for n, path in enumerate(package, start=1):
        got = json.loads(shell.antin("document", "get", document, "--file", n, "-o", path, "--json").stdout)
        assert (got["id"], got["size"]) == (document, path.stat().st_size)
    shell.antin("document", "get", document, "--file", 4, "-o", tmp_path / "none.pdf", check=1)

    report = json.loads(shell.antin("verify", "--package", *package, "--json").stdout)
    assert (report["file"], report["package"]["verdict"]) == (str(package[0]), "TOTAL-PASSED")
    told = shell.antin("verify", "--package", *package).stdout
    assert "Cả gói: HỢP LỆ" in told
    assert "[lãnh đạo] Nguyễn Văn An" in told
    number = json.loads(shell.antin("register", "row", document, "--json").stdout)["symbol"]
    assert told.count(f"Tệp kèm theo văn bản số {number}") == 2
    assert "ngày —" not in told
    # As so many files by themselves, each is judged by itself.
    assert len(json.loads(shell.antin("verify", *package, "--json").stdout)) == 3
    data = bytearray(package[1].read_bytes())
    data[data.index(b"/ByteRange") - 300] ^= 1
    package[1].write_bytes(data)
    out = tmp_path / "report.json"
    shell.antin("verify", "--package", *package, "--report", out, check=1)
    assert json.loads(out.read_text("utf-8"))["package"]["verdict"] == "TOTAL-FAILED"
    lacking = shell.antin("verify", "--package", package[0], package[2], check=1).stdout.splitlines()
    # What the package lacks is said of the package, not beneath the last of its files, which is good.
    assert lacking[0].startswith("Cả gói: KHÔNG HỢP LỆ")
    assert f"Thiếu tệp kèm theo “{NAMES[0]}”" in lacking[1]
    assert [line for line in lacking if line.startswith("Tệp kèm theo")] == [
        f"Tệp kèm theo 1: {package[2]}: HỢP LỆ (TOTAL-PASSED)"
    ]
    assert not any("Thiếu" in line for line in lacking[2:])
    shell.antin("verify", "--package", package[0], tmp_path / "none.pdf", check=2)


def test_an_attachment_that_is_no_pdf_is_named(shell: Shell, tmp_path: Path):
    other = tmp_path / "Makefile"
    other.write_text("all:\n")
    told = json.loads(shell.antin("document", "add", *DRAFT, "--attachment", other, "--json", check=1).stdout)["error"]
    assert (told["code"], told["where"]) == ("not-a-pdf", "attachment[0]")
    assert "“Makefile”" in told["message"]["vi"]


def test_a_check_says_everything_and_keeps_nothing(shell: Shell, tmp_path: Path):
    before = shell.antin("document", "list").stdout
    done = shell.antin("document", "check", *DRAFT, *ANNEXED)
    assert "Dự thảo đủ điều kiện trình ký." in done.stdout
    page = tmp_path / "báo cáo.html"
    wrong = [*DRAFT, "--type", "TB", "--attachment", Path(__file__)]
    report = json.loads(shell.antin("document", "check", *wrong, "--report", page, "--json", check=1).stdout)
    assert report["ready"] is False
    assert {each["code"] for each in report["findings"] if each["severity"] == "error"} == {
        "notation-differs",
        "not-a-pdf",
    }
    assert "Dự thảo chưa đủ điều kiện trình ký." in page.read_text("utf-8")
    shell.antin("document", "check", *DRAFT, "--report", tmp_path / "report.docx", check=2)
    assert shell.antin("document", "list").stdout == before


def test_paper_is_registered_and_its_row_completed_by_a_person(shell: Shell):
    made = shell.antin("register", "add", "BTC", *described("quyet-dinh"), "--recipient", "Như trên", "--as", "lan.pt")
    document = made.stdout.removesuffix("\n")
    assert ID.fullmatch(document)
    assert re.match(rf"Đã đăng ký: \d+/QĐ-BTC ngày {TODAY:%d/%m/%Y}\.\n", made.stderr)
    shown = shell.antin("document", "show", document).stdout
    assert "(giấy)" in shown
    assert "  Hình thức: văn bản giấy\n  Người ra lệnh cấp số: Phạm Thị Lan (lan.pt)\n" in shown
    told = shell.antin(
        "register", "complete", document, "--sent-on", TODAY, "--received-by", "Bưu điện", "--as", "lan.pt"
    )
    assert "Phạm Thị Lan: Ký nhận “” → “Bưu điện”\n" in told.stdout
    assert f"Phạm Thị Lan: Ngày chuyển “” → “{TODAY:%d/%m/%Y}”\n" in told.stdout
    assert "(+07:00) Phạm Thị Lan: " in told.stdout
    words = ["--received-by", "VPCP", "--reason", "ghi nhầm", "--as", "lan.pt", "--json"]
    row = json.loads(shell.antin("register", "complete", document, *words).stdout)
    assert (row["received_by"], row["sent_on"]) == ("VPCP", TODAY.isoformat())
    assert [each["by"]["id"] for each in row["history"]] == ["lan.pt"] * 3
    assert json.loads(shell.antin("register", "row", document, "--json").stdout) == row
    shell.antin("register", "complete", document, "--copies", "ba", check=2)
    refused = json.loads(shell.antin("document", "void", document, "--reason", "x", "--json", check=1).stdout)
    assert refused["error"]["code"] == "already-sent"


def test_numbers_and_days_are_wished_as_over_http(shell: Shell):
    number = json.loads(shell.antin("register", "row", enter(shell), "--json").stdout)["number"] + 1
    midnight = datetime.combine(TODAY, time(0, 30), VIETNAM).astimezone(ZoneInfo("UTC")).isoformat()
    document = enter(shell, "--number", f"{number}/QĐ-BTC", "--date", midnight)
    row = json.loads(shell.antin("register", "row", document, "--json").stdout)
    assert (row["number"], row["date"]) == (number, TODAY.isoformat())
    wished = ["register", "add", "BTC", *described("quyet-dinh"), "--json"]
    for more, code in (
        (["--number", "66.15"], "bad-number"),
        (["--number", f"{number + 1}/QĐ-XX"], "number-notation-differs"),
        (["--date", TODAY + timedelta(days=1)], "date-in-future"),
    ):
        assert json.loads(shell.antin(*wished, *more, check=1).stdout)["error"]["code"] == code


def test_a_signed_document_goes_out_on_paper(shell: Shell):
    document = add(shell)
    sign(shell, document)
    told = shell.antin("document", "issue", document, "--paper", "--as", "lan.pt")
    assert re.match(r"Đã cấp số cho bản giấy: \d+/QĐ-BTC", told.stdout)
    shown = json.loads(shell.antin("document", "show", document, "--json").stdout)
    assert (shown["state"], shown["medium"]) == ("issued", "paper")


def test_a_copy_of_paper(shell: Shell, tmp_path: Path):
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(scanned())
    paper = enter(shell)
    copy = ["document", "copy", scan, "--agency", "BTC", "--form", "SY", "--subject", "Quyết định", "--as", "lan.pt"]
    document = shell.antin(*copy, "--of", paper).stdout.strip()
    assert ID.fullmatch(document)
    assert f"có bản sao: {document}" in shell.antin("document", "show", paper).stdout
    assert f"sao từ: {paper}" in shell.antin("document", "show", document).stdout
    told = json.loads(shell.antin(*copy, "--of-reference", "45/TB-VPCP ngày 12/3/2026", "--json").stdout)
    assert (told["copy"], told["state"]) == ("SY", "issued")
    shell.antin(*copy, check=2)
    shell.antin(*copy, "--of", paper, "--of-reference", "45/TB-VPCP", check=2)
    refused = shell.antin(*copy, "--of-reference", "45/TB-VPCP", "--source", "extract", check=1)
    assert "Không làm" in refused.stderr
    scan.write_bytes(scanned("L"))
    shell.antin(*copy, "--of", paper, check=1)


def test_relations_are_said_with_the_draft_and_shown_from_both_ends(shell: Shell):
    old = enter(shell)
    new = add(shell, "quyet-dinh", "--relation", f"recalls:{old}", "--relation", "answers:45/TB-VPCP ngày 12/3/2026")
    sign(shell, new)
    shell.antin("document", "issue", new, "--as", "lan.pt")
    shown = shell.antin("document", "show", new).stdout
    assert f"thu hồi: {old}" in shown
    assert "trả lời: 45/TB-VPCP ngày 12/3/2026" in shown
    assert f"bị thu hồi bởi: {new}" in shell.antin("document", "show", old).stdout
    for bad in ("eats:x", "answers", "answers:", ":x"):
        shell.antin("document", "add", *DRAFT, "--relation", bad, check=2)


def test_a_recall_names_who_ordered_it(shell: Shell):
    document = enter(shell)
    told = shell.antin("document", "recall", document, "--reason", "sai căn cứ", "--as", "lan.pt")
    assert told.stdout.strip() == "Văn bản đã thu hồi: sai căn cứ (Phạm Thị Lan)"
    assert "  Lý do thu hồi: sai căn cứ (Phạm Thị Lan)\n" in shell.antin("document", "show", document).stdout
    again = json.loads(shell.antin("document", "recall", document, "--reason", "x", "--json", check=1).stdout)
    assert again["error"]["code"] == "already-recalled"
    frozen = shell.antin("register", "complete", document, "--note", "x", "--json", check=1)
    assert json.loads(frozen.stdout)["error"]["code"] == "document-frozen"


def test_what_is_changed_is_changed_by_whom_it_was_said(shell: Shell):
    document = enter(shell)
    database = storage.open_database(f"sqlite:///{shell.store}")
    with storage.open_store(database).reading() as tx:
        made = tx.document(document)
    database.close()
    assert (made.created_by.id, made.created_by.via.partition(":")[0]) == ("lan.pt", "cli")
    assert made.command is not None
    assert made.command.by == made.created_by


def test_books_are_printed(shell: Shell, tmp_path: Path):
    enter(shell)
    sizes = []
    for paper in ("a3", "a4"):
        target = tmp_path / f"{paper}.pdf"
        shell.antin("register", "export", "BTC", TODAY.year, "-o", target, "--paper", paper)
        sizes.append(pypdfium2.PdfDocument(target)[0].get_size())
    assert sizes[0] > sizes[1]


def test_deadlines(shell: Shell, tmp_path: Path):
    enter(shell)
    told = shell.antin("register", "deadlines", "BTC", TODAY.year)
    assert "Văn bản đã ban hành: " in told.stdout
    book = json.loads(shell.antin("register", "deadlines", "BTC", TODAY.year, "--json").stdout)
    assert book["figures"]["on_paper"] >= 1
    for suffix, magic in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF-")):
        target = tmp_path / f"deadlines.{suffix}"
        shell.antin("register", "deadlines", "BTC", TODAY.year, "-o", target)
        assert target.read_bytes().startswith(magic)
    shell.antin("register", "deadlines", "BTC", TODAY.year, "-o", tmp_path / "deadlines.docx", check=1)
    shell.antin("register", "deadlines", "NOPE", TODAY.year, check=1)


@pytest.mark.parametrize("command", ["row", "complete"])
def test_a_document_without_a_number_has_no_row(shell: Shell, command: str):
    document = add(shell)
    more = ["--note", "x"] if command == "complete" else []
    told = json.loads(shell.antin("register", command, document, *more, "--json", check=1).stdout)
    assert told["error"]["code"] == "no-row"


def test_a_moment_of_sending_is_told_by_the_clock_of_viet_nam(shell: Shell):
    document = enter(shell)
    midnight = datetime.combine(TODAY, time(0, 5), VIETNAM)
    said = midnight.astimezone(ZoneInfo("UTC")).isoformat()
    told = shell.antin("register", "complete", document, "--sent-on", said, "--reason", "gửi trục", "--as", "lan.pt")
    assert f"Ngày chuyển “” → “{TODAY:%d/%m/%Y} 00:05:00 (+07:00)” (gửi trục)\n" in told.stdout
