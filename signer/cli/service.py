"""``antin serve`` and ``antin config``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from signer.cli.common import AWAY, options, say, settings, shared
from signer.model.time import ClockStanding, ClockState, SourceState


@click.command(help="Chạy dịch vụ HTTP (gunicorn) theo service.toml.")
@shared
def serve() -> None:
    """Serve until told to stop."""
    # gunicorn patches and forks: nothing else of the command line needs it loaded.
    from signer.wsgi import serve as run  # noqa: PLC0415 - see above

    run(settings())


@click.group(help="Cấu hình.")
def config() -> None:
    """Hold the commands on settings."""


@config.command(help="Kiểm tra service.toml và keys.toml; liệt kê mọi lỗi cùng lúc.")
@click.option("--connect", is_flag=True, help="Thử cả cơ sở dữ liệu, thư mục tệp và đồng hồ (mã kết thúc 3).")
@shared
def check(*, connect: bool) -> None:
    """Say whether the settings hold; faults are told by whoever reads them."""
    read = settings()
    clock: ClockStanding | None = None
    if connect:
        from signer import app  # noqa: PLC0415 - takes a second, which the settings alone need not wait for

        clock = app.connect(read)
    for warning in read.warnings:
        click.echo(f"Lưu ý: {warning}", err=True)
    say(
        {
            "config": str(options().config),
            "keys": len(read.keys),
            "tokens": len(read.tokens),
            "agencies": sorted(read.office.issuers),
            "warnings": list(read.warnings),
            **({"clock": clock.as_dict() if clock else None} if connect else {}),
        },
        f"Cấu hình hợp lệ: {len(read.office.issuers)} cơ quan ban hành, {len(read.tokens)} thiết bị, "
        f"{len(read.keys)} khóa." + ("\n" + "\n".join(_words(clock)) if clock else ""),
    )
    if clock is not None and not clock.good:
        click.get_current_context().exit(AWAY)


def _words(clock: ClockStanding) -> Iterator[str]:
    """How the clock is, for people."""
    bound = "" if clock.bound is None else f", lệch nhiều nhất {clock.bound * 1000:.3f} ms"
    allowed = f"cho phép {clock.accuracy.total_seconds() * 1000:g} ms"
    yield f"Đồng hồ: {_STATES[clock.state]}{bound} ({allowed})"
    for each in clock.sources:
        told = ""
        if each.offset is not None and each.error is not None:
            told = f", {each.offset * 1000:+.3f} ms ± {each.error * 1000:.3f} ms"
        yield f"  {each.name}: {_SOURCES[each.state]}{told}{f' ({each.detail})' if each.detail else ''}"


_STATES = {
    ClockState.GOOD: "xác nhận được giờ",
    ClockState.UNMEASURED: "KHÔNG đo được: quá ít nguồn trả lời",
    ClockState.EXPIRED: "lần đo tốt gần nhất đã quá cũ",
    ClockState.JUMPED: "vừa bị chỉnh nhảy",
    ClockState.OFF: "LỆCH quá độ chính xác đã công bố",
    ClockState.DISAGREED: "các nguồn mâu thuẫn nhau",
    ClockState.LEAP: "sắp có hoặc vừa có giây nhuận",
}
_SOURCES = {
    SourceState.GOOD: "tốt",
    SourceState.SILENT: "không trả lời",
    SourceState.AWAY: "không tới được",
    SourceState.REFUSED: "từ chối",
    SourceState.RESTING: "đã từ chối, tạm không hỏi lại",
    SourceState.FOREIGN: "chỉ có câu trả lời cho câu hỏi khác (giả mạo hoặc gửi lại)",
    SourceState.MALFORMED: "trả lời sai giao thức",
    SourceState.UNSYNCHRONISED: "tự báo chưa đồng bộ",
    SourceState.VAGUE: "sai số lớn hơn độ chính xác đã công bố",
    SourceState.FALSE: "trái với đa số",
}
