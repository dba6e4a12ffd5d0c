"""``antin backup`` and ``antin restore``."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from signer.cli.check import bars, inspect
from signer.cli.common import DONE, REFUSED, options, say, settings, shared
from signer.errors import Kind, SignerError
from signer.model.backup import BackupReport
from signer.settings.keeping import kept_files
from signer.usecases.consistency import Depth

TAR = ".tar"


@click.command(
    help="Sao lưu kho khi dịch vụ đang chạy: cơ sở dữ liệu, các tệp, cấu hình (không có PIN, mật khẩu).\n\n"
    "TARGET là thư mục (mỗi lần thêm một bản, chỉ chép tệp mới) hoặc tệp .tar (một bản trọn vẹn)."
)
@click.argument("target", type=click.Path(path_type=Path), metavar="DIR|FILE.tar")
@shared
def backup(target: Path) -> None:
    """Make a backup; exit status 1 if a blob was not to be had."""
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    read = settings()
    with _archive_for(target) as folder, bars() as watch:
        made = app.open_backup(read, folder)(kept_files(read), watch)
    _tell(made, f"Đã sao lưu vào “{target}”", {"target": str(target)})
    for sha256 in made.lost:
        click.echo(f"LỖI: không đọc được tệp {sha256} trong kho; hãy chạy antin check.", err=True)
    click.get_current_context().exit(REFUSED if made.lost else DONE)


@click.command(
    help="Khôi phục bản sao lưu vào kho TRỐNG mà cấu hình nêu (SQLite hoặc PostgreSQL), rồi kiểm tra kho.\n\n"
    "Tệp cấu hình trong bản sao lưu không được chép đè: xem docs/operate.md."
)
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="DIR|FILE.tar")
@click.option("--backup", "name", default="", metavar="NAME", help="Tên bản sao lưu; mặc định: bản mới nhất.")
@shared
def restore(source: Path, name: str) -> None:
    """Restore, then inspect what came out; exit status 1 if it does not agree."""
    from signer import app  # noqa: PLC0415 - as above

    read = settings()
    with _archive_in(source, read.blobs.parent) as folder, bars() as watch:
        done = app.open_restore(read, folder)(name, watch)
    found = inspect(read, Depth())
    told = {"source": str(source), "check": found.as_dict()}
    _tell(done, f"Đã khôi phục từ “{source}”", told)
    if not options().json:
        click.echo("\n".join(found.words()))
    click.get_current_context().exit(DONE if found.clean else REFUSED)


def _tell(report: BackupReport, done: str, more: Mapping[str, object]) -> None:
    say(
        {**report.as_dict(), **more},
        f"{done}: bản {report.name}, {report.rows.get('documents', 0)} văn bản, "
        f"{report.blobs} tệp ({report.new_blobs} tệp mới chép), {len(report.files)} tệp cấu hình.",
    )


@contextmanager
def _archive_for(target: Path) -> Iterator[Path]:
    """The archive's folder; one that becomes a single file in the end, where that is what was asked for."""
    if target.suffix != TAR:
        yield target
        return
    if target.exists():
        raise click.BadParameter(f"“{target}” đã có; mỗi bản sao lưu là một tệp mới", param_hint="TARGET")
    with tempfile.TemporaryDirectory(prefix=".antin-backup-", dir=target.parent) as name:
        folder, packed = Path(name) / "archive", Path(name) / "packed"
        yield folder
        with packed.open("xb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            tar.add(folder, arcname=".")
        packed.chmod(0o600)
        packed.rename(target)


@contextmanager
def _archive_in(source: Path, beside: Path) -> Iterator[Path]:
    """The archive's folder; unpacked beside the store where it is a single file."""
    if source.is_dir():
        yield source
        return
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".antin-restore-", dir=beside) as name:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(name, filter="data")
        except (tarfile.TarError, EOFError) as error:
            raise SignerError(
                Kind.UNSUITABLE,
                "backup-damaged",
                f"“{source}” không phải tệp sao lưu, hoặc đã hỏng.",
                f"“{source}” is no backup, or it is damaged: {error}",
                where=str(source),
            ) from error
        yield Path(name)
