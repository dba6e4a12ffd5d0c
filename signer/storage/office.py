"""The office as rows: read it, and make the rows say what the settings say without losing what they said.

Nothing is deleted. A row that the office no longer says is retired, with the moment; documents, numbers and
acts that refer to it keep it, and who was allowed to do what at the time can still be told.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from signer.model import (
    AttachmentStyle,
    Custody,
    Delegation,
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
from signer.storage import tables as t
from signer.storage.columns import Words
from signer.storage.migrations import REVISIONS
from signer.storage.prepared import Statement

EMPTY = Office(organisations={}, issuers={}, persons={}, series=(), delegations=(), custody=())

Rows = list[dict[str, Any]]

DIGEST = Statement(sa.select(t.office_state.c.digest))

# In this order each table finds what it refers to. Named rows are found by their key, the others by content.
_NAMED = (
    ("organisations", t.organisations, "id"),
    ("persons", t.persons, "id"),
    ("issuers", t.issuers, "code"),
    ("series", t.series, "id"),
)
_LISTED = (t.organisation_eras, t.successions, t.seals, t.series_issuers, t.delegations, t.custody)


def digest(office: Office) -> str:
    """SHA-256 of everything that an office says, and of the schema that it is stored in."""
    said = json.dumps([REVISIONS[-1], _rows(office)], default=_plain, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def put(connection: Connection, office: Office, now: datetime) -> None:
    """Change what differs: new rows in, changed ones replaced, vanished ones retired."""
    wanted = _rows(office)
    for name, table, key in _NAMED:
        _put_named(connection, table, key, wanted[name], now)
    for table in _LISTED:
        _put_listed(connection, table, wanted[table.name], now)
    state = {"digest": digest(office), "put_at": now}
    if not connection.execute(t.office_state.update().values(state)).rowcount:
        connection.execute(t.office_state.insert().values(id=1, **state))


def read(connection: Connection) -> Office:
    """The office as last put."""
    rows = {table.name: _current(connection, table) for table in (*(table for _, table, _ in _NAMED), *_LISTED)}
    issuers_of = _by(rows["series_issuers"], "series")
    return Office(
        organisations=_organisations(rows),
        issuers={
            row.code: Issuer(row.code, row.name, row.symbol, row.organisation, row.agency_key, tuple(row.clerk_keys))
            for row in rows["issuers"]
        },
        persons={row.id: Person(row.id, row.name) for row in rows["persons"]},
        series=tuple(_series(row, issuers_of[row.id]) for row in rows["series"]),
        delegations=tuple(
            Delegation(row.person, row.issuer, tuple(row.capacity), tuple(row.types), _period(row), row.basis)
            for row in rows["delegations"]
        ),
        custody=tuple(Custody(row.key, row.person, _period(row), row.basis, row.minutes) for row in rows["custody"]),
    )


# --- value to rows --------------------------------------------------------------------------------------------


def _rows(office: Office) -> dict[str, Rows]:
    wanted: dict[str, Rows] = defaultdict(list)
    for ordinal, organisation in enumerate(office.organisations.values()):
        wanted["organisations"].append(
            {
                "id": organisation.id,
                "ordinal": ordinal,
                "clerk_signature": organisation.clerk_signature,
                "attachment_style": organisation.attachment_style.value,
            }
        )
        _organisation_rows(wanted, organisation)
    for ordinal, person in enumerate(office.persons.values()):
        wanted["persons"].append({"id": person.id, "ordinal": ordinal, "name": person.name})
    for ordinal, issuer in enumerate(office.issuers.values()):
        wanted["issuers"].append(
            {
                "code": issuer.code,
                "ordinal": ordinal,
                "name": issuer.name,
                "symbol": issuer.symbol,
                "organisation": issuer.organisation,
                "agency_key": issuer.agency_key,
                "clerk_keys": list(issuer.clerk_keys),
            }
        )
    for ordinal, run in enumerate(office.series):
        wanted["series"].append(
            {
                "id": run.id,
                "ordinal": ordinal,
                "types": list(run.types),
                "period": run.period.value,
                "term": run.term,
                "first": run.first,
                "widest": run.widest,
                "numbered_by": run.numbered_by.value,
                "since": run.since,
                "until": run.until,
                "title": run.title,
            }
        )
        wanted["series_issuers"] += [
            {"series": run.id, "ordinal": place, "issuer": code} for place, code in enumerate(run.issuers)
        ]
    for ordinal, grant in enumerate(office.delegations):
        wanted["delegations"].append(
            {
                "ordinal": ordinal,
                "person": grant.person,
                "issuer": grant.issuer,
                "capacity": list(grant.capacity),
                "types": list(grant.types),
                **_days(grant.period),
                "basis": grant.basis,
            }
        )
    for ordinal, held in enumerate(office.custody):
        wanted["custody"].append(
            {
                "ordinal": ordinal,
                "key": held.key,
                "person": held.person,
                **_days(held.period),
                "basis": held.basis,
                "minutes": held.minutes,
            }
        )
    return wanted


def _organisation_rows(wanted: dict[str, Rows], organisation: Organisation) -> None:
    wanted["organisation_eras"] += [
        {
            "organisation": organisation.id,
            "ordinal": i,
            "name": era.name,
            "code": era.code,
            "parent": era.parent,
            "place": era.place,
            **_days(era.period),
            "basis": era.basis,
        }
        for i, era in enumerate(organisation.eras)
    ]
    wanted["successions"] += [
        {"organisation": organisation.id, "ordinal": i, "predecessor": predecessor}
        for i, predecessor in enumerate(organisation.successor_of)
    ]
    wanted["seals"].append(
        {
            "organisation": organisation.id,
            "ordinal": 0,
            "image": organisation.seal_image,
            "diameter_mm": organisation.seal_diameter_mm,
        }
    )


def _days(period: Period) -> dict[str, date | None]:
    return {"since": period.since, "until": period.until}


# --- rows to value --------------------------------------------------------------------------------------------


def _organisations(rows: Mapping[str, list[Row[Any]]]) -> dict[str, Organisation]:
    eras, before = _by(rows["organisation_eras"], "organisation"), _by(rows["successions"], "organisation")
    seals = {row.organisation: row for row in rows["seals"]}
    return {
        row.id: Organisation(
            id=row.id,
            eras=tuple(
                OrganisationEra(era.name, _period(era), era.code, era.parent, era.place, era.basis)
                for era in eras[row.id]
            ),
            successor_of=tuple(link.predecessor for link in before[row.id]),
            seal_image=seals[row.id].image,
            seal_diameter_mm=seals[row.id].diameter_mm,
            clerk_signature=row.clerk_signature,
            attachment_style=AttachmentStyle(row.attachment_style),
        )
        for row in rows["organisations"]
    }


def _series(row: Row[Any], issuers: list[Row[Any]]) -> Series:
    return Series(
        row.id,
        tuple(link.issuer for link in issuers),
        tuple(row.types),
        PeriodKind(row.period),
        row.term,
        row.first,
        row.widest,
        NumberedBy(row.numbered_by),
        row.since,
        row.until,
        row.title,
    )


def _period(row: Row[Any]) -> Period:
    return Period(row.since, row.until)


def _by(rows: Iterable[Row[Any]], column: str) -> dict[str, list[Row[Any]]]:
    grouped: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, column)].append(row)
    return grouped


def _current(connection: Connection, table: sa.Table) -> list[Row[Any]]:
    query = sa.select(table).where(table.c.retired_at.is_(None)).order_by(table.c.ordinal)
    return list(connection.execute(query))


# --- change what differs --------------------------------------------------------------------------------------


def _put_named(connection: Connection, table: sa.Table, key: str, wanted: Rows, now: datetime) -> None:
    stored = {row[key]: row for row in connection.execute(sa.select(table)).mappings()}
    for row in wanted:
        old = stored.pop(row[key], None)
        if old is None:
            connection.execute(table.insert().values(**row, noted_at=now))
        elif old["retired_at"] is not None or any(old[name] != value for name, value in row.items()):
            connection.execute(table.update().where(table.c[key] == row[key]).values(**row, retired_at=None))
    for gone in (name for name, old in stored.items() if old["retired_at"] is None):
        connection.execute(table.update().where(table.c[key] == gone).values(retired_at=now))


def _put_listed(connection: Connection, table: sa.Table, wanted: Rows, now: datetime) -> None:
    columns = [
        name
        for name in table.c.keys()  # noqa: SIM118 - a ColumnCollection iterates over columns
        if name not in ("id", "ordinal", "noted_at", "retired_at")
    ]
    stored: dict[str, list[Row[Any]]] = defaultdict(list)
    for old in _current(connection, table):
        stored[_content({name: getattr(old, name) for name in columns})].append(old)
    empty = {name: "" if isinstance(table.c[name].type, Words) else None for name in columns}
    for row in wanted:
        same = stored[_content({name: row.get(name, empty[name]) for name in columns})]
        if not same:
            connection.execute(table.insert().values(**row, noted_at=now))
        elif (old := same.pop(0)).ordinal != row["ordinal"]:
            connection.execute(table.update().where(table.c.id == old.id).values(ordinal=row["ordinal"]))
    for old in (old for several in stored.values() for old in several):
        connection.execute(table.update().where(table.c.id == old.id).values(retired_at=now))


def _content(row: Mapping[str, Any]) -> str:
    return json.dumps(row, default=_plain, sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
