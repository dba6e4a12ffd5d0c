"""Documents, their signatures and transactions: what ``signer.ports`` promises, over SQLite and over PostgreSQL."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.model import Finding, Severity, Text
from signer.errors import Kind, SignerError
from signer.model import (
    VIETNAM,
    Actor,
    CopyForm,
    Document,
    DocumentState,
    Initial,
    InitialFor,
    IssueCommand,
    Medium,
    Metadata,
    Place,
    Printed,
    Rect,
    SignatureRecord,
    SignatureRole,
    Signer,
    Urgency,
)
from signer.storage import Database, SqlStore
from tests.support.stored import NOW, OFFICE, document, number, record, refusal

# --- documents -------------------------------------------------------------------------------------------------


def test_a_document_comes_back_as_it_went_in(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
    with store.transaction() as tx:
        assert tx.document("doc-0001") == document()
        assert tx.document("doc-0001").created_at.tzinfo is UTC


def test_documents_are_counted_by_state(store: SqlStore) -> None:
    with store.transaction() as tx:
        for index, state in enumerate((DocumentState.PREPARED, DocumentState.PREPARED, DocumentState.SIGNED)):
            tx.add_document(replace(document(), id=f"d{index}", state=state))
    with store.reading() as tx:
        assert tx.count_documents((DocumentState.PREPARED, DocumentState.ISSUING)) == {
            DocumentState.PREPARED: 2,
            DocumentState.ISSUING: 0,
        }
        assert tx.count_documents(()) == {}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
RECT = st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(1, 500), st.floats(1, 500)).map(
    lambda v: Rect(v[0], v[1], v[0] + v[2], v[1] + v[3])
)
PLACES = st.dictionaries(TEXT, st.builds(Place, st.integers(1, 999), RECT), max_size=3)
ZONES = st.sampled_from([UTC, VIETNAM, timezone(timedelta(hours=-3, minutes=-30))])
MOMENT = st.datetimes(NOW.replace(tzinfo=None, year=1990), NOW.replace(tzinfo=None, year=2200), timezones=ZONES)
ACTORS = st.builds(Actor, TEXT, TEXT, TEXT)
LINES = st.lists(TEXT, max_size=3).map(tuple)
# What is recalled is frozen, and a test of its own; attachments and relations have theirs.
STATES = st.sampled_from([state for state in DocumentState if state is not DocumentState.RECALLED])
DOCUMENTS = st.builds(
    Document,
    id=st.just("p"),
    state=STATES,
    notation=TEXT,
    reason=TEXT,
    metadata=st.builds(
        Metadata,
        agency=st.just("BTC"),
        type=st.none() | TEXT,
        subject=TEXT,
        place=TEXT,
        unit=st.none() | TEXT,
        signers=st.lists(st.builds(Signer, TEXT, LINES), max_size=3).map(tuple),
        normative=st.booleans(),
        initials=st.lists(st.builds(Initial, TEXT, st.sampled_from(InitialFor)), max_size=3).map(tuple),
        recipients=LINES,
        kept_by=TEXT,
        copies=st.none() | st.integers(0, 9999),
        external_id=TEXT,
        urgency=st.sampled_from(Urgency),
        places=PLACES,
        fallback_places=st.booleans(),
        attachments=st.none() | LINES,
        relations=st.just(()),
    ),
    printed=st.builds(Printed, TEXT, st.none() | st.integers(1, 12), st.none() | st.integers(1900, 2100)),
    places=PLACES,
    draft_sha256=st.just("d" * 64),
    sha256=st.just("e" * 64),
    plan=st.binary(max_size=64),
    findings=st.lists(
        st.builds(Finding, TEXT, st.sampled_from(Severity), st.builds(Text, TEXT, TEXT), TEXT), max_size=3
    ).map(tuple),
    created_at=MOMENT,
    created_by=ACTORS,
    clerk=st.booleans(),
    command=st.none() | st.builds(IssueCommand, ACTORS, st.none() | MOMENT),
    version=st.just(0),
    numbering=st.none(),
    attachments=st.just(()),
    medium=st.just(Medium.ELECTRONIC),
    copy=st.none() | st.sampled_from(CopyForm),
    signatures=st.lists(
        st.builds(
            SignatureRecord,
            TEXT,
            st.sampled_from(SignatureRole),
            TEXT,
            LINES,
            TEXT,
            TEXT,
            MOMENT,
            TEXT,
            ACTORS,
            TEXT,
            TEXT,
        ),
        max_size=3,
        unique_by=lambda made: made.field,
    ).map(tuple),
)


# The fixture's store serves all examples: each rolls back what it did.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=DOCUMENTS, second=DOCUMENTS)
def test_any_document_comes_back_equal_when_added_and_when_saved(
    store: SqlStore, first: Document, second: Document
) -> None:
    class Undo(Exception):
        pass

    with pytest.raises(Undo), store.transaction() as tx:
        tx.add_document(first)
        assert tx.document("p") == first
        moved = replace(
            first,
            state=second.state,
            reason=second.reason,
            command=second.command,
            medium=second.medium,
            sha256=second.sha256,
            plan=second.plan,
        )
        tx.save_document(moved)
        assert tx.document("p") == replace(moved, version=1)
        raise Undo


def test_an_unknown_document_is_not_found(store: SqlStore) -> None:
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.document("nobody")
    assert refusal(caught) == (Kind.NOT_FOUND, "unknown-document")


def test_an_id_is_used_once(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_document(document())
    assert refusal(caught) == (Kind.CONFLICT, "document-exists")


def test_a_document_of_an_unknown_agency_is_refused(store: SqlStore) -> None:
    stranger = replace(document(), metadata=replace(document().metadata, agency="NOBODY"))
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_document(stranger)
    assert refusal(caught) == (Kind.NOT_FOUND, "unknown-agency")


@pytest.mark.parametrize("subject", ["a\x00b", "half \ud800 pair"])
def test_text_that_no_database_can_keep_is_refused_alike(store: SqlStore, subject: str) -> None:
    bad = replace(document(), metadata=replace(document().metadata, subject=subject))
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_document(bad)
    assert refusal(caught) == (Kind.MALFORMED, "unstorable-text")


def test_saving_replaces_and_counts_the_version(store: SqlStore) -> None:
    changed = replace(document(), state=DocumentState.REJECTED, reason="Sai thẩm quyền", sha256="c" * 64, plan=b"")
    with store.transaction() as tx:
        tx.add_document(document())
    with store.transaction() as tx:  # without having read it in this transaction
        tx.save_document(changed)
    with store.transaction() as tx:
        stored = tx.document("doc-0001")
        assert stored == replace(changed, version=1)


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": replace(document().metadata, subject="Về việc khác")},
        {"printed": Printed("QĐ-BTC", 3)},
        {"findings": ()},
        {"places": {}},
        {"notation": "TB-BTC"},
        {"draft_sha256": "e" * 64},
    ],
)
def test_what_was_said_of_a_document_when_it_came_in_stays(store: SqlStore, change: dict[str, object]) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
    with pytest.raises(ValueError, match="stays"), store.transaction() as tx:
        tx.save_document(replace(tx.document("doc-0001"), **change))  # type: ignore[arg-type]  # fields of Document
    with store.transaction() as tx:  # without having read it in this transaction, it is not even looked at
        tx.save_document(document(**change))
    with store.reading() as tx:
        assert tx.document("doc-0001") == document(version=1)


def test_a_document_that_was_read_before_is_still_the_same_or_not(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
    with store.transaction() as tx:
        tx.check_unchanged(document())
        tx.save_document(document())
    for other, code in ((document(), "changed-meanwhile"), (document(2), "unknown-document")):
        with pytest.raises(SignerError, match=code), store.transaction() as tx:
            tx.check_unchanged(other)


def test_whoever_saves_an_old_version_is_told(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
    with store.transaction() as tx:
        tx.save_document(document())
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.save_document(document(reason="late"))
    assert refusal(caught) == (Kind.CONFLICT, "changed-meanwhile")


def test_documents_are_listed_by_id_agency_and_state(store: SqlStore) -> None:
    commune = replace(document().metadata, agency="UBND-DP", external_id="hs-4")
    with store.transaction() as tx:
        for i in (3, 1, 2):
            tx.add_document(document(i))
        tx.add_document(document(4, metadata=commune, state=DocumentState.SIGNED))
        tx.add_signature("doc-0004", record())
        tx.add_document(document(5, id="Zoo"))
    with store.transaction() as tx:

        def ids(**how: object) -> list[str]:
            return [found.id for found in tx.documents(**how)]  # type: ignore[arg-type]  # as given by the test

        assert ids() == ["Zoo", "doc-0001", "doc-0002", "doc-0003", "doc-0004"]  # by bytes, in both databases
        assert ids(after="Zoo", limit=2) == ["doc-0001", "doc-0002"]
        assert ids(agencies=["UBND-DP", "X"]) == ["doc-0004"]
        assert ids(agencies=[]) == []
        assert ids(state=DocumentState.SIGNED) == ["doc-0004"]
        assert ids(agencies=["BTC"], state=DocumentState.SIGNED) == []
        assert ids(external_id="hs-4") == ["doc-0004"]
        assert ids(external_id="hs-4", agencies=["BTC"]) == []
        assert ids(limit=0) == []
        assert tx.documents(after="doc-0003") == [
            document(4, metadata=commune, state=DocumentState.SIGNED, signatures=(record(),))
        ]


def test_drafts_that_came_before_are_found(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document(2, created_at=NOW - timedelta(days=1)))
        tx.add_document(document(1))
        tx.add_document(document(3, draft_sha256="0" * 64))
        assert tx.documents_with_draft("d" * 64, "BTC") == ["doc-0002", "doc-0001"]
        assert tx.documents_with_draft("1" * 64, "BTC") == []
        assert tx.documents_with_draft("d" * 64, "UBND-DP") == []


# --- signatures ------------------------------------------------------------------------------------------------


def test_signatures_stay_in_order(store: SqlStore) -> None:
    made = tuple(record(field) for field in ("Initial1", "Leader2", "Leader", "Agency"))
    with store.transaction() as tx:
        tx.add_document(document(signatures=made[:1]))
        tx.add_document(document(2))
    with store.transaction() as tx:
        for one in made[1:]:
            tx.add_signature("doc-0001", one)
        tx.save_document(document(signatures=made, sha256="b" * 64))
    with store.transaction() as tx:
        assert tx.document("doc-0001").signatures == made
        assert tx.document("doc-0002").signatures == ()


def test_a_field_is_signed_once(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document(signatures=(record(),)))
    with pytest.raises(SignerError) as caught, store.transaction() as tx:
        tx.add_signature("doc-0001", record())
    assert refusal(caught) == (Kind.CONFLICT, "already-signed")


def test_a_signature_that_was_never_added_does_not_slip_through(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_document(document())
    with pytest.raises(ValueError, match="add_signature"), store.transaction() as tx:
        tx.save_document(replace(tx.document("doc-0001"), signatures=(record(),)))
    with pytest.raises(ValueError, match="add_signature"), store.transaction() as tx:
        tx.save_document(document(signatures=(record(),)))
    with store.transaction() as tx:
        assert tx.document("doc-0001") == document()


def test_a_signature_needs_its_document(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="document"), store.transaction() as tx:
        tx.add_signature("nobody", record())


# --- transactions ----------------------------------------------------------------------------------------------


def test_an_exception_undoes_everything(store: SqlStore) -> None:
    with pytest.raises(KeyError), store.transaction() as tx:
        tx.add_document(document())
        tx.add_signature("doc-0001", record())
        tx.reserve(*number(1, "doc-0001"))
        raise KeyError
    with store.transaction() as tx:
        assert tx.documents() == []
        assert tx.last_number("btc-qd", "2026") is None


def test_a_reader_sees_one_state_and_waits_for_nobody(store: SqlStore) -> None:
    with store.transaction() as writer:
        writer.add_document(document())
        with store.reading() as reader:
            assert reader.documents() == []
            assert reader.office() == OFFICE
    with store.reading() as reader:
        assert reader.document("doc-0001") == document()
        with store.transaction() as writer:
            writer.save_document(document(reason="meanwhile"))
        assert reader.document("doc-0001") == document()


def test_a_reader_cannot_write(store: SqlStore) -> None:
    with pytest.raises(RuntimeError, match="write"), store.reading() as reader:
        reader.add_document(document())
    with pytest.raises(RuntimeError, match="write"), store.reading() as reader:
        reader.put_office(replace(OFFICE, custody=()), NOW)
    with store.transaction() as tx:
        assert tx.documents() == []


def test_a_store_that_is_there_answers(store: SqlStore) -> None:
    store.ping()


def test_no_password_shows_in_a_repr() -> None:
    assert "geheim" not in repr(Database("postgresql://antin:geheim@localhost/antin"))
