"""The courses of documents, for whoever watches over deadlines, over SQLite and over PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

from signer.model import CopyForm, DocumentState, SignatureRole
from signer.storage import open_store
from tests.support.stored import NOW, OFFICE, document, number, record

DAY = timedelta(days=1)


def test_courses_are_those_of_an_agency_that_moved_within_the_time(url: str) -> None:
    store = open_store(url)
    issued = replace(record("Agency", SignatureRole.AGENCY), signed_at=NOW + 4 * DAY)
    signed = (replace(record(), signed_at=NOW + 2 * DAY), issued)
    other = document(4, metadata=replace(document().metadata, agency="UBND-DP"))
    with store.transaction() as tx:
        tx.put_office(OFFICE, NOW)
        tx.add_document(document(state=DocumentState.ISSUED, signatures=signed))
        tx.reserve(*number(1, "doc-0001"))
        for each in (document(2), document(3, copy=CopyForm.TRUE_COPY), other):
            tx.add_document(each)
    with store.reading() as tx:

        def seen(since: int, until: int) -> list[str]:
            return [each.document_id for each in tx.courses("BTC", NOW + since * DAY, NOW + until * DAY)]

        first, second = tx.courses("BTC", NOW, NOW + DAY)
        assert (first.document_id, first.signed_at, first.issued_at, first.symbol) == (
            "doc-0001",
            NOW + 2 * DAY,
            NOW + 4 * DAY,
            "01/QĐ-BTC",
        )
        assert (second.document_id, second.signed_at, second.issued_at) == ("doc-0002", None, None)
        assert seen(2, 3) == seen(4, 5) == ["doc-0001"]
        assert seen(-1, 0) == seen(1, 2) == seen(5, 6) == []
    store.close()
