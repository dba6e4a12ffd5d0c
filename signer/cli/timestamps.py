"""``antin timestamp``: RFC 3161 by hand: a request for a file's digest, and what came of one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from signer.cli.common import AWAY, DONE, REFUSED, options, say, settings, shared
from signer.model import VIETNAM
from signer.model.time import GRANTED

HASHES = ("sha256", "sha384", "sha512")
MOST = 1024 * 1024
"""Bytes of a request or reply; an honest one has a few thousand."""


@click.group(help="Dấu thời gian theo RFC 3161.")
def timestamp() -> None:
    """Hold the commands on time-stamps."""


@timestamp.command(
    help="Tạo yêu cầu cấp dấu thời gian (TimeStampReq, DER) cho tệp FILE. Nội dung tệp không rời máy này."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT", help="Tệp ghi ra.")
@click.option("--hash", "algorithm", type=click.Choice(HASHES), default="sha256", show_default=True, help="Hàm băm.")
@click.option("--policy", default="", metavar="OID", help="Chính sách cần có; mặc định theo nơi cấp.")
@shared
def request(file: Path, output: Path, algorithm: str, policy: str) -> None:
    """Hash, and write the question."""
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    digest = _digest(file, algorithm)
    try:
        asked = app.time_stamp_request(digest, algorithm, policy)
    except ValueError:
        raise click.BadParameter(f"“{policy}” không phải OID", param_hint="--policy") from None
    output.write_bytes(asked)
    told = {"file": str(file), "request": str(output), "algorithm": algorithm, "digest": digest.hex()}
    say(told | {"policy": policy or None}, f"{output}: {algorithm} {digest.hex()}")


@timestamp.command(
    help="Cấp dấu thời gian cho yêu cầu QUERY (TimeStampReq, DER) ngay tại đây, bằng khóa của [tsa] và giờ của [clock] "
    "trong cấu hình; không cần dịch vụ đang chạy. OUT là TimeStampResp, kể cả khi từ chối.\n\n"
    "Mã kết thúc: 0 đã cấp · 1 từ chối · 3 không rõ giờ hoặc không dùng được khóa."
)
@click.argument("query", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT", help="Tệp ghi ra.")
@shared
def reply(query: Path, output: Path) -> None:
    """Answer as ``POST /tsa`` would."""
    from signer import app  # noqa: PLC0415 - as above

    asked, authority = _bounded(query), app.open_authority(settings())
    if authority is None:
        raise click.UsageError("Cấu hình không có bảng [tsa]: không có khóa để cấp dấu thời gian (docs/tsa.md).")
    answer = authority.reply(asked)
    output.write_bytes(answer.der)
    granted = answer.outcome == GRANTED
    words = f"{output}: ĐÃ CẤP, số {answer.serial}" if granted else f"{output}: TỪ CHỐI, {answer.outcome}"
    say({"query": str(query), "reply": str(output), "outcome": answer.outcome, "serial": answer.serial or None}, words)
    away = answer.outcome in ("timeNotAvailable", "systemFailure")
    click.get_current_context().exit(DONE if granted else AWAY if away else REFUSED)


@timestamp.command(
    help="Kiểm tra dấu thời gian REPLY (TimeStampResp hoặc TimeStampToken, DER) của tệp --data, hoặc theo yêu cầu "
    "--request.\n\nMã kết thúc: 0 hợp lệ · 1 không hợp lệ · 2 không kết luận được."
)
@click.argument("reply", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), metavar="FILE", help="Tệp được cấp dấu thời gian.")
@click.option("--request", "asked", type=click.Path(path_type=Path), metavar="TSQ", help="Yêu cầu đã gửi.")
@click.option(
    "--trust",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Chứng thư gốc được tin; mặc định lấy từ cấu hình.",
)
@shared
def verify(reply: Path, data: Path | None, asked: Path | None, trust: tuple[Path, ...]) -> None:
    """Judge against the data, the request, or both."""
    from signer import app  # noqa: PLC0415 - as above

    if data is None and asked is None:
        raise click.UsageError("Cần --data hoặc --request: dấu thời gian của cái gì?")
    read = settings() if options().config is not None else None
    roots = trust or (read.trust if read else ())
    if not roots:
        raise click.UsageError("Cần --trust hoặc --config: không có chứng thư gốc thì không kết luận được.")
    judge = app.open_later_judge(roots, read.revocation if read else None)
    said = _bounded(reply)
    stamp = judge(
        said,
        None if asked is None else _bounded(asked),
        None if data is None else lambda algorithm: _digest(data, algorithm),
        str(reply),
    )
    told = {name: value for name, value in stamp.as_dict().items() if name not in ("authority", "counts_as")}
    exact = "không công bố" if stamp.accuracy is None else f"±{stamp.accuracy.total_seconds():g} giây"
    lines = [
        f"{reply}: HỢP LỆ, {stamp.at.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y} ({exact})",
        f"  Chính sách {stamp.policy}, số {stamp.serial}; chứng thư số {stamp.subject}",
        *(f"  - {each.message.vi}" for each in stamp.findings),
    ]
    say({"file": str(reply), "valid": True} | told, "\n".join(lines))


def _digest(file: Path, algorithm: str) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, algorithm).digest()


def _bounded(file: Path) -> bytes:
    """The bytes; of a file that is too large to be one, only so many that it is refused."""
    with file.open("rb") as opened:
        return opened.read(MOST + 1)
