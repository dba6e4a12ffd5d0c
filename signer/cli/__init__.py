"""The command line ``antin``: one file per noun."""

from __future__ import annotations

from typing import Any

import click

from signer.cli.api_keys import api_key
from signer.cli.authorities import authority
from signer.cli.backup import backup, restore
from signer.cli.check import check
from signer.cli.common import Program, reach, shared
from signer.cli.documents import document
from signer.cli.reach import Service, reaching
from signer.cli.registers import register
from signer.cli.revocation import revocation
from signer.cli.service import config, serve
from signer.cli.timestamps import timestamp
from signer.cli.tokens import key, token
from signer.cli.verify import verify

__all__ = ["main"]


@click.group(
    cls=Program,
    help="Ấn Tín: ký số, cấp số và phát hành văn bản điện tử của cơ quan nhà nước.",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "Mã kết thúc: 0 xong/hợp lệ · 1 không hợp lệ hoặc bị từ chối · "
        "2 dùng sai hoặc không kết luận được · 3 thiết bị hoặc dịch vụ không sẵn sàng."
    ),
)
@shared
@reaching
@click.version_option(package_name="antin", prog_name="antin")
def main(url: str | None, **how: Any) -> None:
    """Hold the commands together."""
    if url is not None:
        reach(Service(url, **how))


for _command in (
    serve,
    document,
    verify,
    register,
    token,
    key,
    config,
    api_key,
    check,
    revocation,
    authority,
    timestamp,
    backup,
    restore,
):
    main.add_command(_command)
