"""``antin document``: from the draft to the issued document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hsm.pin import Pin
from signer.cli.common import (
    ROLES,
    caller,
    commanded,
    read_pin,
    say,
    say_findings,
    services,
    shared,
    vietnam_time,
    with_pin,
)
from signer.cli.copies import copy
from signer.cli.described import OUTPUT, wished, wished_day
from signer.cli.drafts import add, check
from signer.model import Actor, Document, DocumentState, KeyHolder, Medium, RelationKind, SignatureRole
from signer.usecases import answers
from signer.usecases.issue import Wish
from signer.usecases.look import MAIN_FILE, Link
from signer.usecases.paper import PaperResult

STATES = {
    DocumentState.PREPARED: "đã chuẩn bị, chờ ký",
    DocumentState.SIGNED: "đã ký, chờ cấp số",
    DocumentState.ISSUING: "đã cấp số, đang ký số của cơ quan",
    DocumentState.ISSUED: "đã ban hành",
    DocumentState.REJECTED: "bị từ chối",
    DocumentState.VOID: "đã hủy số",
    DocumentState.NEEDS_ATTENTION: "cần người xem xét",
    DocumentState.RECALLED: "đã thu hồi",
}
MEDIA = {Medium.ELECTRONIC: "văn bản điện tử", Medium.PAPER: "văn bản giấy"}
REASONS = {
    DocumentState.REJECTED: "Lý do từ chối",
    DocumentState.VOID: "Lý do hủy số",
    DocumentState.RECALLED: "Lý do thu hồi",
    DocumentState.NEEDS_ATTENTION: "Cần xem xét vì",
}
RELATIONS = {
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
    use, office = services()
    info = use.keys.info(key)
    who = caller(office, person or info.owner)
    pin = read_pin(pin_fd, f"Mã PIN của khóa {key}: ") if info.holder is KeyHolder.PERSON else None
    result = use.sign(document_id, SignatureRole(role), key, who, pin, level)
    say(
        answers.signed(result),
        f"{result.record.signer} đã ký ({result.record.field}); văn bản {STATES[result.document.state]}.",
    )
    say_findings(result.findings)


@document.command(help="Cấp số, ngày và ký số của cơ quan; --paper: cấp số cho bản giấy.")
@click.argument("document_id", metavar="ID")
@wished
@click.option("--paper", is_flag=True, help="Phát hành bản giấy của văn bản đã ký số: cơ quan không ký số.")
@with_pin
@commanded
@shared
def issue(document_id: str, day: str | None, number: str | None, paper: bool, pin_fd: int | None, person: str) -> None:
    """Issue."""
    wish = Wish(wished_day(day), number)
    use, office = services()
    who = caller(office, person)
    if paper:
        _say_on_paper(use.issue_on_paper(document_id, who, wish.day, wish.number))
        return
    pin: Pin | None = None
    if use.look.show(document_id, who).clerk or pin_fd is not None:
        pin = read_pin(pin_fd, "Mã PIN của khóa văn thư: ")
    result = use.issue(document_id, who, wish, pin)
    held = result.document.numbering
    say(answers.issued(result), f"Đã ban hành: {held.symbol} ngày {held.date:%d/%m/%Y}." if held else "")
    say_findings(result.findings)


@document.command(help="Từ chối văn bản chưa được cấp số.")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, help="Lý do.")
@commanded
@shared
def reject(document_id: str, reason: str, person: str) -> None:
    """Send a draft back."""
    use, office = services()
    _say_ended(use.reject(document_id, reason, caller(office, person)))


@document.command(help="Hủy số đã cấp; số không dùng lại, lý do ghi vào sổ đăng ký.")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, help="Lý do.")
@commanded
@shared
def void(document_id: str, reason: str, person: str) -> None:
    """End a number."""
    use, office = services()
    _say_ended(use.void(document_id, reason, caller(office, person)))


@document.command(help="Thu hồi văn bản đã ban hành; văn bản và dòng trong sổ không thay đổi nữa.")
@click.argument("document_id", metavar="ID")
@click.option("--reason", required=True, help="Lý do.")
@commanded
@shared
def recall(document_id: str, reason: str, person: str) -> None:
    """Take a document back."""
    use, office = services()
    _say_ended(use.recall(document_id, reason, caller(office, person)))


@document.command(help="Xem một văn bản.")
@click.argument("document_id", metavar="ID")
@shared
def show(document_id: str) -> None:
    """Show one document."""
    use, office = services()
    found, links = use.look.related(document_id, caller(office, ""))
    say(answers.shown(found, links), _portrait(found, links))
    say_findings(found.findings)


@document.command("list", help="Danh sách văn bản, cũ trước.")
@click.option("--state", type=click.Choice([state.value for state in DocumentState]), help="Chỉ trạng thái này.")
@shared
def list_(state: str | None) -> None:
    """List all documents, page by page."""
    use, office = services()
    who = caller(office, "")
    found: list[Document] = []
    while page := use.look.page(who, DocumentState(state) if state else None, found[-1].id if found else "", 200):
        found += page
    say([answers.summary(each) for each in found], "\n".join(map(_line, found)))


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
    use, office = services()
    found = use.look.file(document_id, caller(office, ""), number)
    output.write_bytes(found.data)
    say(
        {
            "id": found.document.id,
            "name": found.name,
            "sha256": found.sha256,
            "size": len(found.data),
            "file": str(output),
        },
        f"{output}: {len(found.data)} byte, SHA-256 {found.sha256}",
    )


def _say_on_paper(result: PaperResult) -> None:
    held = result.document.numbering
    text = f"Đã cấp số cho bản giấy: {held.symbol} ngày {held.date:%d/%m/%Y}." if held else ""
    say(answers.on_paper(result), text)
    say_findings(result.findings)


def _say_ended(ended: Document) -> None:
    say(answers.ended(ended), f"Văn bản {STATES[ended.state]}: {ended.reason}")


def _line(each: Document) -> str:
    symbol = each.numbering.symbol if each.numbering else f"…/{each.notation}"
    if each.copy is not None:
        symbol = each.copy.value
    words = STATES[each.state] + (" (giấy)" if each.medium is Medium.PAPER else "")
    return f"{each.id}  {symbol:<22}  {words:<22}  {each.metadata.subject}"


def _portrait(found: Document, links: Sequence[Link]) -> str:
    lines = [_line(found), f"  Hình thức: {MEDIA[found.medium]}"]
    lines += [
        f"  {record.field} [{ROLES[record.role]}] {record.signer}, {vietnam_time(record.signed_at)}, {record.level}; "
        f"người ra lệnh: {_actor(record.actor)}"
        for record in found.signatures
    ]
    if found.medium is Medium.PAPER and found.command is not None:
        lines.append(f"  Người ra lệnh cấp số: {_actor(found.command.by)}")
    lines += [f"  Tệp {n}: {each.name}" for n, each in enumerate(found.attachments, start=MAIN_FILE + 1)]
    lines += [f"  {RELATIONS[each.kind][0]}: {each.document or each.reference}" for each in found.metadata.relations]
    lines += [f"  {RELATIONS[link.kind][1]}: {_line(link.document)}" for link in links]
    if found.reason:
        lines.append(f"  {REASONS.get(found.state, 'Lý do')}: {found.reason}")
    return "\n".join(lines)


def _actor(who: Actor) -> str:
    return who.name if who.id == who.name else f"{who.name} ({who.id})"
