"""The command line through a service: the same JSON and the same exit status as beside the store."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from signer.cli import main
from signer.client import Client
from softhsm.provision import Provisioned
from tests.support.proxy import Told, http

from .conftest import DECLARED, SAMPLES, Done, Service, Shell, metadata
from .test_api_copies import scanned
from .test_cli import described

TODAY = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
YEAR = TODAY.year
ROLES = {"add": "document-system", "check": "document-system", "sign": "document-system", "token": "operator"}
DRAFT = [SAMPLES / "quyet-dinh.pdf", "--agency", "BTC", *described("quyet-dinh")]
ANNEXED = [
    part for name in DECLARED["cong-van-kem-phu-luc"]["attachments"] for part in ("--attachment", SAMPLES / name)
]

Antin = Callable[..., Done]


def run(environment: dict[str, str | None], arguments: Sequence[object], pins: str = "") -> Done:
    more: list[str] = []
    if pins:
        reading, writing = os.pipe()
        os.write(writing, pins.encode())
        os.close(writing)
        more = ["--pin-fd", str(reading)]
    ran = CliRunner().invoke(main, [*map(str, arguments), *more], env=environment, prog_name="antin")
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return Done(ran.exit_code, ran.stdout, ran.stderr)


def remote(service: Service, **more: str) -> Antin:
    """The commands through the service, each with the key of the role that may."""

    def antin(*arguments: object, pins: str = "") -> Done:
        role = next((ROLES[str(each)] for each in arguments[:2] if str(each) in ROLES), "clerk")
        if arguments[0] == "register" or arguments[0] == "verify":
            role = "clerk"
        environment = {"ANTIN_URL": service.url, "ANTIN_API_KEY": service.key(role), "ANTIN_CONFIG": None} | more
        return run(environment, arguments, pins)

    return antin


def local(shell: Shell) -> Antin:
    return lambda *arguments, pins="": run({"ANTIN_CONFIG": str(shell.config)}, arguments, pins)


def alike(text: str) -> Any:
    """What a command printed, without what differs from one run to the next: ids, digests, moments, sizes."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "SHA", re.sub(r"\b[0-9a-f]{32}\b", "ID", text))
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d", "MOMENT", text)
    text = re.sub(r"\d\d:\d\d:\d\d ngày", "TIME ngày", text)
    told = json.loads(re.sub(r"\b\d{5,7}\b", "0", text))  # sizes
    if isinstance(told, dict):
        # Each store has seen its own drafts.
        told["findings"] = [each for each in told.get("findings", []) if each["code"] != "draft-seen-before"]
    return told


def whole_journey(antin: Antin, provisioned: Provisioned, folder: Path) -> list[tuple[str, int, Any]]:
    """Everything that a registry does in a day, with JSON; the name of each step, its status, what it said."""
    done: list[tuple[str, int, Any]] = []

    def step(*arguments: object, pins: str = "") -> Any:
        ran = antin(*arguments, "--json", pins=pins)
        name = " ".join(map(str, arguments[:2]))
        assert ran.stdout, (name, ran.stderr)
        done.append((name, ran.returncode, alike(ran.stdout)))
        return json.loads(ran.stdout)

    pin = provisioned.pin("an.nv").reveal()
    scan = folder / "scan.pdf"
    scan.write_bytes(scanned())
    step("document", "check", *DRAFT, *ANNEXED)
    step("document", "check", *DRAFT, "--type", "TB")
    made = step("document", "add", *DRAFT, *ANNEXED, "--external-id", "7", "--as", "an.nv")["id"]
    step("document", "issue", made, "--as", "lan.pt")
    step("document", "sign", made, "--key", "an.nv", "--level", "B-LT", "--as", "an.nv", pins=pin)
    step("document", "sign", made, "--key", "an.nv", "--as", "Nguyễn Văn An", pins="0000")
    step("document", "sign", made, "--key", "an.nv", "--as", "Nguyễn Văn An", pins=pin)
    step("document", "issue", made, "--as", "an.nv")
    step("document", "issue", made, "--as", "Phạm Thị Lan")
    step("document", "show", made)
    step("document", "get", made, "-o", folder / "1.pdf")
    step("document", "get", made, "--file", 2, "-o", folder / "2.pdf")
    step("document", "get", made, "--file", 9, "-o", folder / "9.pdf")
    step("document", "get", made, "-o", folder / "none" / "1.pdf")
    step("document", "show", "0" * 32)
    rejected = step("document", "add", *DRAFT, "--relation", f"answers:{made}", "--as", "somebody")["id"]
    step("document", "reject", rejected, "--reason", "sai thể thức", "--as", "an.nv")
    step("document", "reject", rejected, "--reason", "sai thể thức", "--as", "an.nv")
    paper = step("register", "add", "BTC", *described("quyet-dinh"), "--as", "lan.pt", "--date", TODAY)["id"]
    step("register", "add", "BTC", *described("quyet-dinh"), "--number", "66.15", "--as", "lan.pt")
    step("register", "add", "NOPE", *described("quyet-dinh"), "--as", "lan.pt")
    step("register", "complete", paper, "--received-by", "Bưu điện", "--copies", 3, "--reason", "gửi", "--as", "lan.pt")
    step("register", "complete", paper, "--copies", "ba", "--as", "lan.pt")
    step("register", "row", paper)
    copying = ["document", "copy", scan, "--agency", "BTC", "--form", "SY", "--subject", "Quyết định", "--as", "lan.pt"]
    step(*copying, "--of", paper)
    step("document", "recall", paper, "--reason", "sai căn cứ", "--as", "lan.pt")
    step("document", "void", paper, "--reason", "nhầm", "--as", "lan.pt")
    voided = step("register", "add", "BTC", *described("quyet-dinh"), "--as", "lan.pt")["id"]
    step("document", "void", voided, "--reason", "nhầm", "--as", "lan.pt")
    step("document", "list")
    step("document", "list", "--state", "issued")
    step("register", "show", "BTC", YEAR)
    step("register", "show", "NOPE", YEAR)
    for form in ("csv", "xlsx", "pdf"):
        step("register", "export", "BTC", YEAR, "-o", folder / f"r.{form}")
        step("register", "deadlines", "BTC", YEAR, "-o", folder / f"d.{form}")
    step("register", "export", "BTC", YEAR, "-o", folder / "r.docx")
    step("register", "deadlines", "BTC", YEAR)
    step("verify", folder / "1.pdf")
    step("verify", folder / "1.pdf", SAMPLES / "cong-van.pdf", folder / "none.pdf")
    step("verify", "--package", folder / "1.pdf", folder / "2.pdf")
    step("token", "list")
    return done


def test_what_is_done_through_the_service_is_done_and_told_as_beside_it(service: Service, shell: Shell, tmp_path: Path):
    here = whole_journey(local(shell), shell.provisioned, tmp_path)
    kept = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.suffix in (".csv", ".pdf")}
    there = whole_journey(remote(service), service.provisioned, tmp_path)
    for one, other in zip(here, there, strict=True):
        assert one == other
    assert {status for _, status, _ in here} == {0, 1, 2}
    assert kept["r.csv"] == (tmp_path / "r.csv").read_bytes()
    for name in ("1.pdf", "2.pdf"):
        assert service.antin("verify", tmp_path / name, "--json").returncode == 0


def test_for_people_it_says_the_same(service: Service, shell: Shell):
    told = []
    for antin in (local(shell), remote(service)):
        paper = antin("register", "add", "BTC", *described("quyet-dinh"), "--as", "lan.pt").stdout.strip()
        antin("register", "complete", paper, "--sent-on", TODAY, "--as", "lan.pt")
        said = [antin("document", "show", paper), antin("register", "row", paper), antin("document", "recall", paper)]
        said.append(antin("register", "show", "BTC", YEAR))
        words = "\n".join(each.stdout + each.stderr for each in said)
        words = re.sub(r"\d\d:\d\d:\d\d|[0-9a-f]{32}|\b\d+/QĐ-BTC", "…", words)
        told.append(words.splitlines()[:12])
    assert told[0] == told[1]
    assert any("Người ra lệnh cấp số: Phạm Thị Lan (lan.pt)" in line for line in told[0])


def test_a_token_or_service_that_is_away_is_status_3(service: Service, shell: Shell):
    there, here = remote(service, ANTIN_PATIENCE="5"), local(shell)
    told = []
    for antin, provisioned in ((here, shell.provisioned), (there, service.provisioned)):
        made = json.loads(antin("document", "add", *DRAFT, "--json").stdout)["id"]
        antin("document", "sign", made, "--key", "an.nv", pins=provisioned.pin("an.nv").reveal())
        with provisioned.token_away("server-btc"):
            away = antin("document", "issue", made, "--as", "lan.pt", "--json")
        told.append((away.returncode, json.loads(away.stdout)))
    assert told[0] == told[1]
    assert (told[0][0], told[0][1]["error"]["code"]) == (3, "token-unavailable")
    nobody = run(
        {"ANTIN_URL": "http://127.0.0.1:1", "ANTIN_API_KEY": "x", "ANTIN_PATIENCE": "0.2"}, ["document", "list"]
    )
    assert nobody.returncode == 3
    assert "Không nhận được trả lời trọn vẹn của dịch vụ" in nobody.stderr


def test_a_person_is_told_why_a_command_waits():
    server = Told(http(503, b"", ["Retry-After: 0"]), http(200, b'{"documents": [], "next": null}'))
    done = run({"ANTIN_URL": server.url, "ANTIN_API_KEY": "x", "ANTIN_CONFIG": None}, ["document", "list", "--json"])
    server.close()
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert done.stderr.startswith("Dịch vụ chưa trả lời trọn vẹn, sẽ gửi lại: GET /v1/documents: http-503")


def test_who_names_nobody_is_the_api_key(service: Service):
    made = json.loads(remote(service)("document", "add", *DRAFT, "--json").stdout)["id"]
    shown = json.loads(remote(service)("document", "show", made, "--json").stdout)
    assert shown["created_by"]["name"] == "document-system"


def test_nobody_is_put_on_record_under_anothers_name(service: Service):
    said = {"id": "lan.pt", "name": "Nguyễn Văn An"}
    refused = service.send(said=metadata("quyet-dinh", actor=said))
    assert (refused.status_code, refused.json()["code"]) == (403, "actor-name-differs")
    made = service.send(said=metadata("quyet-dinh", actor={"id": "lan.pt"}))
    shown = service.ask("auditor", "GET", f"/v1/documents/{made.json()['id']}").json()
    assert shown["created_by"] == {"id": "lan.pt", "name": "Phạm Thị Lan"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["config", "check"],
        ["api-key", "list"],
        ["token", "test"],
        ["key", "list"],
        ["check"],
        ["backup", "x"],
    ],
)
def test_what_only_the_services_own_machine_can_do_says_so(arguments: list[str]):
    done = run({"ANTIN_URL": "http://127.0.0.1:1", "ANTIN_API_KEY": "x", "ANTIN_CONFIG": None}, arguments)
    assert done.returncode == 2
    assert "chỉ chạy trên máy chủ của dịch vụ" in done.stderr


def test_here_or_there_is_never_guessed(shell: Shell):
    both = {"ANTIN_URL": "http://127.0.0.1:1", "ANTIN_CONFIG": str(shell.config), "ANTIN_PATIENCE": "0.2"}
    guess = run(both, ["document", "list"])
    assert guess.returncode == 2
    assert "chỉ chọn một" in guess.stderr
    assert run(both, ["--config", shell.config, "document", "list"]).returncode == 0
    assert run(both, ["document", "list", "--config", shell.config]).returncode == 0
    assert run(both | {"ANTIN_API_KEY": "x"}, ["--url", "http://127.0.0.1:1", "document", "list"]).returncode == 3
    said = run(both, ["--url", "http://127.0.0.1:1", "--config", shell.config, "document", "list"])
    assert said.returncode == 2
    assert run(both, ["api-key", "list"]).returncode == 0  # settings are there, and it needs nothing else


def test_the_key_comes_from_a_file_or_a_descriptor_and_never_from_an_argument(service: Service, tmp_path: Path):
    key = tmp_path / "key"
    key.write_text(service.key("auditor") + "\n")
    there: dict[str, str | None] = {"ANTIN_URL": service.url, "ANTIN_CONFIG": None, "ANTIN_API_KEY": None}
    key.chmod(0o600)
    assert run(there, ["--api-key-file", key, "document", "list"]).returncode == 0
    reading = os.open(key, os.O_RDONLY)
    assert run(there, ["--api-key-fd", reading, "document", "list"]).returncode == 0
    key.chmod(0o644)
    for arguments, words in (
        (["--api-key-file", key], "chmod 600"),
        (["--api-key-file", tmp_path / "none"], "Không đọc được khóa truy cập"),
        ([], "Cần khóa truy cập"),
    ):
        done = run(there, [*arguments, "document", "list"])
        assert done.returncode == 2
        assert words in done.stderr
    odd = run(there | {"ANTIN_API_KEY": "with space"}, ["document", "list"])
    assert odd.returncode == 2
    assert "with space" not in odd.stderr
    assert "--api-key " not in CliRunner().invoke(main, ["--help"]).output


def test_an_address_that_shows_the_key_to_the_network_is_refused():
    done = run({"ANTIN_URL": "http://antin.example.gov.vn", "ANTIN_API_KEY": "secret-key"}, ["document", "list"])
    assert done.returncode == 2
    assert "secret-key" not in done.stderr + done.stdout


def test_a_file_that_is_another_is_told_and_not_kept(tmp_path: Path):
    server = Told(http(200, b"%PDF-1.7", [f'ETag: "{"0" * 64}"']))
    done = run(
        {"ANTIN_URL": server.url, "ANTIN_API_KEY": "x"},
        ["document", "get", "a" * 32, "-o", tmp_path / "a.pdf", "--json"],
    )
    server.close()
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (3, "file-damaged")
    assert not (tmp_path / "a.pdf").exists()


def test_one_draft_by_the_client_by_curl_and_by_the_command_line(service: Service, tmp_path: Path):
    """Three ways in, and what comes out of each is an issued document that verifies."""
    said, pin = metadata("quyet-dinh"), service.provisioned.pin("an.nv").reveal()
    ways = {"client": _by_client, "curl": _by_curl, "antin": _by_antin}
    symbols = {way: by(service, said, pin, tmp_path) for way, by in ways.items()}
    shown = {}
    for way, (document, symbol, target) in symbols.items():
        told = service.ask("auditor", "GET", f"/v1/documents/{document}").json()
        assert (told["state"], told["symbol"]) == ("issued", symbol)
        report = json.loads(service.antin("verify", target, "--json").stdout)
        assert report["verdict"] == "TOTAL-PASSED"
        assert f"{report['chain']['number']}/QĐ-BTC" == symbol
        shown[way] = {
            name: told[name] for name in ("agency", "type", "subject", "notation", "signers", "places", "draft_sha256")
        } | {"made": [(made["field"], made["signer"], made["actor"]) for made in told["signatures"]]}
    assert shown["client"] == shown["curl"] == shown["antin"]
    assert len({symbol for _, symbol, _ in symbols.values()}) == 3


def _by_client(service: Service, said: dict[str, Any], pin: str, folder: Path) -> tuple[str, str, Path]:
    with (
        Client(service.url, api_key=service.key("document-system")) as system,
        Client(service.url, api_key=service.key("clerk")) as clerk,
    ):
        document = system.prepare(SAMPLES / "quyet-dinh.pdf", said)["id"]
        system.sign(document, "an.nv", pin=pin, actor={"id": "an.nv"})
        symbol = clerk.issue(document, actor={"id": "lan.pt"})["symbol"]
        return document, symbol, clerk.content(document, folder / "client.pdf").path


def _by_curl(service: Service, said: dict[str, Any], pin: str, folder: Path) -> tuple[str, str, Path]:
    def curl(role: str, path: str, *more: object, body: object = None) -> bytes:
        headers = folder / "headers"
        headers.write_text(f"Authorization: Bearer {service.key(role)}\n")
        sent: list[object] = []
        if body is not None:
            headers.write_text(headers.read_text() + "Content-Type: application/json\n")
            sent = ["--data-binary", "@-"]
        command = ["curl", "-sS", "--fail-with-body", "-H", f"@{headers}", *sent, *more, service.url + path]
        ran = subprocess.run(
            list(map(str, command)), input=json.dumps(body).encode(), capture_output=True, check=False, timeout=120
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    (folder / "metadata.json").write_text(json.dumps(said), "utf-8")
    form = ["-F", f"file=@{SAMPLES / 'quyet-dinh.pdf'}", "-F", f"metadata=<{folder / 'metadata.json'}"]
    document = json.loads(curl("document-system", "/v1/documents", *form))["id"]
    order = {"role": "leader", "key": "an.nv", "pin": pin, "actor": {"id": "an.nv", "name": "Nguyễn Văn An"}}
    curl("document-system", f"/v1/documents/{document}/signatures", body=order)
    issued = json.loads(curl("clerk", f"/v1/documents/{document}/issue", body={"actor": {"id": "lan.pt"}}))
    curl("clerk", f"/v1/documents/{document}/content", "-o", folder / "curl.pdf")
    return document, issued["symbol"], folder / "curl.pdf"


def _by_antin(service: Service, said: dict[str, Any], pin: str, folder: Path) -> tuple[str, str, Path]:
    antin = remote(service)
    assert said["subject"] == DECLARED["quyet-dinh"]["subject"]
    document = antin("document", "add", *DRAFT).stdout.strip()
    antin("document", "sign", document, "--key", "an.nv", "--as", "an.nv", pins=pin)
    issued = json.loads(antin("document", "issue", document, "--as", "lan.pt", "--json").stdout)
    assert antin("document", "get", document, "-o", folder / "antin.pdf").returncode == 0
    return document, issued["symbol"], folder / "antin.pdf"
