"""Copies: a scan certified by the agency alone; what may be copied how; what a scan must be."""

from dataclasses import replace

import pytest

from signer.errors import Kind, SignerError
from signer.model import Actor, Content, CopyForm, DocumentState, Office, Relation, RelationKind, SignatureRole
from signer.usecases.caller import Caller
from signer.usecases.copies import CopyWanted
from tests.fixtures import scanned
from tests.fixtures.scanned import Placed

from .conftest import CLERK, draft, metadata


def scan(pages: int = 1, dpi: float = 200, mode: str = "RGB", version: str = "1.4") -> Content:
    return Content(scanned.scan([[Placed(scanned.paper(mode, dpi))] for _ in range(pages)], version=version))


PAPER = Relation(RelationKind.COPY_OF, reference="Quyết định số 12/QĐ-UBND ngày 03/4/2019")


def wanted(form: CopyForm = CopyForm.TRUE_COPY, of: Relation = PAPER, source: str = "original") -> CopyWanted:
    return CopyWanted("BTC", form, "Quyết định kiện toàn Tổ công tác", of, source)


def refused(desk, data: Content, said: CopyWanted, caller: Caller = CLERK) -> SignerError:
    with pytest.raises(SignerError) as caught:
        desk.copy(data, said, caller)
    assert caught.value.clause or caught.value.kind is not Kind.UNSUITABLE
    assert [each for each in desk.look.page(CLERK) if each.copy] == []
    return caught.value


def of(document) -> Relation:
    return Relation(RelationKind.COPY_OF, document.id)


@pytest.mark.parametrize(
    ("form", "source", "shown"),
    [
        (CopyForm.TRUE_COPY, "original", "SAO Y"),
        (CopyForm.EXTRACT, "original", "TRÍCH SAO"),
        (CopyForm.COPY_OF_COPY, "true-copy", "SAO LỤC"),
    ],
)
def test_a_scan_becomes_a_copy_with_form_agency_and_time_and_no_number(desk, form, source, shown):
    data = scan()
    result = desk.copy(data, wanted(form, source=source), CLERK)
    stored = desk.document(result.document.id)
    assert stored == result.document
    assert (stored.state, stored.copy, stored.numbering) == (DocumentState.ISSUED, form, None)
    step = desk.signer.steps[-1]
    assert step.mark == (shown, "Bộ Tài chính", "2026-11-23T10:00:00+07:00")
    assert (step.certify, step.locks, step.image) == (True, ("Agency",), None)
    record = stored.signatures[0]
    assert (record.role, record.actor, result.record) == (SignatureRole.AGENCY, CLERK.actor, record)
    assert desk.blobs.get(stored.sha256).read().startswith(data.read())
    assert desk.register("BTC", 2026, CLERK).rows == ()


def test_a_copy_says_of_what_it_is_one(desk):
    entered = desk.enter(metadata("quyet-dinh"), CLERK).document
    copy = desk.copy(scan(), wanted(of=of(entered)), CLERK).document
    _, links = desk.look.related(entered.id, CLERK)
    assert [(link.kind, link.document.id) for link in links] == [(RelationKind.COPY_OF, copy.id)]


def test_a_copy_of_a_copy_is_made_only_as_the_law_has_it(desk):
    first = desk.copy(scan(), wanted(), CLERK).document
    with pytest.raises(SignerError) as caught:
        desk.copy(scan(2), wanted(of=of(first)), CLERK)
    assert caught.value.kind is Kind.UNSUITABLE
    assert caught.value.clause
    second = desk.copy(scan(2), wanted(CopyForm.COPY_OF_COPY, of(first)), CLERK).document
    with pytest.raises(SignerError):
        desk.copy(scan(3), wanted(CopyForm.COPY_OF_COPY, of(second)), CLERK)


def test_what_the_caller_says_of_the_source_is_judged_too(desk):
    refused(desk, scan(), wanted(CopyForm.TRUE_COPY, source="true-copy"))
    refused(desk, scan(), wanted(CopyForm.COPY_OF_COPY, source="original"))


def test_an_electronic_original_is_sent_not_copied(desk):
    issued = desk.issue(desk.signed().id, CLERK).document
    assert refused(desk, scan(), wanted(of=of(issued))).code == "copy-of-electronic"


@pytest.mark.parametrize(
    "data",
    [scan(dpi=150), scan(mode="L"), scan(mode="1"), scan(version="1.3"), draft("cong-van")],
    ids=["too coarse", "grey", "black and white", "PDF 1.3", "no scan"],
)
def test_a_scan_that_is_not_as_prescribed_is_refused(desk, data):
    assert refused(desk, data, wanted()).kind is Kind.UNSUITABLE


@pytest.mark.parametrize("end", ["recall", "void"])
def test_paper_that_was_recalled_or_voided_is_not_copied(desk, end):
    paper = desk.enter(metadata("quyet-dinh"), CLERK).document
    getattr(desk, end)(paper.id, "nhầm", CLERK)
    error = refused(desk, scan(), wanted(of=of(paper)))
    assert (error.code, error.where) == ("relation-frozen" if end == "recall" else "relation-not-issued", "of.document")


def test_paper_that_is_recalled_while_the_token_signs_is_not_copied(desk):
    paper = desk.enter(metadata("quyet-dinh"), CLERK).document
    desk.signer.at_the_token = lambda: desk.recall(paper.id, "nhầm", CLERK)
    assert refused(desk, scan(), wanted(of=of(paper))).code == "relation-frozen"


def test_a_mark_that_names_another_agency_than_the_certificate_is_not_made(make_desk):
    def renamed(office: Office) -> Office:
        btc = office.organisations["btc"]
        eras = (*btc.eras[:-1], replace(btc.eras[-1], name="Bộ Kinh tế và Ngân sách"))
        return replace(office, organisations={**office.organisations, "btc": replace(btc, eras=eras)})

    assert refused(make_desk(renamed), scan(), wanted()).code == "copy-agency-differs"


def test_who_may(desk):
    other = Caller(Actor("mai.nt", "Nguyễn Thị Mai", "test"))
    assert refused(desk, scan(), wanted(), other).code == "custody-differs"
    stranger = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    assert refused(desk, scan(), wanted(), stranger).code == "agency-not-yours"


def test_a_copy_is_neither_signed_nor_issued_again(desk):
    copy = desk.copy(scan(), wanted(), CLERK).document
    with pytest.raises(SignerError) as caught:
        desk.issue(copy.id, CLERK)
    assert caught.value.kind is Kind.CONFLICT
    with pytest.raises(SignerError) as caught:
        desk.void(copy.id, "nhầm", CLERK)
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "no-number")
    assert desk.recall(copy.id, "sao nhầm", CLERK).state is DocumentState.RECALLED
