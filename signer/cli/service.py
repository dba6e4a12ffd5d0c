"""``antin serve`` and ``antin config``."""

from __future__ import annotations

import click

from signer.cli.common import options, say, settings, shared


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
@click.option("--connect", is_flag=True, help="Thử cả cơ sở dữ liệu và thư mục tệp (không sẵn sàng: mã kết thúc 3).")
@shared
def check(*, connect: bool) -> None:
    """Say whether the settings hold; faults are told by whoever reads them."""
    read = settings()
    if connect:
        from signer import app  # noqa: PLC0415 - takes a second, which the settings alone need not wait for

        app.connect(read)
    for warning in read.warnings:
        click.echo(f"Lưu ý: {warning}", err=True)
    say(
        {
            "config": str(options().config),
            "keys": len(read.keys),
            "tokens": len(read.tokens),
            "agencies": sorted(read.office.issuers),
            "warnings": list(read.warnings),
        },
        f"Cấu hình hợp lệ: {len(read.office.issuers)} cơ quan ban hành, {len(read.tokens)} thiết bị, "
        f"{len(read.keys)} khóa.",
    )
