"""``antin authority``: others' time-stamp authorities, as ``[tsa_outside]`` names them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import click

from signer.cli.common import AWAY, DONE, REFUSED, options, say, settings, shared
from signer.model import VIETNAM
from signer.model.timestamp import CountsAs, TimeStamp
from signer.usecases.authorities import Tried

_COUNTS = {CountsAs.GOVERNMENT: "của Chính phủ", CountsAs.INTERNAL: "dấu thời gian nội bộ"}


@click.group(help="Dịch vụ cấp dấu thời gian của tổ chức khác (RFC 3161).")
def authority() -> None:
    """Hold the commands on authorities."""


@authority.command("list", help="Các dịch vụ trong cấu hình, theo thứ tự hỏi. Không hỏi dịch vụ nào.")
@shared
def list_() -> None:
    """List what the settings say."""
    said = settings().outside
    told = [
        {
            "name": each.name,
            "url": each.url,
            "counts_as": each.counts_as.value,
            "from": each.period.since and each.period.since.isoformat(),
            "until": each.period.until and each.period.until.isoformat(),
            "policy": each.policy,
            "policies": sorted(each.policies),
            "timeout_seconds": each.way.seconds,
        }
        for each in said.authorities
    ]
    lines = [f"{each.name:<20}  {_COUNTS[each.counts_as]:<20}  {each.url}" for each in said.authorities]
    say(told, "\n".join(lines) or "Chưa khai báo dịch vụ nào ([tsa_outside]).")


@authority.command(
    help="Hỏi thử từng dịch vụ một dấu thời gian trên dữ liệu ngẫu nhiên và kiểm tra trả lời.\n\n"
    "Mã kết thúc: 0 dịch vụ nào cũng đạt · 1 có dịch vụ không đạt · 3 không kết nối được dịch vụ nào."
)
@click.argument("names", metavar="[NAME]…", nargs=-1)
@shared
def test(names: tuple[str, ...]) -> None:
    """Ask, and tell what came of each as soon as it is known."""
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    declared = {each.name for each in settings().outside.authorities}
    if missing := set(names) - declared:
        raise click.BadParameter(f"không có “{min(missing)}” trong cấu hình", param_hint="NAME")
    done: list[Tried] = []
    for tried in app.open_try(settings())(names):
        done.append(tried)
        for line in _tried(tried):
            if not options().json:
                click.echo(line, err=True)
    good = sum(each.stamp is not None for each in done)
    say([each.as_dict() for each in done], f"{good}/{len(done)} dịch vụ đạt." if done else "Không có dịch vụ nào.")
    away = bool(done) and all(each.away for each in done)
    click.get_current_context().exit(AWAY if away else DONE if done and good == len(done) else REFUSED)


@authority.command(
    help="Xin dấu thời gian cho tệp FILE (SHA-256) ở dịch vụ đầu tiên trả lời đúng, ghi TimeStampToken (DER) vào OUT. "
    "Nội dung tệp không rời máy này.\n\nMã kết thúc: 0 xong · 3 không lấy được."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT", help="Tệp ghi ra.")
@click.option("--counts-as", type=click.Choice([each.value for each in CountsAs]), help="Chỉ hỏi loại dịch vụ này.")
@click.option("--seconds", type=click.FloatRange(0.1, 3600), help="Thời gian chờ tối đa cho tất cả.")
@shared
def stamp(file: Path, output: Path, counts_as: str | None, seconds: float | None) -> None:
    """Hash, ask, write."""
    from signer import app  # noqa: PLC0415 - as above

    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").digest()
    counts = None if counts_as is None else CountsAs(counts_as)
    got = app.open_outside(settings()).ask(digest, "sha256", counts, seconds)
    output.write_bytes(got.token)
    say(got.as_dict(), "\n".join(_stamp(got)))


def _tried(tried: Tried) -> Iterator[str]:
    if tried.stamp is not None:
        yield f"{tried.authority}: tốt, {tried.seconds:.1f} giây"
        yield from (f"     {line}" for line in _stamp(tried.stamp))
    elif tried.refusal is not None:
        yield f"{tried.authority}: KHÔNG ĐẠT, {tried.seconds:.1f} giây ({tried.refusal.code})"
        yield f"     {tried.refusal.text.vi}"
        yield f"     {tried.refusal.text.en}"


def _stamp(got: TimeStamp) -> Iterator[str]:
    exact = "không công bố" if got.accuracy is None else f"±{got.accuracy.total_seconds():g} giây"
    yield f"{got.at.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y} ({exact}), {_COUNTS[got.counts_as]}: {got.authority}"
    yield f"Chính sách {got.policy}, số {got.serial}; chứng thư số {got.subject}, đến {_day(got)}"
    for each in got.findings:
        yield f"Lưu ý: {each.message.vi}"


def _day(got: TimeStamp) -> str:
    return f"{got.until.astimezone(VIETNAM):%d/%m/%Y}"
