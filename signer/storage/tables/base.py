"""What every table is made of: naming of constraints, and columns that mean the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey

from signer.storage.columns import Key, Moment, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def words(name: str) -> Column[str]:
    """Text for people, empty by default."""
    return Column(name, Words, nullable=False, server_default="")


def key(name: str, *args: ForeignKey, null: bool = False) -> Column[str]:
    """Text for machines."""
    return Column(name, Key, *args, nullable=null)


def count(name: str, default: int | None = None) -> Column[int]:
    """A whole number."""
    return Column(name, sa.Integer, nullable=False, server_default=None if default is None else str(default))


def flag(name: str) -> Column[bool]:
    """A yes or no, no by default."""
    return Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """A check that a column says one of a few words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def period() -> tuple[Column[Any], ...]:
    """From when until when something holds, and on what it rests."""
    return Column("since", sa.Date), Column("until", sa.Date), words("basis")


def noted() -> tuple[Column[Any], ...]:
    """When a row of the office was noted and when it was retired."""
    # Rows of the office are never deleted: what the office no longer says is retired, so that a later
    # question ("who was allowed to sign then?") still finds its answer.
    return Column("noted_at", Moment, nullable=False), Column("retired_at", Moment)


def identity() -> Column[int]:
    """A number that the database counts."""
    return Column("id", sa.Integer, primary_key=True)
