"""What click has against a command line, in Vietnamese: its own words are English, ours are Vietnamese already."""

from __future__ import annotations

import re

import click

_KINDS = {"option": "tùy chọn", "argument": "tham số"}
_NAMED = re.compile(r"(?:File|Path|Directory) '(?P<name>.*)' (?P<what>[a-z ]+)\.", re.DOTALL)
_PATHS = {
    "does not exist": "không tồn tại",
    "is a file": "là tệp, không phải thư mục",
    "is a directory": "là thư mục, không phải tệp",
    "is not readable": "không đọc được",
    "is not writable": "không ghi được",
}
_NO_VALUE = re.compile(r"Option '.*' requires (?:an|\d+) arguments?\.")
_EXTRA = re.compile(r"Got unexpected extra arguments? \((?P<words>.*)\)", re.DOTALL)
_NOT_A_NUMBER = re.compile(r"'(?P<value>.*)' is not a valid (?:integer|integer range)\.", re.DOTALL)
_OUT_OF_RANGE = re.compile(r"(?P<value>\S+) is not in the range \S+\.")


def vietnamese(error: click.UsageError) -> str:
    """What is wrong, as one sentence or a few; the error's own message where that is Vietnamese."""
    if isinstance(error, click.MissingParameter):
        return _missing(error)
    if isinstance(error, click.BadParameter):
        return f"{_where(error)}{_value(error)}"
    if isinstance(error, click.NoSuchOption):
        return f"không có tùy chọn “{error.option_name}”.{_perhaps(error.possibilities)}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"không có lệnh “{error.command_name}”.{_perhaps(error.possibilities)}"
    if isinstance(error, click.BadOptionUsage) and _NO_VALUE.fullmatch(error.message):
        return f"tùy chọn “{error.option_name}” cần có giá trị."
    if extra := _EXTRA.fullmatch(error.message):
        return f"thừa tham số: {extra['words']}."
    return error.format_message()


def tell(error: click.UsageError) -> None:
    """Say on standard error what is wrong, Vietnamese first, and where help is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    vi, en = vietnamese(error), error.format_message()
    if error.ctx is not None:
        usage = error.ctx.get_usage().removeprefix("Usage:").strip()
        click.echo(f"Cách dùng: {usage}\nXem hướng dẫn: {error.ctx.command_path} --help\n", err=True)
    click.echo(f"Lệnh chưa đúng: {vi}", err=True)
    if error.message not in vi or not error.message:
        click.echo(en, err=True)


def _missing(error: click.MissingParameter) -> str:
    kind = error.param_type or (error.param.param_type_name if error.param else "")
    said = f"thiếu {_KINDS.get(kind, 'tham số')} {_name(error)}.".replace(" .", ".")
    return said + _choices(error.param)


def _value(error: click.BadParameter) -> str:
    if named := _NAMED.fullmatch(error.message):
        return f"“{named['name']}” {_PATHS.get(named['what'], 'không dùng được')}."
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice) and " is not one of " in error.message:
        return "không có lựa chọn này." + _choices(error.param)
    if found := _NOT_A_NUMBER.fullmatch(error.message):
        return f"“{found['value']}” không phải là số nguyên."
    if (found := _OUT_OF_RANGE.fullmatch(error.message)) and isinstance(kind, click.IntRange):
        bounds = [f"từ {kind.min}"] * (kind.min is not None) + [f"đến {kind.max}"] * (kind.max is not None)
        return f"{found['value']} không dùng được, phải là số {' '.join(bounds)}."
    return error.message


def _where(error: click.BadParameter) -> str:
    name = _name(error)
    return f"{name}: " if name else ""


def _name(error: click.BadParameter) -> str:
    """The option or argument, without click's marks of quotation."""
    hint = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param else "")
    return (hint if isinstance(hint, str) else ", ".join(hint)).replace("'", "")


def _choices(param: click.Parameter | None) -> str:
    kind = param.type if param else None
    return f" Chọn một trong: {', '.join(map(str, kind.choices))}." if isinstance(kind, click.Choice) else ""


def _perhaps(names: list[str] | None) -> str:
    return f" Có phải là: {', '.join(names)}?" if names else ""
