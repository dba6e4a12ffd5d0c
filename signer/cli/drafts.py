"""``antin document add`` and ``check``: what is said of a draft, and the files that come with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from signer.cli.common import DONE, REFUSED, caller, commanded, say, say_findings, services, shared
from signer.cli.words import FILE, initial, relation, signer
from signer.model import Metadata, Urgency
from signer.sheets import report as sheets
from signer.usecases import answers
from signer.usecases.examine import SentFile
from signer.usecases.metadata import file_name
from signer.web import wire
from signer.web.strict import read_json


def described(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say what a document is; it gets them as ``said``."""

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
    @click.option("--place", default="", help="Địa danh, ví dụ “Hà Nội”.")
    @click.option("--unit", help="Chữ viết tắt đơn vị soạn thảo (với công văn).")
    @click.option("--normative", is_flag=True, help="Văn bản quy phạm pháp luật.")
    @click.option("--recipient", "recipients", multiple=True, help="Nơi nhận; lặp lại được.")
    @click.option("--kept-by", default="", help="Đơn vị, người nhận bản lưu.")
    @click.option("--copies", type=int, help="Số lượng bản.")
    @click.option("--urgency", type=click.Choice([each.value for each in Urgency]), default=Urgency.NORMAL.value)
    @click.option("--external-id", default="", help="Mã của hệ thống gọi.")
    @click.option(
        "--relation",
        "relations",
        multiple=True,
        metavar="KIND:ID|TEXT",
        help="Quan hệ với văn bản khác: replaces, amends, corrects, recalls, answers; lặp lại được.",
    )
    def wrapped(**given: Any) -> None:
        said = Metadata(
            agency=given.pop("agency"),
            type=given.pop("kind") or None,
            subject=given.pop("subject"),
            signers=tuple(map(signer, given.pop("signers"))),
            initials=tuple(map(initial, given.pop("initials"))),
            relations=tuple(map(relation, given.pop("relations"))),
            urgency=Urgency(given.pop("urgency")),
            **{name: given.pop(name) for name in _PLAIN},
        )
        command(said=said, **given)

    wrapped.__name__ = command.__name__
    return wrapped


_PLAIN = ("place", "unit", "normative", "recipients", "kept_by", "copies", "external_id")


def sent(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the draft and its attachments."""
    for option in (
        click.option("--fallback-places", is_flag=True, help="Dùng sơ đồ Phụ lục I Mục IV khi không tìm thấy vị trí."),
        click.option("--places", type=FILE, help="Tệp JSON cho trước vị trí các ô."),
        click.option(
            "--attachment",
            "attachments",
            multiple=True,
            type=FILE,
            help="Tệp PDF kèm theo, là tệp riêng; lặp lại được.",
        ),
        click.argument("file", type=FILE),
    ):
        command = option(command)
    return command


@click.command(help="Chuẩn bị một dự thảo PDF và các tệp kèm theo: tìm vị trí, tạo các ô trống. In mã văn bản.")
@described
@sent
@commanded
@shared
def add(
    said: Metadata,
    file: Path,
    attachments: tuple[Path, ...],
    places: Path | None,
    fallback_places: bool,
    person: str,
) -> None:
    """Prepare a draft."""
    said = _placed(said, places, fallback_places)
    use, office = services()
    made = use.prepare(file.read_bytes(), said, caller(office, person), _files(attachments))
    say(answers.prepared(made), made.id)
    say_findings(made.findings)


@click.command(help="Kiểm tra dự thảo và các tệp kèm theo trước khi trình ký: báo mọi lỗi cùng lúc, không lưu gì.")
@described
@sent
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Ghi thêm báo cáo .html vào tệp này.")
@shared
def check(
    said: Metadata,
    file: Path,
    attachments: tuple[Path, ...],
    places: Path | None,
    fallback_places: bool,
    report: Path | None,
) -> None:
    """Say what would be refused or remarked; exit status 1 where the draft is not ready."""
    if report is not None and report.suffix.lower() != ".html":
        raise click.BadParameter("báo cáo cho người soạn thảo là tệp .html", param_hint="--report")
    said = _placed(said, places, fallback_places)
    use, office = services()
    found = use.check(file.read_bytes(), said, caller(office, ""), _files(attachments))
    if report is not None:
        report.write_bytes(sheets.html_bytes(found))
    say(answers.checked(found), sheets.text(found))
    click.get_current_context().exit(DONE if found.ready else REFUSED)


def _placed(said: Metadata, places: Path | None, fallback: bool) -> Metadata:
    given = {} if places is None else wire.places(read_json(places.read_bytes(), "places"))
    return dataclasses.replace(said, places=given, fallback_places=fallback)


def _files(paths: tuple[Path, ...]) -> tuple[SentFile, ...]:
    return tuple(SentFile(file_name(path.name, index), path.read_bytes()) for index, path in enumerate(paths))
