"""What each use case tells those who follow, and that the answer to an order is stored with its effect."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from signer.errors import SignerError
from signer.model import Actor, Content, CopyForm, Document, DocumentState, Relation, RelationKind
from signer.ports import Claim, Presence, Transaction
from signer.storage import open_idempotency
from signer.usecases.caller import Caller
from signer.usecases.copies import CopyWanted
from signer.usecases.follow import Follow
from tests.fixtures import scanned
from tests.fixtures.scanned import Placed

from .conftest import CLERK, SYSTEM, Torn, draft, metadata


def told(desk, document_id: str = "") -> list[tuple[str, str, str]]:
    """Kind, state and person of what happened, to one document or to all."""
    events = Follow(desk.store)(Caller(Actor("auditor", "A", "test")))
    return [(each.kind.value, each.state.value, each.by.id) for each in events if document_id in ("", each.document_id)]


def test_the_way_of_a_document_is_told_step_by_step(desk):
    document = desk.signed(external_id="hs-7")
    desk.issue(document.id, CLERK)
    desk.rows.complete(document.id, {"received_by": "Văn thư Bộ Y tế"}, CLERK)
    desk.recall(document.id, "sai thẩm quyền", CLERK)
    assert told(desk, document.id) == [
        ("prepared", "prepared", "eoffice"),
        ("signed", "signed", "eoffice"),
        ("numbered", "issuing", "lan.pt"),
        ("issued", "issued", "lan.pt"),
        ("row-completed", "issued", "lan.pt"),
        ("recalled", "recalled", "lan.pt"),
    ]
    events = Follow(desk.store)(SYSTEM)
    assert {each.external_id for each in events} == {"hs-7"}
    assert [each.symbol for each in events] == [None, None, *["01/QĐ-BTC"] * 4]
    assert [each.detail for each in events][1::3] == ["Leader", "received_by"]


def test_other_ends_are_told_too(desk):
    rejected, void, broken = desk.prepared(), desk.signed(), desk.signed()
    desk.reject(rejected.id, "sai thể thức", CLERK)
    desk.issue(void.id, CLERK)
    desk.void(void.id, "nhầm", CLERK)
    desk.signer.breaks = [ValueError()]
    with pytest.raises(ValueError):
        desk.issue(broken.id, CLERK)
    assert told(desk, rejected.id)[-1] == ("rejected", "rejected", "lan.pt")
    assert told(desk, void.id)[-1] == ("voided", "void", "lan.pt")
    assert told(desk, broken.id)[-1] == ("needs-attention", "needs_attention", "lan.pt")


def test_paper_is_told_as_numbered_and_issued(desk):
    entered = desk.enter(replace(metadata("quyet-dinh"), places={}), CLERK).document
    printed = desk.signed()
    desk.issue_on_paper(printed.id, CLERK)
    for document in (entered, printed):
        assert [kind for kind, _, _ in told(desk, document.id)][-2:] == ["numbered", "issued"]


def test_what_a_document_recalls_is_told(desk):
    old = desk.signed()
    desk.issue(old.id, CLERK)
    new = desk.signed(relations=(Relation(RelationKind.RECALLS, old.id),))
    desk.issue(new.id, CLERK)
    assert told(desk, old.id)[-1] == ("recalled", "recalled", "lan.pt")


def test_what_is_refused_is_not_told(desk):
    document = desk.prepared()
    before = told(desk)
    with pytest.raises(SignerError):
        desk.issue(document.id, CLERK)
    assert told(desk) == before


def test_whoever_follows_sees_his_own_agencies_alone(desk):
    desk.prepared()
    theirs = Caller(Actor("x", "X", "test"), agencies=frozenset({"VPCP"}))
    assert Follow(desk.store)(theirs) == []


# --- receipts ---------------------------------------------------------------------------------------------------


@dataclass
class Slip:
    """A receipt that keeps the outcome's name, as a roof would keep its answer."""

    claim: Claim
    kept: list[object] = field(default_factory=list)
    dies: bool = False

    @property
    def reference(self) -> str:
        return f"{self.claim.scope} {self.claim.key}"

    def keep(self, tx: Transaction, outcome: object) -> None:
        if self.dies:
            raise Torn
        tx.answer(self.claim, type(outcome).__name__.encode())
        self.kept.append(outcome)


class Repeats:
    """Requests that may be repeated, on a desk."""

    def __init__(self, desk) -> None:
        self.desk = desk
        self.idempotency = open_idempotency(desk.database, desk.presence)

    def begin(self, key: str) -> Claim | bytes:
        return self.idempotency.begin("scope", key, "body", self.desk.clock.now())

    def caller(self, key: str, who: Caller = CLERK, **more: bool) -> Caller:
        claim = self.begin(key)
        assert isinstance(claim, Claim)
        return replace(who, receipt=Slip(claim, **more))


ORDERS = {
    "prepare": lambda desk, who: desk.prepare(draft("quyet-dinh"), metadata("quyet-dinh"), who(SYSTEM)),
    "sign": lambda desk, who: desk.signs(desk.prepared(), "an.nv", caller=who(SYSTEM)),
    "issue": lambda desk, who: desk.issue(desk.signed().id, who(CLERK)),
    "issue_on_paper": lambda desk, who: desk.issue_on_paper(desk.signed().id, who(CLERK)),
    "enter": lambda desk, who: desk.enter(metadata("quyet-dinh"), who(CLERK)),
    "reject": lambda desk, who: desk.reject(desk.prepared().id, "x", who(CLERK)),
    "void": lambda desk, who: desk.void(issued(desk), "x", who(CLERK)),
    "recall": lambda desk, who: desk.recall(issued(desk), "x", who(CLERK)),
    "complete": lambda desk, who: desk.rows.complete(issued(desk), {"note": "x"}, who(CLERK)),
}
"""Every order, of whoever gives it; ``who`` gives a caller his receipt."""


def issued(desk) -> str:
    return desk.issue(desk.signed().id, CLERK).document.id


@pytest.mark.parametrize("order", ORDERS)
def test_the_answer_is_stored_with_the_effect(desk, order: str):
    repeats, callers = Repeats(desk), []

    def who(caller: Caller) -> Caller:
        callers.append(repeats.caller("k", caller))
        return callers[0]

    outcome = ORDERS[order](desk, who)
    assert callers[0].receipt.kept == [outcome]
    assert repeats.begin("k") == type(outcome).__name__.encode()


@pytest.mark.parametrize("order", ORDERS)
def test_without_its_answer_there_is_no_effect(desk, order: str):
    """Who dies before the answer is durable has done nothing, whatever had been done by then."""
    repeats = Repeats(desk)
    events: list[list[tuple[str, str, str]]] = []

    def who(caller: Caller) -> Caller:
        events.append(told(desk))
        return repeats.caller("k", caller, dies=True)

    with pytest.raises(Torn):
        ORDERS[order](desk, who)
    numbered = [("numbered", "issuing", "lan.pt")] if order == "issue" else []  # that was durable before
    assert told(desk) == [*events[0], *numbered]


def test_an_order_that_recovery_finished_is_answered_when_it_is_repeated(desk):
    repeats, document = Repeats(desk), desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, repeats.caller("k"))
    desk.dies()
    (done,) = desk.recover(desk.clock.now())
    assert done.finished
    again = repeats.caller("k")  # the claim of the dead is claimed anew
    result = desk.issue(document.id, again)
    assert again.receipt.kept == [result]
    assert result.document == desk.document(document.id)
    assert [record.field for record in result.records] == ["Agency"]
    with pytest.raises(SignerError, match="already-issued"):
        desk.issue(document.id, repeats.caller("another"))


def test_an_order_that_was_broken_off_is_finished_by_its_repetition_under_one_number(desk):
    repeats, document = Repeats(desk), desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, repeats.caller("k"))
    desk.dies()
    result = desk.issue(document.id, repeats.caller("k"))
    assert result.document.numbering.number == 1
    assert repeats.begin("k") == b"IssueResult"


def test_a_worker_that_lost_its_claim_issues_nothing(desk):
    repeats, document = Repeats(desk), desk.signed()
    caller = repeats.caller("k")
    desk.dies()
    repeats.begin("k")  # somebody else has it now
    with pytest.raises(SignerError, match="idempotency-taken-over"):
        desk.issue(document.id, caller)
    assert ("issued", "issued", "lan.pt") not in told(desk)


def test_a_worker_that_lost_its_claim_while_the_token_signed_leaves_the_order_to_whoever_has_it(desk):
    """Losing the claim is nobody's fault that a person would have to look at."""
    repeats, document = Repeats(desk), desk.signed()
    caller = repeats.caller("k")

    def taken_for_dead() -> None:
        desk.dies()
        repeats.begin("k")

    desk.signer.meanwhile = taken_for_dead
    with pytest.raises(SignerError, match="idempotency-taken-over"):
        desk.issue(document.id, caller)
    assert desk.document(document.id).state is DocumentState.ISSUING
    (done,) = desk.recover(desk.clock.now())
    assert done.finished
    assert desk.document(document.id).numbering.number == 1


def test_a_copy_keeps_its_answer(desk):
    caller = Repeats(desk).caller("k")
    wanted = CopyWanted("BTC", CopyForm.TRUE_COPY, "Sao y", Relation(RelationKind.COPY_OF, reference="45/TB-VPCP"))
    outcome = desk.copy(Content(scanned.scan([[Placed(scanned.paper("RGB", 200))]])), wanted, caller)
    assert caller.receipt.kept == [outcome]
    assert told(desk, outcome.document.id) == [("issued", "issued", "lan.pt")]


class Overtaken:
    """The real Presence; while it is asked who we are, somebody else is faster."""

    def __init__(self, real: Presence, faster: Callable[[], object]) -> None:
        self.real, self.faster, self.alive = real, [faster], real.alive

    def name(self) -> str:
        if self.faster:
            self.faster.pop()()
        return self.real.name()


@pytest.fixture
def broken_off(desk) -> tuple[Repeats, Document]:
    """An order with a key whose worker died while the token signed."""
    repeats, document = Repeats(desk), desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, repeats.caller("k"))
    desk.dies()
    return repeats, document


def test_who_repeats_an_order_while_recovery_finishes_it_gets_its_answer(desk, broken_off):
    repeats, document = broken_off
    presence = Overtaken(desk.presence, lambda: desk.recover(desk.clock.now()))
    again = repeats.caller("k")
    result = replace(desk.issue, presence=presence)(document.id, again)
    assert again.receipt.kept == [result]
    assert result.document == desk.document(document.id)
    assert [kind for kind, *_ in told(desk, document.id)].count("issued") == 1


def test_who_repeats_an_order_that_recovery_has_begun_to_finish_is_told_to_come_again_at_once(desk, broken_off):
    repeats, document = broken_off

    def recovery_begins() -> None:
        with desk.store.transaction() as tx:
            held, since = tx.document(document.id), desk.clock.now() - timedelta(seconds=1)
            desk.issue.attempts.add((document.id, since))
            attempt = replace(held.command, under_way_since=since, worker=desk.presence.name())
            tx.save_document(replace(held, command=attempt))

    for key, presence, seconds in (
        ("k", Overtaken(desk.presence, recovery_begins), 1),
        ("another order", desk.presence, 59),
    ):
        with pytest.raises(SignerError) as caught:
            replace(desk.issue, presence=presence)(document.id, repeats.caller(key))
        assert (caught.value.code, caught.value.retry_after) == ("issuing-in-progress", seconds)
