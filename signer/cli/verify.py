"""``antin verify``: judge files. Needs neither database nor token."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from signer.cli.common import DONE, REFUSED, ROLES, UNCLEAR, Options, options, settings, shared
from signer.cli.desk import Json
from signer.cli.reach import Service
from signer.errors import Kind, SignerError
from signer.model import Content
from signer.report import Verdict
from signer.usecases.verify import Verify

EXIT: dict[str, int] = {
    Verdict.PASSED: DONE,
    Verdict.FAILED: REFUSED,
    Verdict.INDETERMINATE: UNCLEAR,
    Verdict.NO_SIGNATURE: UNCLEAR,
}
WORDS: dict[str, str] = {
    Verdict.PASSED: "HỢP LỆ",
    Verdict.FAILED: "KHÔNG HỢP LỆ",
    Verdict.INDETERMINATE: "KHÔNG KẾT LUẬN ĐƯỢC",
    Verdict.NO_SIGNATURE: "KHÔNG CÓ CHỮ KÝ SỐ",
}
LIMIT = 1024 * 1024 * 1024
"""Bytes of a file; whoever calls this holds the file already."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where trust and revocation data come from; a value that crosses into worker processes."""

    trust: tuple[Path, ...]
    revocation: Path | None


@click.command(help="Kiểm tra chữ ký số của các tệp PDF. Không cần cơ sở dữ liệu hay thiết bị.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--trust",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Chứng thư gốc được tin; mặc định lấy từ cấu hình; không có thì không kết luận được.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Số tiến trình song song.")
@click.option(
    "--package",
    is_flag=True,
    help="Tệp đầu là văn bản chính, các tệp sau là tệp kèm theo: kiểm tra cả gói, một báo cáo.",
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Ghi báo cáo vào tệp .json này.")
@shared
def verify(files: tuple[Path, ...], trust: tuple[Path, ...], jobs: int, package: bool, report: Path | None) -> None:
    """Judge each file, or all of them as one package; the exit status is the worst of them."""
    if report is not None and report.suffix.lower() != ".json":
        raise click.BadParameter("hiện chỉ ghi được báo cáo .json", param_hint="--report")
    asked = options()
    # Whoever says what is to be trusted wants it judged here.
    service = None if trust else asked.elsewhere
    if package:
        _say_package(
            files, _package(files, _sources(asked, trust)) if service is None else _asked(service, files), report
        )
        return
    judged = _judge(files, _sources(asked, trust), jobs) if service is None else _judge_elsewhere(files, service)
    outcomes = list(_progress(judged, len(files)))
    values = [_as_dict(path, outcome) for path, outcome in zip(files, outcomes, strict=True)]
    text = json.dumps(values[0] if len(values) == 1 else values, ensure_ascii=False, indent=2)
    if report is not None:
        report.write_text(text + "\n", "utf-8")
    click.echo(
        text if asked.json else "\n".join(_words(path, outcome) for path, outcome in zip(files, outcomes, strict=True))
    )
    statuses = {UNCLEAR if isinstance(outcome, str) else EXIT[outcome["verdict"]] for outcome in outcomes}
    click.get_current_context().exit(REFUSED if REFUSED in statuses else max(statuses))


def _say_package(files: tuple[Path, ...], judged: Json, report: Path | None) -> None:
    value = {"file": str(files[0]), **judged}
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if report is not None:
        report.write_text(text + "\n", "utf-8")
    click.echo(text if options().json else _package_words(files, judged))
    click.get_current_context().exit(EXIT[judged["package"]["verdict"]])


def _package(files: tuple[Path, ...], sources: Sources) -> Json:
    _open(sources)
    judged = _verify[0].package(Content.of_file(files[0]), [(path.name, Content.of_file(path)) for path in files[1:]])
    return judged.as_dict()


def _asked(service: Service, files: tuple[Path, ...]) -> Json:
    """A package as the service judges it. One without attachments is told as a file: a package it is all the same."""
    from signer.cli.remote import open_desk  # noqa: PLC0415 - as in ``_open``

    judged = open_desk(service).verify(files[0], files[1:])
    return {"package": {"verdict": judged["verdict"], "attachments": [], "findings": []}} | judged


def _judge_elsewhere(files: tuple[Path, ...], service: Service) -> Iterator[Json | str]:
    from signer.cli.remote import open_desk  # noqa: PLC0415 - as in ``_open``

    desk = open_desk(service)
    for path in files:
        try:
            yield desk.verify(path)
        except OSError as error:
            yield error.strerror or type(error).__name__


def _sources(asked: Options, trust: tuple[Path, ...]) -> Sources:
    """What is said on the command line goes before the settings; roots are never built in."""
    read = settings() if asked.config is not None else None
    return Sources(trust or (read.trust if read else ()), read.revocation if read else None)


def _judge(files: tuple[Path, ...], sources: Sources, jobs: int) -> Iterator[Json | str]:
    """Reports in the order of the files; a text where a file could not be read."""
    if jobs == 1 or len(files) == 1:
        _open(sources)
        yield from map(_one, files)
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(min(jobs, len(files)), context, _open, (sources,)) as pool:
        yield from pool.map(_one, files, chunksize=1)


_verify: list[Verify] = []
"""This process's verifier; opened once, since reading roots and CRLs takes longer than a small file."""


def _open(sources: Sources) -> None:
    from signer import app  # noqa: PLC0415 - takes a second, which --help need not wait for

    _verify[:] = [Verify(app.open_verifier(sources.trust, sources.revocation), LIMIT)]


def _one(path: Path) -> Json | str:
    try:
        content = Content.of_file(path)
        content.hasher()  # to the end: what the disk does not give is no fault of the signatures
    except OSError as error:
        return error.strerror or type(error).__name__
    return _verify[0](content).as_dict()


def _progress(outcomes: Iterator[Json | str], count: int) -> Iterator[Json | str]:
    """A bar on standard error while many files are judged, if a person watches."""
    if count == 1 or not sys.stderr.isatty():
        yield from outcomes
        return
    with click.progressbar(outcomes, length=count, label="Kiểm tra", file=sys.stderr) as bar:
        yield from bar


def _unreadable(path: Path, reason: str) -> SignerError:
    """One of several files cannot be read; the others are judged all the same."""
    return SignerError(
        Kind.MALFORMED,
        "file-unreadable",
        f"{path}: không đọc được tệp ({reason})",
        f"{path}: the file cannot be read ({reason})",
    )


def _as_dict(path: Path, outcome: Json | str) -> dict[str, object]:
    if isinstance(outcome, str):
        return {"file": str(path), "error": {"code": _unreadable(path, outcome).code, "message": outcome}}
    return {"file": str(path), **outcome}


def _day(told: str | None) -> str:
    """A day for people: 2026-11-22 as 22/11/2026; what is no whole date stays as the page has it."""
    try:
        return f"{date.fromisoformat(told or ''):%d/%m/%Y}"
    except ValueError:
        return told or "—"


def _lasting(signature: Json) -> str:
    """Level and time-stamp, where there is more to say than B-B."""
    stamp = signature["time_stamp"]
    if stamp is None:
        return ""
    kind = "dấu thời gian nội bộ" if stamp["internal"] else "dấu thời gian"
    return f"{signature['level']}, {kind}: {stamp['authority']}"


def _words(path: Path, outcome: Json | str) -> str:
    if isinstance(outcome, str):
        return _unreadable(path, outcome).text.vi
    lines = [f"{path}: {_verdict(outcome['verdict'])}"]
    for each in outcome["signatures"]:
        moment = each["best_signature_time"] or each["signing_time"]
        told = ", ".join(filter(None, (each["indication"], each["subindication"], moment, _lasting(each))))
        lines.append(f"  {each['field']} [{ROLES.get(each['role'], each['role'])}] {each['signer']}: {told}")
    chain = outcome["chain"]
    # An attachment may show no day, and the finding that says what it is has the whole notation.
    attached = chain["date"] is None and any(found["code"] == "attachment-file" for found in outcome["findings"])
    if chain["number"] and not attached:
        lines.append(f"  Số {chain['number']}, ngày {_day(chain['date'])}, {chain['agency'] or '—'}")
    return "\n".join([*lines, *_remarks(outcome["findings"])])


def _verdict(verdict: str) -> str:
    return f"{WORDS[verdict]} ({verdict})"


def _remarks(findings: Sequence[Json]) -> list[str]:
    return [
        f"  - {found['message']['vi']}" + (f" [{found['clause']}]" if found["clause"] else "") for found in findings
    ]


def _package_words(files: tuple[Path, ...], judged: Json) -> str:
    """The package with what is said of it as a whole, then its files with what is said of each."""
    package = judged["package"]
    lines = [f"Cả gói: {_verdict(package['verdict'])}", *_remarks(package["findings"])]
    lines.append(f"Văn bản: {_words(files[0], judged)}")
    lines += [
        f"Tệp kèm theo {n}: {_words(path, own)}"
        for n, (path, own) in enumerate(zip(files[1:], package["attachments"], strict=True), start=1)
    ]
    return "\n".join(lines)
