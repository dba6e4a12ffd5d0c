"""The command line: the whole way, its words, its JSON and its exit status."""

import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from signer import storage
from softhsm.provision import Provisioned

from .conftest import ANTIN, DECLARED, SAMPLES, Done, Shell

YEAR = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).year


def antin(*arguments: object, **environment: str) -> Done:
    """The installed program, in a process of its own."""
    ran = subprocess.run(
        [ANTIN, *map(str, arguments)], capture_output=True, text=True, env=environment, check=False, timeout=60
    )
    return Done(ran.returncode, ran.stdout, ran.stderr)


def described(name: str) -> list[str]:
    """The options that say of a sample what any document needs; the agency by itself."""
    said = DECLARED[name]
    signers = [part for each in said["signers"] for part in ("--signer", ";".join([each["name"], *each["capacity"]]))]
    kind = ["--type", said["type"]] if said["type"] else ["--unit", said["unit"]]
    return [*kind, "--subject", said["subject"], "--place", said["place"], *signers]


def add(shell: Shell, name: str = "quyet-dinh", *more: object) -> str:
    command = ["document", "add", SAMPLES / f"{name}.pdf", "--agency", DECLARED[name]["agency"], *described(name)]
    return shell.antin(*command, "--as", "văn phòng", *more).stdout.strip()


def sign(shell: Shell, document: str, key: str = "an.nv") -> None:
    shell.antin("document", "sign", document, "--key", key, pins=shell.provisioned.pin(key).reveal())


def test_from_the_draft_to_the_issued_file(shell: Shell, tmp_path: Path):
    document = add(shell)
    assert re.fullmatch(r"[0-9a-f]{32}", document)
    pin = shell.provisioned.pin("an.nv").reveal()
    signed = shell.antin("document", "sign", document, "--key", "an.nv", pins=pin)
    assert "Nguyễn Văn An đã ký" in signed.stdout
    issued = shell.antin("document", "issue", document, "--as", "lan.pt", "--json")
    answer = json.loads(issued.stdout)
    assert answer["symbol"].endswith("/QĐ-BTC")
    shown = json.loads(shell.antin("document", "show", document, "--json").stdout)
    assert shown["created_by"] == {"id": "văn phòng", "name": "văn phòng"}
    target = tmp_path / "issued.pdf"
    shell.antin("document", "get", document, "-o", target)
    listed = shell.antin("document", "list", "--state", "issued").stdout
    assert answer["symbol"] in listed

    root = shell.provisioned.folder / "certs" / "root.pem"
    verified = shell.antin("verify", target, "--json")
    report = json.loads(verified.stdout)
    assert (report["verdict"], report["file"]) == ("TOTAL-PASSED", str(target))
    told = shell.antin("verify", "--trust", root, target, check=None).stdout
    assert "HỢP LỆ" in told
    day = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert f"Số {answer['number_text']}, ngày {day:%d/%m/%Y}, BỘ TÀI CHÍNH" in told

    assert answer["symbol"] in shell.antin("register", "show", "BTC", YEAR).stdout
    rows = json.loads(shell.antin("register", "show", "BTC", YEAR, "--json").stdout)["rows"]
    assert rows[-1]["symbol"] == answer["symbol"]
    sheet = tmp_path / "book.xlsx"
    shell.antin("register", "export", "BTC", YEAR, "-o", sheet)
    assert openpyxl.load_workbook(sheet).active.max_row == 6 + len(rows)
    shell.antin("register", "export", "BTC", YEAR, "-o", tmp_path / "book.csv")
    assert (tmp_path / "book.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    shell.antin("register", "export", "BTC", YEAR, "-o", tmp_path / "book.docx", check=1)

    voided = shell.antin("document", "void", document, "--reason", "nhầm", "--as", "lan.pt", "--json")
    assert json.loads(voided.stdout)["state"] == "void"


def test_refusals_are_told_in_words_and_by_status(shell: Shell):
    document = add(shell, "cong-van")
    early = shell.antin("document", "issue", document, check=1)
    assert "Còn thiếu chữ ký số" in early.stderr
    assert early.stdout == ""
    told = json.loads(shell.antin("document", "issue", document, "--json", check=1).stdout)
    assert told["error"]["code"] == "leader-missing"
    shell.antin("document", "sign", document, "--key", "binh.tt", "--level", "B-LT", pins="1234", check=1)
    shell.antin("document", "sign", document, "--key", "binh.tt", check=1)  # no PIN, and nobody to ask
    shell.antin("document", "show", "nothing", check=1)
    rejected = shell.antin("document", "reject", document, "--reason", "sai", "--json").stdout
    assert json.loads(rejected)["state"] == "rejected"


def test_what_a_command_was_given_as_who_commands_is_in_the_act(shell: Shell):
    document = add(shell)
    pin = shell.provisioned.pin("an.nv").reveal()
    shell.antin("document", "sign", document, "--key", "an.nv", "--as", "Nguyễn Duy Khánh", pins=pin)
    shell.antin("document", "issue", document, "--as", "lan.pt")
    database = storage.open_database(f"sqlite:///{shell.store}")
    with storage.open_store(database).reading() as tx:
        acts = [(act.role.value, act.actor.id, act.actor.name) for act in tx.document(document).signatures]
        ordered = tx.document(document).command
    database.close()
    assert acts == [("leader", "khanh.nd", "Nguyễn Duy Khánh"), ("agency", "lan.pt", "Phạm Thị Lan")]
    assert ordered is not None
    assert (ordered.by.id, ordered.by.via.partition(":")[0]) == ("lan.pt", "cli")
    voided = json.loads(
        shell.antin("document", "void", document, "--reason", "nhầm", "--as", "lan.pt", "--json").stdout
    )
    assert voided["reason"] == "nhầm (Phạm Thị Lan)"
    other = add(shell)
    told = shell.antin("document", "reject", other, "--reason", "sai", "--as", "an.nv", "--json").stdout
    assert json.loads(told)["reason"] == "sai (Nguyễn Văn An)"


@pytest.mark.parametrize("folder", ["missing/x", "taken/x"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["document", "get", "ID", "-o", "FILE.pdf"],
        ["register", "export", "BTC", str(YEAR), "-o", "FILE.csv"],
        ["verify", str(SAMPLES / "cong-van.pdf"), "--report", "FILE.json"],
    ],
)
def test_a_file_that_cannot_be_written_is_one_clear_line(
    shell: Shell, tmp_path: Path, arguments: list[str], folder: str
):
    (tmp_path / "taken").touch()
    document = add(shell) if "ID" in arguments else ""
    target = str(tmp_path / folder)
    words = [document if each == "ID" else each.replace("FILE", target) for each in arguments]
    done = shell.antin(*words, check=2)
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 2, done.stderr  # Vietnamese, English
    assert lines[0].startswith(f"Không đọc hoặc ghi được “{target}.")
    told = json.loads(shell.antin(*words, "--json", check=2).stdout)
    assert told["error"]["code"] == "file-error"
    assert told["error"]["where"].startswith(target)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["document", "add"],
        ["document", "sign", "x"],
        ["document", "issue", "x", "--date", "heute"],
        ["document", "issue", "x", "--date", "2026-11-21T08:00:00"],
        ["document", "recall", "x"],
        ["document", "get", "x", "--file", "0", "-o", "y"],
        ["document", "check"],
        ["document", "copy", str(SAMPLES / "cong-van.pdf"), "--agency", "BTC", "--form", "SY", "--subject", "x"],
        ["register", "add", "BTC"],
        ["register", "complete", "x"],
        ["register", "complete", "x", "--symbol", "1"],
        ["register", "export", "BTC", "2026", "-o", "x.pdf", "--paper", "a0"],
        ["document", "sign", "x", "--key", "y", "--level", "B-X"],
        ["verify"],
        ["register", "show", "BTC", "soon"],
        ["register", "show", "BTC", "26"],
        ["register", "show", "BTC", "02026"],
        ["register", "deadlines", "BTC", "9999"],
        ["register", "export", "BTC", "26", "-o", "x.pdf"],
        ["document", "add", "/nonexistent.pdf", "--agency", "BTC", "--subject", "x", "--signer", "A;B"],
        ["document", "sign", "x", "--key", "an.nv", "--pin", "1234"],
    ],
)
def test_wrong_usage_is_status_2(shell: Shell, arguments: list[str]):
    shell.antin(*arguments, check=2)


def test_without_settings_only_verify_works():
    ran = antin("document", "list")
    assert ran.returncode == 2
    assert "ANTIN_CONFIG" in ran.stderr
    ran = antin("verify", "--json", SAMPLES / "cong-van.pdf")
    assert (ran.returncode, json.loads(ran.stdout)["verdict"]) == (2, "NO_SIGNATURE")


def test_verify_of_several_is_an_array_in_order_and_the_worst_counts(shell: Shell, tmp_path: Path):
    document = add(shell, "quyet-dinh-xa")
    shell.antin("document", "sign", document, "--key", "cuong.lh", pins=shell.provisioned.pin("cuong.lh").reveal())
    shell.antin("document", "issue", document, "--as", "son.tv")
    good, bad, none = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "none.pdf"
    shell.antin("document", "get", document, "-o", good)
    data = bytearray(good.read_bytes())
    data[data.index(b"/ByteRange") - 200] ^= 1
    bad.write_bytes(data)
    none.write_bytes((SAMPLES / "cong-van.pdf").read_bytes())
    done = antin(
        "verify", "--json", "--jobs", 2, good, bad, none, tmp_path / "away.pdf", ANTIN_CONFIG=str(shell.config)
    )
    assert done.returncode == 1
    reports = json.loads(done.stdout)
    assert [report.get("verdict") for report in reports] == ["TOTAL-PASSED", "TOTAL-FAILED", "NO_SIGNATURE", None]
    assert reports[3]["error"]["code"] == "file-unreadable"
    shell.antin("verify", good)
    shell.antin("verify", good, none, check=2)
    shell.antin("verify", tmp_path / "away.pdf", check=2)
    out = tmp_path / "report.json"
    shell.antin("verify", good, "--report", out)
    assert json.loads(out.read_text("utf-8"))["verdict"] == "TOTAL-PASSED"
    shell.antin("verify", good, "--report", tmp_path / "report.html", check=2)
    other = tmp_path / "other"
    other.mkdir()
    (other / "root.pem").write_bytes((shell.provisioned.folder / "certs" / "tsa.pem").read_bytes())
    shell.antin("verify", "--trust", other, good, check=2)


def test_tokens_and_keys(shell: Shell):
    assert "server-btc" in shell.antin("token", "list").stdout
    tested = json.loads(shell.antin("token", "test", "server-btc", "--json").stdout)
    assert [(each["name"], each["health"]) for each in tested] == [("server-btc", "good")]
    with shell.provisioned.token_away("server-btc"):
        assert "VẮNG MẶT" in shell.antin("token", "test", "server-btc", check=3).stdout
    shell.antin("token", "test", "nothing", check=2)
    listed = json.loads(shell.antin("key", "list", "--json").stdout)
    assert {"name": "an.nv", "holder": "person", "owner": "an.nv"}.items() <= next(
        each for each in listed if each["name"] == "an.nv"
    ).items()


def test_a_token_away_is_status_3(shell: Shell):
    document = add(shell, "to-trinh")
    pin = shell.provisioned.pin("dung.ht").reveal()
    with shell.provisioned.token_away("person-dung.ht"):
        shell.antin("document", "sign", document, "--key", "dung.ht", pins=pin, check=3)
    shell.antin("document", "sign", document, "--key", "dung.ht", pins=pin)


def test_settings_are_checked_with_all_faults_at_once(provisioned_copy: Callable[[], Provisioned]):
    copy = provisioned_copy()
    shell = Shell(copy, copy.service, copy.folder / "antin.db")
    assert "Cấu hình hợp lệ" in shell.antin("config", "check").stdout
    with shell.provisioned.service.open("a") as file:
        file.write('colour = "blue"\n')
    with shell.provisioned.keys.open("a") as file:
        file.write('[[person]]\nid = "x"\nname = "X"\nage = 7\n')
    done = shell.antin("config", "check", check=2)
    assert "colour" in done.stderr
    assert "age" in done.stderr
    shell.antin("serve", check=2)


def test_api_keys_are_shown_once(shell: Shell):
    made = json.loads(shell.antin("--json", "api-key", "add", "Hệ thống", "--role", "clerk", "--agency", "BTC").stdout)
    assert made["agencies"] == ["BTC"]
    listed = shell.antin("api-key", "list", "--json").stdout
    assert made["id"] in listed
    assert made["key"] not in listed
    stored = next(line for line in shell.config.read_text("utf-8").splitlines() if line.startswith("store"))
    # By another process: opening and closing the file here would drop SQLite's locks on it.
    path = stored.partition("///")[2].strip('"')
    assert made["key"].encode() not in subprocess.run(["cat", path], capture_output=True, check=True).stdout
    shell.antin("api-key", "revoke", made["id"])
    shell.antin("api-key", "revoke", "000000000000", check=1)
    shell.antin("api-key", "add", "x", "--role", "king", check=2)
    for name in ("", "  ", "a\nb", "a\u202eb", "x" * 101):
        shell.antin("api-key", "add", name, "--role", "clerk", check=2)
    shell.antin("api-key", "add", "x", "--role", "clerk", "--agency", "NONE", check=2)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["serve"],
        ["document"],
        ["document", "add"],
        ["document", "sign"],
        ["document", "check"],
        ["document", "copy"],
        ["document", "issue"],
        ["document", "recall"],
        ["document", "get"],
        ["verify"],
        ["register"],
        ["register", "add"],
        ["register", "row"],
        ["register", "complete"],
        ["register", "deadlines"],
        ["token"],
        ["key"],
        ["config"],
        ["api-key"],
    ],
)
def test_everything_has_help(shell: Shell, arguments: list[str]):
    assert "Usage: antin" in shell.antin(*arguments, "--help").stdout


@pytest.mark.parametrize("words", [("verify", "--json"), ("foo", "--json"), ("--json", "document", "sign")])
def test_with_json_a_call_that_cannot_be_understood_is_json_too(service, words):
    done = service.antin(*words, check=2)
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "usage"
    assert error["message"]["vi"].startswith("Lệnh chưa đúng")


@pytest.mark.parametrize(
    ("arguments", "vi", "en"),
    [
        (["document", "add", "/none.pdf"], "FILE: “/none.pdf” không tồn tại.", "File '/none.pdf' does not exist."),
        (["document", "add", "/"], "FILE: “/” là thư mục, không phải tệp.", "File '/' is a directory."),
        (["document", "sign", "x"], "thiếu tùy chọn --key.", "Missing option '--key'."),
        (["document", "show"], "thiếu tham số ID.", "Missing argument 'ID'."),
        (["document", "list", "--state", "new"], "--state: không có lựa chọn này. Chọn một trong: prepared, ", "'new'"),
        (["document", "sign", "x", "--kye", "y"], "không có tùy chọn “--kye”. Có phải là: --key?", "No such option"),
        (["document", "sign", "x", "--key"], "tùy chọn “--key” cần có giá trị.", "requires an argument"),
        (["document", "shwo", "x"], "không có lệnh “shwo”. Có phải là: show?", "No such command"),
        (["document", "show", "x", "y"], "thừa tham số: y.", "unexpected extra argument"),
        (
            ["document", "get", "x", "-o", "y", "--file", "0"],
            "--file: 0 không dùng được, phải là số từ 1.",
            "0 is not in",
        ),
        (["verify", "x", "--jobs", "two"], "--jobs: “two” không phải là số nguyên.", "'two' is not a valid"),
    ],
)
def test_what_is_wrong_with_a_call_is_told_in_vietnamese_first(shell: Shell, arguments: list[str], vi: str, en: str):
    lines = shell.antin(*arguments, check=2).stderr.splitlines()
    assert lines[0].startswith(("Cách dùng: antin ", "Lệnh chưa đúng: "))
    assert lines[-2].startswith(f"Lệnh chưa đúng: {vi}")
    assert en in lines[-1]


def test_what_we_say_of_a_call_ourselves_is_said_once(shell: Shell):
    for arguments in (["register", "complete", "x"], ["register", "show", "BTC", "26"]):
        lines = shell.antin(*arguments, check=2).stderr.splitlines()
        assert lines[-1].startswith("Lệnh chưa đúng: ")
        assert sum("Lệnh chưa đúng" in line or "Invalid" in line for line in lines) == 1
    assert "Commands:" in shell.antin("document", check=2).stderr
