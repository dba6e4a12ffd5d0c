"""The office as the settings put it, over SQLite and over PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signer.errors import Kind, SignerError
from signer.model import (
    Custody,
    Office,
    Organisation,
    Person,
)
from signer.storage import SqlStore, open_store
from tests.support.stored import NOW, OFFICE, document, number, refusal


def test_the_office_comes_back_as_it_was_put(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert tx.office() == OFFICE
        tx.put_office(OFFICE, NOW + timedelta(days=1))
        assert tx.office() == OFFICE


def test_a_store_without_an_office_says_so(url: str) -> None:
    fresh = open_store(url)
    with fresh.transaction() as tx:
        assert tx.office() == Office({}, {}, {}, (), (), ())
    fresh.close()


CHANGES = [
    replace(OFFICE, delegations=OFFICE.delegations[1:], custody=()),
    replace(OFFICE, delegations=OFFICE.delegations[::-1], series=OFFICE.series[::-1]),
    replace(OFFICE, delegations=OFFICE.delegations + OFFICE.delegations[:1]),
    replace(OFFICE, persons=OFFICE.persons | {"an": Person("an", "Nguyễn Văn Ân"), "e": Person("e", "E")}),
    replace(OFFICE, organisations=OFFICE.organisations | {"xa": Organisation("xa", (), seal_image=b"new")}),
    replace(OFFICE, series=(replace(OFFICE.series[0], issuers=("BTC", "UBND-DP"), widest=99999),)),
    Office({}, {}, {}, (), (), ()),
]


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_office_replaces_the_old_one_and_back(store: SqlStore, changed: Office) -> None:
    other = open_store(store.database)  # another process: what it holds must not go stale
    with other.transaction() as tx:
        assert tx.office() == OFFICE
    with store.transaction() as tx:
        tx.put_office(changed, NOW)
        assert tx.office() == changed
    with other.transaction() as tx:
        assert tx.office() == changed
        tx.put_office(OFFICE, NOW)
    with store.transaction() as tx:
        assert tx.office() == OFFICE


def test_rows_that_documents_refer_to_outlive_the_offices_change(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
        tx.reserve(*number(5, "doc-0001"))
        tx.put_office(Office({}, {}, {}, (), (), ()), NOW)
    with store.transaction() as tx:
        assert tx.document("doc-0001").metadata.agency == "BTC"
        assert len(list(tx.register("BTC", 2026))) == 1


def test_an_office_that_was_rolled_back_was_never_there(store: SqlStore) -> None:
    with pytest.raises(RuntimeError), store.transaction() as tx:
        tx.put_office(CHANGES[0], NOW)
        assert tx.office() == CHANGES[0]
        raise RuntimeError
    with store.transaction() as tx:
        assert tx.office() == OFFICE


def test_an_office_that_refers_to_nobody_is_refused(store: SqlStore) -> None:
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.put_office(replace(OFFICE, custody=(Custody("k", "nobody"),)), NOW)
    assert refusal(caught) == (Kind.MALFORMED, "office-inconsistent")
