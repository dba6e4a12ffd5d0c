"""``antin document``: from the draft to the issued document."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from hsm.pin import Pin
from signer.cli.common import caller, commanded, read_pin, say, say_findings, services, shared, with_pin
from signer.model import (
    Document,
    DocumentState,
    Initial,
    InitialFor,
    KeyHolder,
    Metadata,
    SignatureRole,
    Signer,
    Urgency,
)
from signer.usecases import answers
from signer.usecases.issue import Wish
from signer.usecases.prepare import check_attachment
from signer.web import wire
from signer.web.strict import read_json

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
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


@click.group(help="Văn bản: chuẩn bị, ký, ban hành, từ chối, hủy, xem.")
def document() -> None:
    """Hold the commands on documents."""


@document.command(help="Chuẩn bị một dự thảo PDF: tìm vị trí, tạo các ô trống. In mã văn bản.")
@click.argument("file", type=FILE)
@click.option("--agency", required=True, help="Mã cơ quan ban hành, ví dụ BTC.")
@click.option("--type", "kind", help="Chữ viết tắt tên loại, ví dụ QĐ; bỏ trống nếu là công văn.")
@click.option("--subject", required=True, help="Trích yếu nội dung.")
@click.option(
    "--signer",
    "signers",
    multiple=True,
    required=True,
    metavar="NAME;LINE;LINE",
    help="Người ký và các dòng quyền hạn, chức vụ; lặp lại nếu nhiều người ký.",
)
@click.option("--initial", "initials", multiple=True, metavar="NAME[;content|form]", help="Người ký nháy.")
@click.option("--attachment", "attachments", multiple=True, type=FILE, help="Tệp PDF kèm theo.")
@click.option("--place", default="", help="Địa danh, ví dụ “Hà Nội”.")
@click.option("--unit", help="Chữ viết tắt đơn vị soạn thảo (với công văn).")
@click.option("--normative", is_flag=True, help="Văn bản quy phạm pháp luật.")
@click.option("--recipient", "recipients", multiple=True, help="Nơi nhận; lặp lại được.")
@click.option("--kept-by", default="", help="Đơn vị, người nhận bản lưu.")
@click.option("--copies", type=int, help="Số lượng bản.")
@click.option("--urgency", type=click.Choice([each.value for each in Urgency]), default=Urgency.NORMAL.value)
@click.option("--external-id", default="", help="Mã của hệ thống gọi.")
@click.option("--places", type=FILE, help="Tệp JSON cho trước vị trí các ô.")
@click.option("--fallback-places", is_flag=True, help="Dùng sơ đồ Phụ lục I Mục IV khi không tìm thấy vị trí.")
@commanded
@shared
def add(
    file: Path,
    agency: str,
    kind: str | None,
    subject: str,
    signers: tuple[str, ...],
    initials: tuple[str, ...],
    attachments: tuple[Path, ...],
    place: str,
    unit: str | None,
    normative: bool,
    recipients: tuple[str, ...],
    kept_by: str,
    copies: int | None,
    urgency: str,
    external_id: str,
    places: Path | None,
    fallback_places: bool,
    person: str,
) -> None:
    """Prepare a draft."""
    given = {} if places is None else wire.places(read_json(places.read_bytes(), "places"))
    metadata = Metadata(
        agency=agency,
        type=kind or None,
        subject=subject,
        signers=tuple(map(_signer, signers)),
        place=place,
        normative=normative,
        unit=unit,
        initials=tuple(map(_initial, initials)),
        recipients=recipients,
        kept_by=kept_by,
        copies=copies,
        urgency=Urgency(urgency),
        external_id=external_id,
        places=given,
        fallback_places=fallback_places,
    )
    for path in attachments:
        with path.open("rb") as file_:
            check_attachment(file_.read(1024), str(path))
    use, office = services()
    made = use.prepare(file.read_bytes(), metadata, caller(office, person), len(attachments))
    say(answers.prepared(made), made.id)
    say_findings(made.findings)


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


@document.command(help="Cấp số, ngày và ký số của cơ quan.")
@click.argument("document_id", metavar="ID")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Ngày ban hành (mặc định: hôm nay).")
@click.option("--number", metavar="N", help="Số do hệ thống bên ngoài cấp.")
@with_pin
@commanded
@shared
def issue(document_id: str, day: str | None, number: str | None, pin_fd: int | None, person: str) -> None:
    """Issue."""
    wish = Wish(_day(day), number)
    use, office = services()
    who = caller(office, person)
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


@document.command(help="Xem một văn bản.")
@click.argument("document_id", metavar="ID")
@shared
def show(document_id: str) -> None:
    """Show one document."""
    use, office = services()
    found = use.look.show(document_id, caller(office, ""))
    say(answers.shown(found), _portrait(found))
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


@document.command(help="Lấy bản mới nhất của văn bản (PDF).")
@click.argument("document_id", metavar="ID")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Ghi vào tệp này.")
@shared
def get(document_id: str, output: Path) -> None:
    """Fetch the newest revision."""
    use, office = services()
    found, data = use.look.file(document_id, caller(office, ""))
    output.write_bytes(data)
    say(
        {"id": found.id, "sha256": found.sha256, "size": len(data), "file": str(output)},
        f"{output}: {len(data)} byte, SHA-256 {found.sha256}",
    )


def _signer(text: str) -> Signer:
    name, *lines = (part.strip() for part in text.split(";"))
    if not lines:
        raise click.BadParameter("cần “Họ tên;DÒNG CHỨC VỤ;DÒNG CHỨC VỤ”", param_hint="--signer")
    return Signer(name, tuple(lines))


def _initial(text: str) -> Initial:
    name, _, purpose = text.partition(";")
    try:
        return Initial(name.strip(), InitialFor(purpose.strip() or InitialFor.CONTENT))
    except ValueError:
        raise click.BadParameter("sau dấu “;” là content hoặc form", param_hint="--initial") from None


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("ngày có dạng YYYY-MM-DD", param_hint="--date") from None


def _say_ended(ended: Document) -> None:
    say(answers.ended(ended), f"Văn bản {STATES[ended.state]}: {ended.reason}")


def _line(each: Document) -> str:
    symbol = each.numbering.symbol if each.numbering else f"…/{each.notation}"
    return f"{each.id}  {symbol:<22}  {STATES[each.state]:<22}  {each.metadata.subject}"


def _portrait(found: Document) -> str:
    lines = [_line(found)]
    lines += [
        f"  {record.field}: {record.signer}, {record.signed_at:%d/%m/%Y %H:%M:%S %Z}, {record.level}"
        for record in found.signatures
    ]
    if found.reason:
        lines.append(f"  {found.reason}")
    return "\n".join(lines)
