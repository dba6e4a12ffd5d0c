"""``antin document``: from the draft to the issued document."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from signer.cli.common import (
    ROLES,
    commanded,
    desk,
    read_pin,
    say,
    say_findings,
    shared,
    vietnam_day,
    vietnam_time,
    with_pin,
)
from signer.cli.copies import copy
from signer.cli.described import OUTPUT, wished, wished_of
from signer.cli.desk import End, Json
from signer.cli.drafts import add, check
from signer.model import DocumentState, Medium, RelationKind
from signer.usecases.look import MAIN_FILE

STATES: dict[str, str] = {
    DocumentState.PREPARED: "đã chuẩn bị, chờ ký",
    DocumentState.SIGNED: "đã ký, chờ cấp số",
    DocumentState.ISSUING: "đã cấp số, đang ký số của cơ quan",
    DocumentState.ISSUED: "đã ban hành",
    DocumentState.REJECTED: "bị từ chối",
    DocumentState.VOID: "đã hủy số",
    DocumentState.NEEDS_ATTENTION: "cần người xem xét",
    DocumentState.RECALLED: "đã thu hồi",
}
MEDIA: dict[str, str] = {Medium.ELECTRONIC: "văn bản điện tử", Medium.PAPER: "văn bản giấy"}
REASONS: dict[str, str] = {
    DocumentState.REJECTED: "Lý do từ chối",
    DocumentState.VOID: "Lý do hủy số",
    DocumentState.RECALLED: "Lý do thu hồi",
    DocumentState.NEEDS_ATTENTION: "Cần xem xét vì",
}
RELATIONS: dict[str, tuple[str, str]] = {
    RelationKind.REPLACES: ("thay thế", "bị thay thế bởi"),
    RelationKind.AMENDS: ("sửa đổi, bổ sung", "được sửa đổi, bổ sung bởi"),
    RelationKind.CORRECTS: ("đính chính", "được đính chính bởi"),
    RelationKind.RECALLS: ("thu hồi", "bị thu hồi bởi"),
    RelationKind.COPY_OF: ("sao từ", "có bản sao"),
    RelationKind.ANSWERS: ("trả lời", "được trả lời bởi"),
}
"""What a document does to another, and what is done to it."""


@click.group(help="Văn bản: kiểm tra, chuẩn bị, ký, ban hành, sao, từ chối, hủy, thu hồi, xem.")
def document() -> None:
    """Hold the commands on documents."""


document.add_command(add)
document.add_command(check)
document.add_command(copy)


@document.command(help="Ký nháy hoặc ký bằng khóa của chính người ký; mã PIN được hỏi hoặc đọc từ --pin-fd.")
@click.argument("document_id", metavar="ID")
@click.option("--key", required=True, metavar="KEYNAME", help="Tên khóa trong keys.toml.")
@click.option("--role", type=click.Choice(["initial", "leader"]), default="leader", show_default=True)
@click.option("--level", type=click.Choice(["B-B", "B-T", "B-LT", "B-LTA"]), default="B-B", show_default=True)
@with_pin
@commanded
@shared
def sign(document_id: str, key: str, role: str, level: str, pin_fd: int | None, person: str) -> None:
    """Sign in person."""
    ask = partial(read_pin, pin_fd, f"Mã PIN của khóa {key}: ")
    told = desk().sign(document_id, key, role, level, person, ask)
    made = told["signature"]
    say(told, f"{made['signer']} đã ký ({made['field']}); văn bản {STATES[told['state']]}.")
    say_findings(told["findings"])


@document.command(help="Cấp số, ngày và ký số của cơ quan; --paper: cấp số cho bản giấy.")
@click.argument("document_id", metavar="ID")
@wished
@click.option("--paper", is_flag=True, help="Phát hành bản giấy của văn bản đã ký số: cơ quan không ký số.")
@with_pin
@commanded
@shared
def issue(document_id: str, day: str | None, number: str | None, paper: bool, pin_fd: int | None, person: str) -> None:
    """Issue."""
    wish = wished_of(day, number)
    if paper:
        told = desk().issue_on_paper(document_id, wish, person)
        said = "Đã cấp số cho bản giấy"
    else:
        told = desk().issue(document_id, wish, person, partial(read_pin, pin_fd, "Mã PIN của khóa văn thư: "))
        said = "Đã ban hành"
    say(told, f"{said}: {told['symbol']} ngày {vietnam_day(told['date'])}.")
    say_findings(told["findings"])


@document.command(help="Từ chối văn bản chưa được cấp số.")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, help="Lý do.")
@commanded
@shared
def reject(document_id: str, reason: str, person: str) -> None:
    """Send a draft back."""
    _end("reject", document_id, reason, person)


@document.command(help="Hủy số đã cấp; số không dùng lại, lý do ghi vào sổ đăng ký.")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, help="Lý do.")
@commanded
@shared
def void(document_id: str, reason: str, person: str) -> None:
    """End a number."""
    _end("void", document_id, reason, person)


@document.command(help="Thu hồi văn bản đã ban hành; văn bản và dòng trong sổ không thay đổi nữa.")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, help="Lý do.")
@commanded
@shared
def recall(document_id: str, reason: str, person: str) -> None:
    """Take a document back."""
    _end("recall", document_id, reason, person)


@document.command(help="Xem một văn bản.")
@click.argument("document_id", metavar="ID")
@shared
def show(document_id: str) -> None:
    """Show one document."""
    found = desk().show(document_id)
    say(found, _portrait(found))
    say_findings(found["findings"])


@document.command("list", help="Danh sách văn bản, cũ trước.")
@click.option("--state", type=click.Choice([state.value for state in DocumentState]), help="Chỉ trạng thái này.")
@shared
def list_(state: str | None) -> None:
    """List all documents, page by page."""
    found = list(desk().documents(state))
    say(found, "\n".join(map(_line, found)))


@document.command(help="Lấy bản mới nhất của một tệp của văn bản (PDF).")
@click.argument("document_id", metavar="ID")
@click.option(
    "--file",
    "number",
    type=click.IntRange(min=1),
    default=MAIN_FILE,
    show_default=True,
    metavar="N",
    help="1 là văn bản, từ 2 là các tệp kèm theo.",
)
@click.option("-o", "--output", required=True, type=OUTPUT, help="Ghi vào tệp này.")
@shared
def get(document_id: str, number: int, output: Path) -> None:
    """Fetch the newest revision of a file."""
    found = desk().get(document_id, number, output)
    say(found, f"{output}: {found['size']} byte, SHA-256 {found['sha256']}")


def _end(how: End, document: str, reason: str, person: str) -> None:
    ended = desk().end(how, document, reason, person)
    say(ended, f"Văn bản {STATES[ended['state']]}: {ended['reason']}")


def _line(each: Json) -> str:
    symbol = each["copy"] or each.get("symbol") or f"…/{each['notation']}"
    words = STATES[each["state"]] + (" (giấy)" if each["medium"] == Medium.PAPER else "")
    return f"{each['id']}  {symbol:<22}  {words:<22}  {each['subject']}"


def _portrait(found: Json) -> str:
    lines = [_line(found), f"  Hình thức: {MEDIA[found['medium']]}"]
    lines += [
        f"  {made['field']} [{ROLES[made['role']]}] {made['signer']}, {vietnam_time(made['signing_time'])}, "
        f"{made['level']}; người ra lệnh: {_actor(made['actor'])}"
        for made in found["signatures"]
    ]
    if found["medium"] == Medium.PAPER and found["ordered_by"] is not None:
        lines.append(f"  Người ra lệnh cấp số: {_actor(found['ordered_by'])}")
    lines += [f"  Tệp {each['n']}: {each['name']}" for each in found["files"] if each["n"] != MAIN_FILE]
    lines += [f"  {RELATIONS[each['kind']][0]}: {each['document'] or each['reference']}" for each in found["relations"]]
    lines += [f"  {RELATIONS[each['kind']][1]}: {_line(each | {'id': each['document']})}" for each in found["related"]]
    if found["reason"]:
        lines.append(f"  {REASONS.get(found['state'], 'Lý do')}: {found['reason']}")
    return "\n".join(lines)


def _actor(who: Json) -> str:
    told: str = who["name"] if who["id"] == who["name"] else f"{who['name']} ({who['id']})"
    return told
