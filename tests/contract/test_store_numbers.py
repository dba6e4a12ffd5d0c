"""Numbers and the rows of the register, over SQLite and over PostgreSQL."""

from dataclasses import replace
from datetime import date

import pytest

from signer.errors import Kind, SignerError
from signer.model import (
    DocumentState,
    Numbering,
    RegisterEntry,
    RegisterState,
)
from signer.storage import SqlStore
from tests.support.stored import document, number, refusal


def test_a_number_is_the_documents_and_the_registers(store: SqlStore) -> None:
    entry, numbering = number(5, "doc-0001")
    with store.transaction() as tx:
        tx.add_document(document())
        assert tx.last_number("btc-qd", "2026") is None
        tx.reserve(entry, numbering)
        tx.save_document(document(numbering=numbering, state=DocumentState.ISSUING))
    with store.transaction() as tx:
        assert tx.document("doc-0001").numbering == numbering
        assert tx.last_number("btc-qd", "2026") == numbering
        assert tx.last_number("btc-qd", "2027") is None
        assert tx.entry("doc-0001") == entry
        assert tx.entry("doc-0002") is None
        assert tx.numbered("btc-qd", "2026", 5) == entry
        assert tx.numbered("btc-qd", "2026", 4) is None
        assert tx.numbered("btc-qd", "2027", 5) is None


def _taken(
    store: SqlStore, first: tuple[RegisterEntry, Numbering], second: tuple[RegisterEntry, Numbering]
) -> tuple[Kind, str]:
    with store.transaction() as tx:
        tx.add_document(document(1))
        tx.add_document(document(2))
        tx.reserve(*first)
    with store.transaction() as tx:
        with pytest.raises(SignerError) as caught:
            tx.reserve(*second)
        assert tx.entry("doc-0001") == first[0]  # the transaction is still good for an answer
    return refusal(caught)


def test_a_number_exists_once_in_its_series_and_period(store: SqlStore) -> None:
    assert _taken(store, number(5, "doc-0001"), number(5, "doc-0002", notation="QĐ-X")) == (
        Kind.CONFLICT,
        "number-taken",
    )


def test_a_symbol_exists_once_in_an_issuers_year(store: SqlStore) -> None:
    assert _taken(store, number(5, "doc-0001"), number(5, "doc-0002", series="xa", period="2026-2031")) == (
        Kind.CONFLICT,
        "number-taken",
    )


def test_the_same_symbol_of_another_year_or_issuer_is_another_number(store: SqlStore) -> None:
    with store.transaction() as tx:
        for i in (1, 2, 3):
            tx.add_document(document(i))
        tx.reserve(*number(5, "doc-0001"))
        tx.reserve(*number(5, "doc-0002", period="2027", day=date(2027, 1, 1)))
        tx.reserve(*number(5, "doc-0003", series="xa", period="2026-2031", agency="UBND-DP"))


def test_a_document_holds_one_number(store: SqlStore) -> None:
    assert _taken(store, number(5, "doc-0001"), number(6, "doc-0001")) == (Kind.CONFLICT, "already-numbered")


def test_an_unknown_series_is_not_found(store: SqlStore) -> None:
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.last_number("nowhere", "2026")
    assert refusal(caught) == (Kind.NOT_FOUND, "unknown-series")
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_document(document())
        tx.reserve(*number(1, "doc-0001", series="nowhere"))
    assert refusal(caught) == (Kind.NOT_FOUND, "unknown-series")


def test_the_first_number_that_stands_in_a_later_year(store: SqlStore) -> None:
    """What a clock that was set back over New Year is asked."""
    entry, numbering = number(1, "doc-0001")
    with store.transaction() as tx:
        tx.add_document(document())
        tx.reserve(entry, numbering)
    with store.transaction() as tx:
        assert tx.later_number("btc-qd", "2025") == numbering
        assert tx.later_number("btc-qd", "2019") == numbering
        assert tx.later_number("btc-qd", "2026") is None
        tx.save_entry(replace(entry, state=RegisterState.VOID))
        assert tx.later_number("btc-qd", "2025") is None


def test_a_number_is_taken_with_reserve_only(store: SqlStore) -> None:
    _, numbering = number(5, "doc-0001")
    with pytest.raises(ValueError, match="reserve"), store.transaction() as tx:
        tx.add_document(document(numbering=numbering))
    with store.transaction() as tx:
        tx.add_document(document())
    with pytest.raises(ValueError, match="reserve"), store.transaction() as tx:
        tx.save_document(document(numbering=numbering))
    with pytest.raises(ValueError, match="same number"), store.transaction() as tx:
        tx.reserve(number(5, "doc-0001")[0], number(6, "doc-0001")[1])


def test_a_row_changes_its_state_and_columns_3_to_10_only(store: SqlStore) -> None:
    entry, numbering = number(5, "doc-0001")
    changed = replace(
        entry,
        state=RegisterState.ISSUED,
        type_and_subject="t",
        signer="s",
        recipients="r",
        kept_by="VT",
        copies="12",
        sent_on="22/11/2026",
        received_by="x",
        note="n",
    )
    with store.transaction() as tx:
        tx.add_document(document())
        tx.reserve(entry, numbering)
        tx.save_entry(changed)
    with store.transaction() as tx:
        assert tx.entry("doc-0001") == changed
    for wrong in (
        replace(changed, number=6),
        replace(changed, symbol="05/X"),
        replace(changed, date=date(2026, 11, 23)),
    ):
        with pytest.raises(ValueError, match="never change"), store.transaction() as tx:
            tx.save_entry(wrong)
    with pytest.raises(ValueError, match="never change"), store.transaction() as tx:
        tx.save_entry(replace(changed, document_id="doc-0002"))


def test_a_void_number_stays_void_and_is_never_given_again(store: SqlStore) -> None:
    entry, numbering = number(5, "doc-0001")
    void = replace(entry, state=RegisterState.VOID, note="Lãnh đạo rút lại")
    with store.transaction() as tx:
        tx.add_document(document())
        tx.reserve(entry, numbering)
        tx.save_entry(void)
        tx.save_entry(replace(void, note="Lãnh đạo rút lại ngày 22/11"))
        assert tx.last_number("btc-qd", "2026") == numbering
    for back in (RegisterState.RESERVED, RegisterState.ISSUED):
        with pytest.raises(SignerError) as caught, store.transaction() as tx:
            tx.save_entry(replace(void, state=back))
        assert refusal(caught) == (Kind.CONFLICT, "entry-final")


def test_the_register_of_a_year_is_in_order(store: SqlStore) -> None:
    with store.transaction() as tx:
        for i in range(1, 13):
            tx.add_document(document(i))
        for i in (12, 2, 10, 1):
            tx.reserve(*number(i, f"doc-{i:04}"))
        tx.reserve(*number(1, "doc-0003", period="2025", day=date(2025, 12, 31)))
        tx.reserve(*number(7, "doc-0004", series="xa", period="2026-2031", agency="UBND-DP"))
    with store.transaction() as tx:
        assert [row.number for row in tx.register("BTC", 2026)] == [1, 2, 10, 12]
        assert [row.document_id for row in tx.register("BTC", 2025)] == ["doc-0003"]
        assert list(tx.register("BTC", 2024)) == []
        whole = list(tx.register("BTC", 2026))
        assert list(tx.register("BTC", 2026, limit=3)) == whole[:3]
        last = whole[1]
        assert list(tx.register("BTC", 2026, (last.series, last.period, last.number))) == whole[2:]
        assert list(tx.register("BTC", 2026, (last.series, last.period, last.number), 1)) == whole[2:3]
        assert list(tx.register("BTC", 2026, ("zzz", "2026", 1))) == []
        assert (
            next(tx.register("UBND-DP", 2026))
            == number(7, "doc-0004", series="xa", period="2026-2031", agency="UBND-DP")[0]
        )
