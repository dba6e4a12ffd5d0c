"""``make demo``: the sample drafts through prepare, sign, number and seal, over HTTP, on tokens made for it.

Everything is done from outside, as a document system, a leader and a clerk would: with API keys, over the published
interface. Files are named in the README. These keys grant no power.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from softhsm import service
from softhsm.provision import Provisioned, provision

FOLDER = Path("var/demo")
ROLES = ("document-system", "leader", "clerk", "auditor", "operator")
CLERKS = {
    "BTC": {"id": "lan.pt", "name": "Phạm Thị Lan"},
    "VPCP": {"id": "mai.nt", "name": "Nguyễn Thị Mai"},
    "UBND-DP": {"id": "son.tv", "name": "Trần Văn Sơn"},
    "VTLTNN": {"id": "thu.lm", "name": "Lê Minh Thu"},
}
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
TIMEOUT = 60


class Refused(RuntimeError):
    """The service said no; the text is its own."""


@dataclass(frozen=True)
class Desk:
    """The service as its users reach it: address and an API key for each role, PINs by key name."""

    address: str
    keys: dict[str, str]
    pins: dict[str, str]

    def ask(self, role: str, method: str, path: str, content_type: str = "", **arguments: Any) -> requests.Response:
        """One request; Refused with the service's words unless it is granted."""
        headers = {"Authorization": f"Bearer {self.keys[spelt(role)]}"}
        if content_type:
            headers["Content-Type"] = content_type
        response = requests.request(method, self.address + path, headers=headers, timeout=TIMEOUT, **arguments)
        if not response.ok:
            problem = response.json()
            raise Refused(f"{response.status_code} {problem.get('code')}: {problem.get('detail')}")
        return response


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; exit status 0 when every draft was issued and verified."""
    parser = argparse.ArgumentParser(prog="make demo", description="These keys grant no power.")
    parser.add_argument("--stop", action="store_true", help="end the service that runs")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    folder = given.folder.resolve()
    if given.stop:
        say("Đã dừng dịch vụ." if service.stop(folder) else "Không có dịch vụ nào đang chạy.")
        return 0
    say("Tạo token và khóa thử nghiệm trên SoftHSM (các khóa này không có giá trị pháp lý) …")
    done = provision(folder)
    done.activate()
    say("Khởi động dịch vụ …")
    once = os.environ.get("ONCE", "") not in ("", "0")
    try:
        address = service.start(done)
        keys = known_keys(done, address) or {spelt(role): make_key(done, role) for role in ROLES}
        desk = Desk(address, keys, done.person_pins())
        write_credentials(done, desk)
        failures = issue_all(desk, folder / "issued")
        write_registers(desk, folder / "registers")
    finally:
        if once:
            service.stop(folder)
    report(done, desk, stopped=once)
    return 1 if failures else 0


def spelt(role: str) -> str:
    """A role as credentials.json spells it."""
    return role.replace("-", "_")


def known_keys(done: Provisioned, address: str) -> dict[str, str]:
    """The API keys of an earlier run, if this service still knows them; made anew, they would pile up."""
    try:
        credentials = json.loads((done.folder / "credentials.json").read_text("utf-8"))
        keys = {spelt(role): str(credentials[spelt(role)]) for role in ROLES}
    except (OSError, ValueError, KeyError):
        return {}
    desk = Desk(address, keys, {})
    try:
        desk.ask("auditor", "GET", "/v1/documents")
    except Refused:
        return {}
    return keys


def make_key(done: Provisioned, role: str) -> str:
    """An API key for a role, for all agencies; the demonstration's leader may act for every leader."""
    made = subprocess.run(  # noqa: S603 -- our own program
        [
            *service.command(),
            "--config",
            str(done.service),
            "--json",
            "api-key",
            "add",
            f"demo-{role}",
            "--role",
            role,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    if made.returncode:
        raise RuntimeError(f"api-key add: {made.stderr}")
    key: str = json.loads(made.stdout)["key"]
    return key


def write_credentials(done: Provisioned, desk: Desk) -> None:
    """var/demo/credentials.json, for its owner alone."""
    path = done.folder / "credentials.json"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"base_url": desk.address, **desk.keys, "pins": desk.pins}, file, ensure_ascii=False, indent=1)


def issue_all(desk: Desk, folder: Path) -> int:
    """Every sample that can be issued today; the number of those that failed."""
    samples = resources.files("softhsm").joinpath("samples")
    declared = json.loads(samples.joinpath("expected.json").read_text("utf-8"))
    folder.mkdir(exist_ok=True)
    failures = 0
    for step, sample in enumerate(declared, 1):
        name = sample["name"]
        head = f"[{step}/{len(declared)}] {name:<24}"
        month = sample["month_printed"]
        if month and int(month) != datetime.now(VIETNAM).month:
            say(f"{head} bỏ qua: dự thảo in sẵn tháng {month}, chỉ ban hành được trong tháng đó")
            continue
        try:
            issued = issue(desk, sample, folder / f"{name}.pdf")
        except Refused as refusal:
            failures += 1
            say(f"{head} BỊ TỪ CHỐI: {refusal}")
            continue
        failures += issued.verdict != "TOTAL-PASSED"
        along = f", cùng {issued.attachments} phụ lục" if issued.attachments else ""
        say(f"{head} đã ký, cấp số {issued.symbol}, đóng dấu{along}; kiểm tra: {issued.verdict}")
        for warning in issued.warnings:
            say(f"{'':<8}lưu ý: {warning}")
    return failures


@dataclass(frozen=True)
class Issued:
    """What became of a draft: its symbol, how many attachments, the auditor's verdict, what the service warned of."""

    symbol: str
    attachments: int
    verdict: str
    warnings: list[str]


def issue(desk: Desk, sample: dict[str, Any], target: Path) -> Issued:
    """One draft on its way: prepared by the document system, signed by its leaders, issued by the clerk."""
    samples = resources.files("softhsm").joinpath("samples")
    metadata = {key: sample[key] for key in ("agency", "type", "normative", "unit", "subject", "place")}
    metadata["signers"] = [{"name": s["name"], "capacity": s["capacity"]} for s in sample["signers"]]
    metadata |= {"recipients": ["Như trên"], "kept_by": "VT"}
    said = json.dumps({key: value for key, value in metadata.items() if value is not None})
    parts: list[tuple[str, tuple[str | None, str | bytes, str]]] = [
        ("file", (target.name, samples.joinpath(target.name).read_bytes(), "application/pdf")),
        ("metadata", (None, said, "application/json")),
    ]
    parts += [
        ("attachment", (name, samples.joinpath(name).read_bytes(), "application/pdf")) for name in sample["attachments"]
    ]
    prepared = desk.ask("document-system", "POST", "/v1/documents", files=parts).json()
    document = prepared["id"]
    for signer in sample["signers"]:
        body = {
            "role": "leader",
            "key": signer["key"],
            "pin": desk.pins[signer["key"]],
            "actor": {"id": signer["key"], "name": signer["name"]},
        }
        desk.ask("leader", "POST", f"/v1/documents/{document}/signatures", json=body)
    issued = desk.ask(
        "clerk", "POST", f"/v1/documents/{document}/issue", json={"actor": CLERKS[sample["agency"]]}
    ).json()
    report = fetch_and_verify(desk, issued["files"], target)
    # A second run sends the same drafts again; that warning says nothing about them.
    warnings = [
        found["message"]["vi"]
        for found in prepared["findings"]
        if found["severity"] == "warning" and found["code"] != "draft-seen-before"
    ]
    return Issued(issued["symbol"], len(sample["attachments"]), report.get("package", report)["verdict"], warnings)


def fetch_and_verify(desk: Desk, files: list[dict[str, Any]], target: Path) -> dict[str, Any]:
    """Write the document to ``target`` and its attachments beside it; the auditor's report on all of them."""
    folder = target.parent / "attachments"
    folder.mkdir(exist_ok=True)
    parts = []
    for file in files:
        content = desk.ask("clerk", "GET", file["url"]).content
        main = file["kind"] == "main"
        (target if main else folder / file["name"]).write_bytes(content)
        parts.append(("file" if main else "attachment", (file["name"], content, "application/pdf")))
    report: dict[str, Any] = desk.ask("auditor", "POST", "/v1/verify", files=parts).json()
    return report


def write_registers(desk: Desk, folder: Path) -> None:
    """The register of each agency, as the clerk would export it."""
    folder.mkdir(exist_ok=True)
    year = datetime.now(VIETNAM).year
    for agency in CLERKS:
        for form in ("csv", "xlsx", "pdf"):
            book = desk.ask("clerk", "GET", f"/v1/registers/{agency}/{year}?format={form}")
            (folder / f"{agency}-{year}.{form}").write_bytes(book.content)


def report(done: Provisioned, desk: Desk, *, stopped: bool) -> None:
    """Where everything is, and how to go on."""
    folder = done.folder
    say("")
    say(f"Văn bản đã ban hành : {shown(folder / 'issued')}/*.pdf, phụ lục ở {shown(folder / 'issued/attachments')}")
    say(f"Sổ đăng ký văn bản đi: {shown(folder / 'registers')}/*.pdf (để in, đóng quyển), *.xlsx, *.csv")
    say(f"Khóa API và mã PIN  : {shown(folder / 'credentials.json')}")
    if stopped:
        say("Dịch vụ đã dừng (ONCE=1).")
    else:
        say(f"Dịch vụ đang chạy   : {desk.address}   (mô tả: {desk.address}/openapi.json; dừng: make demo-stop)")
    say("Dùng lệnh antin với dữ liệu này:")
    say(f"    export ANTIN_CONFIG={shown(done.service)} SOFTHSM2_CONF={shown(done.softhsm_conf)}")
    say("    .venv/bin/antin token test")


def shown(path: Path) -> str:
    """A path as the user, who stands in the checkout, would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(line: str) -> None:
    """Tell the user at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, OSError) as fault:
        sys.stderr.write(f"make demo: {fault}\n")
        sys.exit(1)
