"""``antin revocation``: fetch CRLs and OCSP answers, and say how those at hand stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import click

from signer.cli.common import AWAY, DONE, REFUSED, options, say, settings, shared
from signer.model import VIETNAM
from signer.model.revocation import ErrandReport, Failure, Fetched
from signer.usecases.refresh import NeedState

_RESULTS = {
    Fetched.NEW: "mới",
    Fetched.UNCHANGED: "không đổi",
    Fetched.FAILED: "LỖI",
    Fetched.SPARED: "bỏ qua (đã có CRL theo cấu hình)",
}


@click.group(help="Dữ liệu thu hồi chứng thư số: CRL và trả lời OCSP.")
def revocation() -> None:
    """Hold the commands on revocation data."""


@revocation.command(
    help="Tải CRL và trả lời OCSP cho chứng thư số của các khóa vào thư mục “revocation”, theo [fetch]; "
    "kiểm tra xong mới thay tệp cũ. Chạy được khi dịch vụ đang phục vụ.\n\n"
    "Mã kết thúc: 0 xong · 1 có nguồn không tải được hoặc không tin được (tệp cũ giữ nguyên) · "
    "3 không kết nối được nguồn nào."
)
@click.option("--dry-run", is_flag=True, help="Tải và kiểm tra, không ghi gì.")
@shared
def refresh(*, dry_run: bool) -> None:
    """Fetch, and tell what came of each address."""
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    report = app.open_refresh(settings())(dry_run=dry_run, watch=_tell)
    for each in report.unusable:
        _aside(f"Lưu ý: không dùng được địa chỉ {each.url} ({each.about}): chỉ hỗ trợ http.")
    lines = ["Chạy thử: chưa ghi gì."] if dry_run else []
    if not report.errands:
        lines.append("Không có địa chỉ CRL hay OCSP nào để tải.")
    say(report.as_dict(), "\n".join([*lines, _sum(report.errands)]))
    click.get_current_context().exit(AWAY if report.away else REFUSED if report.failed else DONE)


@revocation.command(
    help="Cho biết dữ liệu thu hồi đang có của từng chứng thư số mà các khóa cần: đến bao giờ, cái gì sắp hết hạn.\n\n"
    "Mã kết thúc: 0 đủ cho mọi khóa · 1 có khóa mà dữ liệu thiếu hoặc hết hạn (khóa đó không ký được)."
)
@click.option("--within", type=click.IntRange(0, 366), default=3, show_default=True, metavar="DAYS", help="Báo trước.")
@shared
def status(*, within: int) -> None:
    """Say what there is."""
    from signer import app  # noqa: PLC0415 - as above

    found = app.open_standing(settings())(timedelta(days=within))
    enough = all(each.until is not None for each in found)
    say(
        {"enough": enough, "within_days": within, "certificates": [each.as_dict() for each in found]},
        "\n".join(line for each in found for line in _standing(each)) or "Chưa khai báo khóa nào.",
    )
    click.get_current_context().exit(DONE if enough else REFUSED)


def _tell(report: ErrandReport) -> None:
    """One errand, as soon as it is done: a slow network keeps nobody in the dark."""
    until = f", đến {_moment(report.file.until)}" if report.file else ""
    _aside(f"{report.kind.value.upper():<4} {report.about}: {_RESULTS[report.result]}{until}")
    for failure in report.failures:
        for line in _failure(failure):
            _aside(f"     {line}")
    for name in report.withdrawn:
        _aside(f"     Đã bỏ {name}: nói tốt về chứng thư số mà CRL mới đã thu hồi.")


def _failure(failure: Failure) -> Iterator[str]:
    yield f"{failure.message['vi']}"
    yield f"{failure.message['en']} ({failure.code})"


def _sum(errands: Sequence[ErrandReport]) -> str:
    counts = [(result, sum(each.result is result for each in errands)) for result in Fetched]
    return ", ".join(f"{count} {_RESULTS[result]}" for result, count in counts if count)


def _standing(each: NeedState) -> Iterator[str]:
    keys = ", ".join(each.need.keys)
    if each.until is None:
        yield f"THIẾU  {each.need.certificate}: không có CRL hay trả lời OCSP còn hiệu lực; khóa: {keys}"
    else:
        mark = "Sắp hết" if each.soon else "Đủ"
        yield f"{mark:<7} {each.need.certificate}: đến {_moment(each.until)}; khóa: {keys}"
    for file in each.need.files:
        yield f"        {file.name}: {_moment(file.since)} – {_moment(file.until)}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def _aside(line: str) -> None:
    if not options().json:
        click.echo(line, err=True)
