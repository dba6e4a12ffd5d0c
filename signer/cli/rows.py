"""``antin register add``, ``row`` and ``complete``: rows for paper, and what is filled in later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from signer.cli.common import commanded, desk, options, say, say_findings, shared, vietnam_day, vietnam_time
from signer.cli.described import described, metadata, wished, wished_of
from signer.cli.desk import Json
from signer.model import RegisterState
from signer.sheets.columns import TITLES, cells
from signer.usecases.rows import COLUMNS, sent_moment

_STATES = {
    RegisterState.RESERVED: "giữ số, chưa ban hành xong",
    RegisterState.ISSUED: "đã ban hành",
    RegisterState.VOID: "đã hủy số",
}


@click.command(help="Đăng ký văn bản giấy: cấp số, ngày và ghi một dòng vào sổ. In mã văn bản.")
@click.argument("agency")
@described
@wished
@commanded
@shared
def add(agency: str, day: str | None, number: str | None, person: str, **said: Any) -> None:
    """Enter a paper document."""
    meta, wish = metadata(said), wished_of(day, number)
    made = desk().enter(agency, meta, wish, person)
    say(made, made["id"])
    if not options().json:
        click.echo(f"Đã đăng ký: {made['symbol']} ngày {vietnam_day(made['date'])}.", err=True)
    say_findings(made["findings"])


@click.command(help="Xem dòng trong sổ của một văn bản, và các lần ghi.")
@click.argument("document_id", metavar="ID")
@shared
def row(document_id: str) -> None:
    """Show a row and its history."""
    _say_row(desk().row(document_id))


@click.command(help="Ghi các cột 5 đến 10 của sổ; nội dung cũ, người ghi và thời điểm được giữ lại.")
@click.argument("document_id", metavar="ID")
@click.option("--recipients", metavar="TEXT", help="Cột 5: nơi nhận văn bản.")
@click.option("--kept-by", metavar="TEXT", help="Cột 6: đơn vị, người nhận bản lưu.")
@click.option("--copies", metavar="N", help="Cột 7: số lượng bản.")
@click.option("--sent-on", metavar="DATE", help="Cột 8: ngày chuyển, YYYY-MM-DD hoặc thời điểm ISO 8601 có múi giờ.")
@click.option("--received-by", metavar="TEXT", help="Cột 9: ký nhận.")
@click.option("--note", metavar="TEXT", help="Cột 10: ghi chú.")
@click.option("--reason", default="", help="Lý do ghi lại.")
@commanded
@shared
def complete(document_id: str, reason: str, person: str, **columns: str | None) -> None:
    """Complete a row."""
    told = {name: text for name in COLUMNS if (text := columns[name]) is not None}
    if not told:
        known = ", ".join(f"--{name.replace('_', '-')}" for name in COLUMNS)
        raise click.UsageError(f"Cần ít nhất một cột: {known}.")
    _say_row(desk().complete(document_id, told, reason, person))


def _say_row(found: Json) -> None:
    lines = ["  ".join(text for text in (*cells(found), _STATES[found["state"]]) if text)]
    lines += [_change(each) for each in found["history"]]
    say(found, "\n".join(lines))


def _change(each: Json) -> str:
    column = each["column"]
    told = f"{TITLES[column]} “{_said(column, each['old'])}” → “{_said(column, each['new'])}”"
    why = f" ({each['reason']})" if each["reason"] else ""
    return f"  {vietnam_time(each['at'])} {each['by']['name']}: {told}{why}"


def _said(column: str, value: str) -> str:
    """What a column says, for people: a day, or a moment with its time."""
    if column != "sent_on":
        return value
    moment = sent_moment(value)
    if isinstance(moment, datetime):
        return vietnam_time(moment.isoformat())
    return f"{moment:%d/%m/%Y}" if moment else ""
