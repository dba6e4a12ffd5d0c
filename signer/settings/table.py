"""Reading TOML tables: each wrong or unknown key becomes one line, and reading goes on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

E = TypeVar("E", bound=Enum)

MAX_FILE = 16 * 1024 * 1024
"""Bytes of any file that the settings name; an image or certificate that is larger is a mistake."""


class SettingsFaults(Exception):
    """What is wrong with the settings: all of it, one line each with file and key. Never empty."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))

    def as_dicts(self) -> list[dict[str, str]]:
        """Each fault as file, key ("[[token]] 2 (server-btc): pin"; "" for the file as a whole) and message."""
        return [_parted(fault) for fault in self.faults]


_FAULT = re.compile(
    r"(?P<file>.+?\.toml): (?:(?P<key>(?:\[\[\w+\]\] (?:\d+ ?)?(?:\(.*?\))?: |\[\w+\] )*[\w.-]+): )?(?P<message>.+)",
    re.DOTALL,
)


def _parted(fault: str) -> dict[str, str]:
    found = _FAULT.fullmatch(fault)
    if found is None:
        return {"file": "", "key": "", "message": fault}
    return {"file": found["file"], "key": found["key"] or "", "message": found["message"]}


@dataclass(slots=True)
class Notes:
    """What was noticed while reading: faults stop the start, warnings do not; ``files`` are those that were read."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


class Table:
    """One TOML table with the place it stands at. Each reader takes its key; ``end`` complains of the rest.

    A reader that finds a fault notes it and returns the default, so that one run tells everything.
    """

    def __init__(self, where: str, data: Mapping[str, Any], notes: Notes, folder: Path) -> None:
        self.where, self.notes, self.folder = where, notes, folder
        self._data, self._seen = dict(data), set[str]()

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def fault(self, key: str, text: str) -> None:
        """Note what is wrong with ``key``."""
        self.notes.faults.append(f"{self.where}{key}: {text}")

    def warn(self, key: str, text: str) -> None:
        """Note what is odd about ``key``."""
        self.notes.warnings.append(f"{self.where}{key}: {text}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty; required without ``default``. "" stands in for a faulty one."""
        value = self._take(key, str, default, "a text")
        if isinstance(value, str) and not value.strip() and value != default:
            self.fault(key, "không được để trống / must not be empty")
        return value.strip() if isinstance(value, str) else ""

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, list, None if default is None else list(default), "a list of texts")
        if not isinstance(value, list):
            return ()
        if not all(isinstance(item, str) and item.strip() for item in value):
            self.fault(key, "cần danh sách chữ, không có mục trống / a list of texts wanted, none empty")
            return ()
        return tuple(item.strip() for item in value)

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._take(key, int, default, "a whole number")
        if not isinstance(value, int):
            return default
        if not least <= value <= most:
            self.fault(key, f"{value} nằm ngoài khoảng / is not within {least}–{most}")
            return default
        return value

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """A number, whole or not, within bounds."""
        value = self._take(key, (int, float), default, "a number")
        if not isinstance(value, (int, float)):
            return default
        if not least <= value <= most:
            self.fault(key, f"{value:g} nằm ngoài khoảng / is not within {least:g}–{most:g}")
            return default
        return float(value)

    def boolean(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._take(key, bool, default, "true or false")
        return value if isinstance(value, bool) else default

    def day(self, key: str) -> date | None:
        """A day, or None where it is left out."""
        if key not in self._data:
            self._seen.add(key)
            return None
        value = self._take(key, date, None, "a day such as 2026-11-21, without quotes")
        if isinstance(value, datetime):
            self.fault(key, "cần ngày, không có giờ / a day wanted, without time")
            return None
        return value if isinstance(value, date) else None

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """One of an enumeration's values; its first member stands in for a faulty one."""
        text = self.text(key, None if default is None else str(default.value))
        try:
            return kind(text)
        except ValueError:
            if text:
                self.fault(key, f"không có “{text}” / unknown; known: {', '.join(str(m.value) for m in kind)}")
            return default or next(iter(kind))

    def path(self, key: str, default: str | None = None) -> Path:
        """A path, made absolute from the folder of the settings file."""
        return self.folder / self.text(key, default)

    def file(self, key: str) -> bytes | None:
        """The bytes of a file that must be there; None where the key is left out or the file is faulty."""
        if key not in self._data:
            self._seen.add(key)
            return None
        text = self.text(key)
        return read_file(self, key, self.folder / text) if text else None

    def files(self, key: str) -> tuple[bytes, ...]:
        """The bytes of one file, or of a list of files, that must be there; the faulty ones are left out."""
        if isinstance(self._data.get(key), str):
            data = self.file(key)
            return () if data is None else (data,)
        read = [read_file(self, key, self.folder / name) for name in self.texts(key, ())]
        return tuple(data for data in read if data is not None)

    def tables(self, key: str) -> list[Table]:
        """The tables of ``[[key]]``, each with a name for its faults."""
        value = self._take(key, list, [], f"[[{key}]] tables")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(key, f"cần viết thành [[{key}]] / write [[{key}]] tables")
            return []
        result = []
        for i, item in enumerate(value, start=1):
            name = next((str(item[k]) for k in ("id", "code", "name", "person", "key") if k in item), "")
            label = f" ({name[:60]})" if name else ""
            result.append(Table(f"{self.where}[[{key}]] {i}{label}: ", item, self.notes, self.folder))
        return result

    def table(self, key: str) -> Table:
        """The table ``[key]``, empty where it is left out."""
        value = self._take(key, dict, {}, f"a table [{key}]")
        return Table(f"{self.where}[{key}] ", value if isinstance(value, dict) else {}, self.notes, self.folder)

    def names(self) -> tuple[str, ...]:
        """The keys of a table whose keys are the operator's own to choose."""
        return tuple(self._data)

    def end(self) -> None:
        """Every key that nobody asked for is a fault."""
        for key in self._data.keys() - self._seen:
            near = f" (known: {', '.join(sorted(self._seen))})"
            self.fault(key, f"khóa không được biết / unknown key{near}")

    def _take(self, key: str, kind: type | tuple[type, ...], default: Any, wanted: str) -> Any:
        self._seen.add(key)
        if key not in self._data:
            if default is None:
                self.fault(key, "thiếu / is missing")
            return default
        value = self._data[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"sai kiểu / wrong kind of value: {wanted} wanted")  # the value may be a secret
            return default
        return value


def read_file(table: Table, key: str, path: Path) -> bytes | None:
    """The bytes of a file, bounded; a fault where it is missing, unreadable or too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
        table.notes.files.append(path)
    except OSError as trouble:
        table.fault(key, f"không đọc được tệp / cannot read {path}: {trouble.strerror}")
        return None
    if len(data) > MAX_FILE:
        table.fault(key, f"tệp quá lớn / {path} is larger than {MAX_FILE} bytes")
        return None
    return data


def read_toml(path: Path, notes: Notes) -> Table | None:
    """A TOML file as a Table; None, and a fault, where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
        notes.files.append(path)
    except OSError as trouble:
        notes.faults.append(f"{path}: không đọc được / cannot be read: {trouble.strerror}")
        return None
    except ValueError as trouble:  # TOMLDecodeError, UnicodeDecodeError
        notes.faults.append(f"{path}: không phải TOML / is no TOML: {trouble}")
        return None
    return Table(f"{path.name}: ", data, notes, path.parent)
