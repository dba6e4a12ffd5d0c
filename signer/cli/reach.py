"""Where the work is done, if not here: the options that name a service, and the caller's key to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

MOST = 300
"""Bytes of an API key."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service to talk to, where its caller's key is, and for how many seconds a command may take."""

    url: str
    key_file: Path | None
    key_fd: int | None
    ca: Path | None
    certificate: Path | None
    patience: float

    def api_key(self) -> str | None:
        """The key from the descriptor, the file or ANTIN_API_KEY, in this order; never from an argument.

        A usage error where there is none to be read, and no certificate either.
        """
        try:
            told = self._told()
        except OSError as error:
            raise click.UsageError(f"Không đọc được khóa truy cập: {error.strerror}") from None
        key = told.decode("ascii", "replace").strip()
        if not key and self.certificate is None:
            raise click.UsageError(
                "Cần khóa truy cập: --api-key-file, --api-key-fd hoặc biến môi trường ANTIN_API_KEY."
            )
        return key or None

    def _told(self) -> bytes:
        if self.key_fd is not None:
            with os.fdopen(self.key_fd, "rb") as stream:
                return stream.read(MOST)
        if self.key_file is None:
            return os.environb.get(b"ANTIN_API_KEY", b"")
        with self.key_file.open("rb") as stream:
            if os.fstat(stream.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise click.UsageError(f"Tệp khóa truy cập {self.key_file} mở cho người khác đọc: hãy chmod 600.")
            return stream.read(MOST)


_REACHING = (
    click.option("--url", envvar="ANTIN_URL", help="Địa chỉ của dịch vụ: làm việc qua HTTP (hoặc biến ANTIN_URL)."),
    click.option(
        "--api-key-file",
        "key_file",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="ANTIN_API_KEY_FILE",
        help="Tệp chứa khóa truy cập, chỉ chủ tệp đọc được (hoặc biến ANTIN_API_KEY chứa chính khóa).",
    ),
    click.option("--api-key-fd", "key_fd", type=click.IntRange(min=0), metavar="N", help="Đọc khóa từ bộ mô tả tệp N."),
    click.option(
        "--ca",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="ANTIN_CA",
        help="Chứng thư gốc (PEM) của máy chủ dịch vụ, thay cho các gốc thông dụng.",
    ),
    click.option(
        "--certificate",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="ANTIN_CERTIFICATE",
        help="Chứng thư và khóa của bên gọi (một tệp PEM).",
    ),
    click.option(
        "--patience",
        type=click.FloatRange(0.1, 3600),
        envvar="ANTIN_PATIENCE",
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="Chờ dịch vụ trả lời nhiều nhất bao lâu, kể cả các lần gửi lại.",
    ),
)


def reaching(command: Callable[..., None]) -> Callable[..., None]:
    """Give the program the options that name a service elsewhere."""
    for option in reversed(_REACHING):
        command = option(command)
    return command
