"""The office of ``keys.toml``: organisations, issuers, persons, series, delegations, custody."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations
from typing import TypeVar

from signer.model import (
    AttachmentStyle,
    Issuer,
    NumberedBy,
    Office,
    Organisation,
    OrganisationEra,
    Period,
    PeriodKind,
    Person,
    Series,
)
from signer.settings.authority import read_custody, read_delegations
from signer.settings.files import image
from signer.settings.parts import LETTER, known, overlap, period, types
from signer.settings.table import Table

T = TypeVar("T")

_CODE = re.compile(r"[0-9A-Z.]{0,35}")
_SEAL = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.8.a"


def read_office(root: Table) -> Office:
    """All of the office; cross references among its own tables are checked."""
    organisations = _named(
        [(item.id, item, table) for table in root.tables("organisation") for item in [_organisation(table)]], "id"
    )
    persons = _named([(item.id, item, table) for table in root.tables("person") for item in [_person(table)]], "id")
    issuer_tables = [(_issuer(table), table) for table in root.tables("issuer")]
    issuers = _named([(item.code, item, table) for item, table in issuer_tables], "code")
    for issuer, table in issuer_tables:
        known(table, "organisation", [issuer.organisation], organisations)
        holder = organisations.get(issuer.organisation)
        if holder is not None and holder[0].seal_image is None:
            table.warn("organisation", f"“{issuer.organisation}” chưa có hình dấu / has no seal_image ({_SEAL})")
    for item, table in organisations.values():
        known(table, "successor_of", item.successor_of, organisations)
    series = _all_series(root, issuers)
    delegations = read_delegations(root, issuers, persons)
    custody = read_custody(root, persons)
    return Office(
        organisations={name: item for name, (item, _) in organisations.items()},
        issuers={name: item for name, (item, _) in issuers.items()},
        persons={name: item for name, (item, _) in persons.items()},
        series=series,
        delegations=delegations,
        custody=custody,
    )


def _named(items: Iterable[tuple[str, T, Table]], key: str) -> dict[str, tuple[T, Table]]:
    result: dict[str, tuple[T, Table]] = {}
    for name, item, table in items:
        if name in result and name:
            table.fault(key, f"“{name}” được khai báo hai lần / “{name}” is declared twice")
        elif name:
            result[name] = (item, table)
    return result


def _organisation(table: Table) -> Organisation:
    eras = [_era(era) for era in table.tables("era")]
    if not eras:
        table.fault("era", "thiếu [[organisation.era]] / at least one [[organisation.era]] is wanted")
    for one, other in combinations(eras, 2):
        if overlap(one.period, other.period):
            table.fault(
                "era",
                f"thời gian của “{one.name}” và “{other.name}” chồng nhau / "
                f"“{one.name}” and “{other.name}” hold at the same time",
            )
    result = Organisation(
        id=table.text("id"),
        eras=tuple(sorted(eras, key=lambda era: str(era.period.since or ""))),
        successor_of=table.texts("successor_of", ()),
        seal_image=image(table, "seal_image", "red", _SEAL),
        seal_diameter_mm=table.number("seal_diameter_mm", 36.0, 10, 80),
        clerk_signature=table.boolean("clerk_signature", False),
        attachment_style=table.choice("attachment_style", AttachmentStyle, AttachmentStyle.MARK),
    )
    table.end()
    return result


def _era(table: Table) -> OrganisationEra:
    era = OrganisationEra(
        name=table.text("name"),
        period=period(table),
        code=table.text("code", ""),
        parent=table.text("parent", ""),
        place=table.text("place", ""),
        basis=table.text("basis", ""),
    )
    if not _CODE.fullmatch(era.code):
        table.fault(
            "code",
            f"mã định danh “{era.code[:50]}” chỉ gồm chữ số, A–Z và dấu chấm, tối đa 35 ký tự / an "
            "agency's code has digits, A–Z and dots, 35 at most (QĐ 20/2020/QĐ-TTg)",
        )
    table.end()
    return era


def _person(table: Table) -> Person:
    result = Person(id=table.text("id"), name=table.text("name"))
    table.end()
    return result


def _issuer(table: Table) -> Issuer:
    result = Issuer(
        code=table.text("code"),
        name=table.text("name"),
        symbol=table.text("symbol"),
        organisation=table.text("organisation"),
        agency_key=table.text("agency_key"),
        clerk_keys=table.texts("clerk_keys", ()),
    )
    table.end()
    return result


def _all_series(root: Table, issuers: Iterable[str]) -> tuple[Series, ...]:
    read = [(_series(table, issuers), table) for table in root.tables("series")]
    _named([(series.id, series, table) for series, table in read], "id")
    for (one, _), (other, table) in combinations(read, 2):
        shared = set(one.issuers) & set(other.issuers)
        # A series for some types stands before one for all; two of the same kind would leave the choice open.
        types = set(one.types) & set(other.types) or ({None} if not one.types and not other.types else set())
        if shared and types and overlap(Period(one.since, one.until), Period(other.since, other.until)):
            what = ", ".join(sorted(kind or LETTER for kind in types)) if one.types else "mọi loại / every type"
            table.fault(
                "types",
                f"trùng với hệ thống số / in conflict with the series “{one.id}” at the same time: "
                f"{', '.join(sorted(shared))} · {what}",
            )
    return tuple(series for series, _ in read)


def _series(table: Table, issuers: Iterable[str]) -> Series:
    span = period(table)
    result = Series(
        id=table.text("id"),
        issuers=table.texts("issuers"),
        types=types(table),
        period=table.choice("period", PeriodKind, PeriodKind.YEAR),
        term=table.text("term", ""),
        first=table.integer("first", 1, 1, 999_999_999),
        widest=table.integer("widest", 9999, 1, 999_999_999),
        numbered_by=table.choice("numbered_by", NumberedBy, NumberedBy.SERVICE),
        since=span.since,
        until=span.until,
        title=table.text("title", ""),
    )
    known(table, "issuers", result.issuers, issuers)
    if result.period is PeriodKind.TERM and not result.term:
        table.fault("term", "hệ thống số theo nhiệm kỳ phải ghi tên nhiệm kỳ / a series by term needs the term's name")
    if result.widest < result.first:
        table.fault("widest", f"{result.widest} nhỏ hơn số đầu / is below first = {result.first}")
    table.end()
    return result
