"""What is said of a document on the command line, the same for a draft, a check and a row of the register."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from policies.model import Refused
from policies.numbering import caller_day
from signer.cli.desk import Json
from signer.model import InitialFor, RelationKind, Urgency
from signer.usecases.issue import Wish
from signer.web.shapes import FIRST_YEAR, LAST_YEAR
from signer.web.strict import read_json


class Year(click.ParamType[int]):
    """The year of a register."""

    name = "year"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Four digits: "26" would be a book in which nobody wrote."""
        text = str(value)
        if len(text) != 4 or not (text.isascii() and text.isdigit()) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
            self.fail(f"năm “{text[:20]}” phải có bốn chữ số, từ {FIRST_YEAR} đến {LAST_YEAR}.", param, ctx)
        return int(text)


YEAR = Year()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)
_ID = re.compile(r"[0-9a-f]{32}")
_RELATIONS = ", ".join(kind.value for kind in RelationKind)

_DESCRIBED = (
    click.option("--type", "kind", help="Chữ viết tắt tên loại, ví dụ QĐ; bỏ trống nếu là công văn."),
    click.option("--subject", required=True, help="Trích yếu nội dung."),
    click.option(
        "--signer",
        "signers",
        multiple=True,
        required=True,
        metavar="NAME;LINE;LINE",
        help="Người ký và các dòng quyền hạn, chức vụ; lặp lại nếu nhiều người ký.",
    ),
    click.option("--initial", "initials", multiple=True, metavar="NAME[;content|form]", help="Người ký nháy."),
    click.option("--place", default="", help="Địa danh, ví dụ “Hà Nội”."),
    click.option("--unit", help="Chữ viết tắt đơn vị soạn thảo (với công văn)."),
    click.option("--normative", is_flag=True, help="Văn bản quy phạm pháp luật."),
    click.option("--recipient", "recipients", multiple=True, help="Nơi nhận; lặp lại được."),
    click.option("--kept-by", default="", help="Đơn vị, người nhận bản lưu."),
    click.option("--copies", type=int, help="Số lượng bản."),
    click.option(
        "--urgency",
        type=click.Choice([each.value for each in Urgency]),
        default=Urgency.NORMAL.value,
        show_default=True,
        help="Mức độ khẩn.",
    ),
    click.option("--external-id", default="", help="Mã của hệ thống gọi."),
    click.option(
        "--relation",
        "relations",
        multiple=True,
        metavar="KIND:ID",
        help=f"Quan hệ với văn bản khác: {_RELATIONS}; sau dấu “:” là mã văn bản, hoặc số, ký hiệu, ngày.",
    ),
)
_DRAFTED = (
    click.option("--agency", required=True, help="Mã cơ quan ban hành, ví dụ BTC."),
    *_DESCRIBED,
    click.option("--attachment", "attachments", multiple=True, type=FILE, help="Tệp PDF kèm theo; lặp lại được."),
    click.option("--places", type=FILE, help="Tệp JSON cho trước vị trí các ô."),
    click.option("--fallback-places", is_flag=True, help="Dùng sơ đồ Phụ lục I Mục IV khi không tìm thấy vị trí."),
)
_WISHED = (
    click.option(
        "--date",
        "day",
        metavar="YYYY-MM-DD",
        help="Ngày ban hành (mặc định: hôm nay), hoặc thời điểm ISO 8601 có múi giờ.",
    ),
    click.option("--number", metavar="N", help="Số do hệ thống bên ngoài cấp: 5, 05 hoặc 05/QĐ-BTC."),
)

Command = Callable[..., None]


def described(command: Command) -> Command:
    """Give a command what is said of any document."""
    return _given(_DESCRIBED, command)


def drafted(command: Command) -> Command:
    """Give a command what is said of a draft, with its attachments."""
    return _given(_DRAFTED, command)


def wished(command: Command) -> Command:
    """Give a command ``--date`` and ``--number``."""
    return _given(_WISHED, command)


def _given(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def metadata(said: dict[str, Any]) -> Json:
    """The document as the options describe it, in the words of the interface; what was not said is left out."""
    places: Path | None = said.get("places")
    told = {
        "agency": said.get("agency"),
        "type": said["kind"],
        "subject": said["subject"],
        "signers": [_signer(each) for each in said["signers"]],
        "place": said["place"],
        "normative": said["normative"],
        "unit": said["unit"],
        "initials": [_initial(each) for each in said["initials"]],
        "recipients": list(said["recipients"]),
        "kept_by": said["kept_by"],
        "copies": said["copies"],
        "urgency": said["urgency"],
        "external_id": said["external_id"],
        "places": None if places is None else read_json(places.read_bytes(), "places"),
        "fallback_places": said.get("fallback_places"),
        "relations": [_relation(each) for each in said["relations"]],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [], False)}


def wished_of(day: str | None, number: str | None) -> Wish:
    """What ``--date`` and ``--number`` say."""
    try:
        return Wish(None if day is None else caller_day(day), number)
    except Refused as refused:
        raise click.BadParameter(refused.findings[0].message.vi, param_hint="--date") from None


def _signer(text: str) -> Json:
    name, *lines = (part.strip() for part in text.split(";"))
    if not lines:
        raise click.BadParameter("cần “Họ tên;DÒNG CHỨC VỤ;DÒNG CHỨC VỤ”", param_hint="--signer")
    return {"name": name, "capacity": lines}


def _initial(text: str) -> Json:
    name, _, purpose = text.partition(";")
    wanted = purpose.strip() or InitialFor.CONTENT.value
    if wanted not in [each.value for each in InitialFor]:
        raise click.BadParameter("sau dấu “;” là content hoặc form", param_hint="--initial")
    return {"name": name.strip(), "for": wanted}


def _relation(text: str) -> Json:
    kind, colon, other = (part.strip() for part in text.partition(":"))
    if kind not in [each.value for each in RelationKind]:
        raise click.BadParameter(f"trước dấu “:” là một trong: {_RELATIONS}", param_hint="--relation")
    if not colon or not other:
        raise click.BadParameter("sau dấu “:” là mã văn bản, hoặc số, ký hiệu, ngày", param_hint="--relation")
    return {"kind": kind, "document" if _ID.fullmatch(other) else "reference": other}
