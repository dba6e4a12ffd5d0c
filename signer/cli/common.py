"""What all commands share: settings, output for people and machines, exit status, who commands, PINs."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from hsm.errors import HsmError
from hsm.pin import Pin, PinSource
from policies.model import Severity
from signer.cli.desk import Desk
from signer.cli.reach import Service
from signer.cli.usage import tell, vietnamese
from signer.errors import Kind, SignerError
from signer.model import VIETNAM, Office, SignatureRole
from signer.settings import Settings, SettingsFaults, load_settings
from signer.usecases.services import Services

DONE, REFUSED, UNCLEAR, AWAY = 0, 1, 2, 3

EXIT: dict[Kind, int] = {
    Kind.MALFORMED: UNCLEAR,
    Kind.UNAUTHENTICATED: REFUSED,
    Kind.FORBIDDEN: REFUSED,
    Kind.NOT_FOUND: REFUSED,
    Kind.CONFLICT: REFUSED,
    Kind.TOO_LARGE: REFUSED,
    Kind.UNSUPPORTED: REFUSED,
    Kind.UNSUITABLE: REFUSED,
    Kind.BUSY: AWAY,
    Kind.UNAVAILABLE: AWAY,
    Kind.INTERNAL: AWAY,
}
"""Kind of error to exit status."""

ROLES: dict[str, str] = {
    SignatureRole.INITIAL: "ký nháy",
    SignatureRole.LEADER: "lãnh đạo",
    SignatureRole.CLERK: "văn thư",
    SignatureRole.AGENCY: "cơ quan",
}
"""In what capacity somebody signed, for people."""

_FILE_FAULTS = {
    errno.ENOENT: "tệp hoặc thư mục không tồn tại",
    errno.ENOTDIR: "trong đường dẫn có phần không phải là thư mục",
    errno.EISDIR: "đây là một thư mục",
    errno.EACCES: "không có quyền truy cập",
    errno.EPERM: "không có quyền truy cập",
    errno.EROFS: "hệ thống tệp chỉ cho phép đọc",
    errno.ENOSPC: "thiết bị lưu trữ đã đầy",
    errno.ENAMETOOLONG: "tên tệp quá dài",
}


@dataclass(slots=True)
class Options:
    """What was asked for beside the command itself; ``…_said``: on the command line, not by the environment."""

    json: bool = False
    config: Path | None = None
    config_said: bool = False
    service: Service | None = None
    service_said: bool = False

    @property
    def elsewhere(self) -> Service | None:
        """The service that is to do the work, None where it is done here. What is said goes before what is set."""
        if self.service is None or (self.config_said and not self.service_said):
            return None
        if self.config is not None and self.config_said == self.service_said:
            raise click.UsageError(
                "Vừa có --config (ANTIN_CONFIG) vừa có --url (ANTIN_URL): chỉ chọn một, tại đây hay qua dịch vụ."
            )
        return self.service


class Program(click.Group):
    """The top group: what commands raise becomes words and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        ctx.ensure_object(Options)
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            # The flag may stand behind what could not be understood, so it is looked for in the words themselves.
            if "--json" in sys.argv[1:]:
                message = {"vi": f"Lệnh chưa đúng: {vietnamese(error)}", "en": error.format_message()}
                click.echo(json.dumps({"error": {"code": "usage", "message": message}}, ensure_ascii=False))
            else:
                tell(error)
            ctx.exit(UNCLEAR)
        except SignerError as error:
            fail(ctx.find_object(Options) or Options(), error)
        except SettingsFaults as faults:
            _tell_faults(ctx.find_object(Options) or Options(), faults)
            ctx.exit(UNCLEAR)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever reads our output has had enough; click ends quietly
                raise
            fail(ctx.find_object(Options) or Options(), _file_error(error))


def _tell_faults(asked: Options, faults: SettingsFaults) -> None:
    if asked.json:
        error = SignerError(Kind.MALFORMED, "settings-faulty", "Cấu hình có lỗi.", "The settings are faulty.")
        told = {"code": error.code, "message": error.text.as_dict(), "faults": faults.as_dicts()}
        click.echo(json.dumps({"error": told}, ensure_ascii=False, indent=2))
    for fault in faults.faults:
        click.echo(fault, err=True)


def shared(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--json`` and ``--config``."""
    command = click.option(
        "--json",
        "json_",
        is_flag=True,
        expose_value=False,
        callback=_set_json,
        help="In JSON cho máy đọc ra đầu ra chuẩn.",
    )(command)
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="ANTIN_CONFIG",
        expose_value=False,
        callback=_set_config,
        is_eager=True,
        help="Tệp service.toml (hoặc biến ANTIN_CONFIG).",
    )(command)


def commanded(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that changes something ``--as``."""
    return click.option(
        "--as",
        "person",
        metavar="PERSON",
        default="",
        help=("Người ra lệnh: mã hoặc họ tên (mặc định: người dùng của hệ điều hành)."),
    )(command)


def with_pin(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--pin-fd``; a PIN is never an argument, where every process could read it."""
    return click.option(
        "--pin-fd", type=click.IntRange(min=0), metavar="N", help=("Đọc mã PIN từ bộ mô tả tệp N thay vì hỏi.")
    )(command)


def _set_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Options).json |= value


def _set_config(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    asked, said = ctx.ensure_object(Options), _is_said(ctx, param)
    if value is not None and (said or not asked.config_said):
        asked.config, asked.config_said = value, said


def _is_said(ctx: click.Context, param: click.Parameter) -> bool:
    return ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE


def reach(service: Service) -> None:
    """Note what the options of ``signer.cli.reach`` gave."""
    asked, source = options(), click.get_current_context().get_parameter_source("url")
    asked.service, asked.service_said = service, source is ParameterSource.COMMANDLINE


def options() -> Options:
    """The options of the command that runs."""
    return click.get_current_context().ensure_object(Options)


def settings() -> Settings:
    """The settings that ``--config`` or ANTIN_CONFIG names; a usage error if neither does."""
    asked = options()
    path = asked.config
    if asked.service_said or (path is None and asked.service is not None):
        raise click.UsageError("Lệnh này chỉ chạy trên máy chủ của dịch vụ, với --config; không dùng qua --url.")
    if path is None:
        raise click.UsageError("Cần tệp cấu hình: --config service.toml hoặc biến môi trường ANTIN_CONFIG.")
    return load_settings(path)


def services() -> tuple[Services, Office]:
    """Wired use cases of the settings, and their office."""
    # Wiring loads every library that there is, which takes a second: help and wrong usage need none of them.
    from signer import app  # noqa: PLC0415 - see above

    read = settings()
    app.set_up(read)
    return app.build(read), read.office


def desk() -> Desk:
    """What the command talks to: use cases here, or a service elsewhere."""
    if service := options().elsewhere:
        from signer.cli.remote import open_desk  # noqa: PLC0415 - as in ``services``

        return open_desk(service)
    from signer.cli.local import LocalDesk  # noqa: PLC0415 - as in ``services``

    return LocalDesk(*services())


def read_pin(descriptor: int | None, question: str) -> Pin | None:
    """The PIN from a descriptor, or asked for at a terminal; None where there is neither."""
    source = PinSource("fd", str(descriptor)) if descriptor is not None else PinSource("prompt", question)
    if descriptor is None and not sys.stdin.isatty():
        return None
    try:
        return source.read()
    except HsmError as error:
        raise click.UsageError(f"Không đọc được mã PIN: {error}") from None


def say(value: object, text: str) -> None:
    """Print the outcome: JSON for machines, ``text`` for people."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2) if options().json else text)


def vietnam_time(moment: str) -> str:
    """A moment (RFC 3339) for people, by the clock of Viet Nam."""
    return f"{datetime.fromisoformat(moment).astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} (+07:00)"


def vietnam_day(day: str) -> str:
    """A day (YYYY-MM-DD) for people."""
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def say_findings(findings: Sequence[Mapping[str, Any]]) -> None:
    """Tell a person of findings, on standard error."""
    marks: dict[str, str] = {Severity.ERROR: "LỖI", Severity.WARNING: "Lưu ý", Severity.INFO: "Thông tin"}
    for found in findings:
        clause = f" [{found['clause']}]" if found["clause"] else ""
        click.echo(f"{marks[found['severity']]}: {found['message']['vi']}{clause}", err=True)


def _file_error(error: OSError) -> SignerError:
    """A file that cannot be read or written, named; the exit status is that of wrong usage."""
    name = str(error.filename or "—")
    vi = _FILE_FAULTS.get(error.errno or 0, f"lỗi hệ điều hành {errno.errorcode.get(error.errno or 0, '')}".strip())
    return SignerError(
        Kind.MALFORMED,
        "file-error",
        f"Không đọc hoặc ghi được “{name}”: {vi}.",
        f"“{name}” cannot be read or written: {error.strerror or type(error).__name__}",
        where=name,
    )


def fail(asked: Options, error: SignerError) -> NoReturn:
    """Say what went wrong, and end with the kind's exit status."""
    if asked.json:
        click.echo(
            json.dumps(
                {
                    "error": {
                        "code": error.code,
                        "kind": error.kind.value,
                        "clause": error.clause,
                        "where": error.where,
                        "message": error.text.as_dict(),
                        "findings": [found.as_dict() for found in error.findings],
                    }
                },
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        clause = f" [{error.clause}]" if error.clause else ""
        click.echo(f"{error.text.vi}{clause}\n{error.text.en} ({error.code})", err=True)
        say_findings([found.as_dict() for found in error.findings[1:]])
    click.get_current_context().exit(EXIT[error.kind])
