"""Attachments, relations, paper and the freeze of what was recalled, over SQLite and over PostgreSQL."""

from dataclasses import replace

import pytest

from signer.errors import Kind, SignerError
from signer.model import (
    Attachment,
    AttachmentStyle,
    Document,
    DocumentState,
    Medium,
    Place,
    Rect,
    RegisterChange,
    Relation,
    RelationKind,
    SignatureRole,
)
from signer.storage import SqlStore
from tests.support.stored import ACTOR, NOW, document, number, record, refusal

PLACES = {"agency": Place(1, Rect(400, 780, 560, 820))}
FILES = (
    Attachment("phu-luc-1.pdf", AttachmentStyle.MARK, "1" * 64, "2" * 64, b"plan 1", PLACES),
    Attachment("phu-luc-2.pdf", AttachmentStyle.FILLED, "3" * 64, "4" * 64, b"plan 2", PLACES),
)
AGENCY = record("Agency", SignatureRole.AGENCY)


def _add(store: SqlStore, *documents: Document) -> None:
    with store.transaction() as tx:
        for each in documents:
            tx.add_document(each)


def test_attachments_come_back_as_they_went_in(store: SqlStore) -> None:
    _add(store, document(attachments=FILES))
    with store.reading() as tx:
        assert tx.document("doc-0001") == document(attachments=FILES)
        assert list(tx.documents()) == [document(attachments=FILES)]


def test_each_file_bears_a_signature_in_a_field_of_one_name(store: SqlStore) -> None:
    _add(store, document(attachments=FILES))
    signed = tuple(replace(each, sha256="9" * 64, plan=b"later", signature=AGENCY) for each in FILES)
    with store.transaction() as tx:
        before = tx.document("doc-0001")
        for file in range(len(FILES) + 1):
            tx.add_signature("doc-0001", AGENCY, file)
        tx.save_document(replace(before, signatures=(AGENCY,), attachments=signed))
    with store.reading() as tx:
        stored = tx.document("doc-0001")
    assert (stored.signatures, stored.attachments) == ((AGENCY,), signed)
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_signature("doc-0001", AGENCY, 2)
    assert refusal(caught) == (Kind.CONFLICT, "already-signed")


@pytest.mark.parametrize("read_first", [True, False])
def test_an_attachments_signature_that_was_never_added_does_not_slip_through(store: SqlStore, read_first: bool) -> None:
    _add(store, document(attachments=FILES))
    signed = (replace(FILES[0], signature=AGENCY), FILES[1])
    with pytest.raises(ValueError, match="add_signature"), store.transaction() as tx:
        if read_first:
            tx.document("doc-0001")
        tx.add_signature("doc-0001", AGENCY)  # on the main file: not the attachment's
        tx.save_document(document(signatures=(AGENCY,), attachments=signed))
    with store.reading() as tx:
        assert tx.document("doc-0001") == document(attachments=FILES)


def test_relations_are_found_from_both_sides(store: SqlStore) -> None:
    recalls = Relation(RelationKind.RECALLS, document="doc-0001")
    answers = Relation(RelationKind.ANSWERS, reference="45/TB-VPCP ngày 12/3/2026 của Văn phòng Chính phủ")
    _add(store, document(), document(2))
    with store.transaction() as tx:
        tx.relate("doc-0002", recalls, NOW)
        tx.relate("doc-0002", answers, NOW)
    with store.reading() as tx:
        assert tx.document("doc-0002").metadata.relations == (recalls, answers)
        assert list(tx.relations_to("doc-0001")) == [("doc-0002", recalls)]
        assert list(tx.relations_to("doc-0002")) == []


def test_a_relation_to_nobody_is_refused(store: SqlStore) -> None:
    _add(store, document())
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.relate("doc-0001", Relation(RelationKind.AMENDS, document="nobody"), NOW)
    assert refusal(caught) == (Kind.NOT_FOUND, "unknown-document")


def test_a_paper_document_has_no_file_and_a_row_like_any_other(store: SqlStore) -> None:
    paper = document(draft_sha256="", sha256="", plan=b"", medium=Medium.PAPER)
    row, numbering = number(1, paper.id)
    row = replace(row, medium=Medium.PAPER)
    _add(store, paper)
    with store.transaction() as tx:
        tx.reserve(row, numbering)
    with store.reading() as tx:
        assert tx.document(paper.id) == replace(paper, numbering=numbering)
        assert list(tx.documents()) == [replace(paper, numbering=numbering)]
        assert list(tx.register("BTC", 2026)) == [row]


def test_what_was_recalled_is_frozen_and_nothing_else_is(store: SqlStore) -> None:
    rows = [number(value, f"doc-{value:04}") for value in (1, 2)]
    _add(store, document(), document(2))
    with store.transaction() as tx:
        for row in rows:
            tx.reserve(*row)
        tx.save_document(replace(tx.document("doc-0001"), state=DocumentState.RECALLED))
    with store.reading() as tx:
        frozen = tx.document("doc-0001")
    with pytest.raises(SignerError) as by_document, store.transaction() as tx:
        tx.save_document(replace(frozen, reason="later"))
    with pytest.raises(SignerError) as by_row, store.transaction() as tx:
        tx.save_entry(replace(rows[0][0], note="later"))
    assert refusal(by_document) == refusal(by_row)
    assert by_document.value.kind is Kind.CONFLICT
    with store.transaction() as tx:
        tx.save_entry(replace(rows[1][0], note="later"))
        tx.save_document(replace(tx.document("doc-0002"), reason="later"))
    with store.reading() as tx:
        assert tx.document("doc-0001") == frozen
        assert [row.note for row in tx.register("BTC", 2026)] == ["", "later"]


def test_what_a_row_said_before_is_kept_in_order(store: SqlStore) -> None:
    changes = [RegisterChange("note", old, new, ACTOR, NOW, "sót") for old, new in (("", "a"), ("a", "b"))]
    _add(store, document(), document(2))
    with store.transaction() as tx:
        tx.reserve(*number(1, "doc-0001"))
        for change in changes:
            tx.add_change("doc-0001", change)
        with pytest.raises(ValueError, match="row of the register"):
            tx.add_change("doc-0002", changes[0])
    with store.reading() as tx:
        assert list(tx.changes("doc-0001")) == changes
        assert list(tx.changes("doc-0002")) == []


def test_an_attachment_does_not_come_later_unnoticed(store: SqlStore) -> None:
    _add(store, document(attachments=FILES[:1]))
    with pytest.raises(ValueError, match="attachments come with the document"), store.transaction() as tx:
        tx.save_document(replace(tx.document("doc-0001"), attachments=FILES))
    with store.reading() as tx:
        assert tx.document("doc-0001").attachments == FILES[:1]
