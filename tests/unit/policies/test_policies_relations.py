"""Relations: what one document may do to another, and what is left to do with what was issued."""

from dataclasses import replace
from datetime import date

import pytest

from policies.load import ruleset_on
from policies.model import Finding, Refused, Rule, Ruleset
from policies.relations import check, check_recall, check_void

RULES = ruleset_on(date(2026, 11, 21))
KINDS = ("replaces", "amends", "corrects", "recalls", "copy-of", "answers")
MEND = "NĐ 30/2020/NĐ-CP, Điều 18 khoản 3"
RECALL = "NĐ 30/2020/NĐ-CP, Điều 18 khoản 4"
FROZEN = "NĐ 30/2020/NĐ-CP, Phụ lục VI, Phần I, Mục III.8"

Form = tuple[str | None, bool]
DECISION: Form = ("QĐ", False)
LETTER: Form = (None, False)


def relate(
    kind: str, this: Form = DECISION, other: Form = DECISION, state: str | None = "issued", rules: Ruleset = RULES
) -> None:
    check(
        rules,
        kind,
        this_type=this[0],
        this_normative=this[1],
        other_type=other[0],
        other_normative=None if state is None else other[1],
        other_state=state,
    )


def refusals(kind: str, this: Form = DECISION, other: Form = DECISION, state: str | None = "issued") -> list[Finding]:
    with pytest.raises(Refused) as refused:
        relate(kind, this, other, state)
    return list(refused.value.findings)


# --- to an issued document ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["replaces", "amends"])
@pytest.mark.parametrize("form", [DECISION, LETTER, ("TT", True), ("QĐ", True)])
def test_content_is_mended_by_a_document_of_equal_form(kind: str, form: Form) -> None:
    relate(kind, form, form)


@pytest.mark.parametrize("kind", ["replaces", "amends"])
@pytest.mark.parametrize(
    ("this", "other", "wanted"),
    [
        (LETTER, DECISION, "“QĐ”"),
        (DECISION, LETTER, "“công văn”"),
        (("TB", False), DECISION, "“QĐ”"),
        (DECISION, ("QĐ", True), "“QĐ (quy phạm pháp luật)”"),
        (("QĐ", True), ("TT", True), "“TT (quy phạm pháp luật)”"),
    ],
)
def test_another_form_is_refused_and_the_wanted_one_named(kind: str, this: Form, other: Form, wanted: str) -> None:
    (found,) = refusals(kind, this, other)
    assert (found.code, found.clause) == ("form-not-equal", MEND)
    assert f"cần {wanted}" in found.message.vi
    assert f"{wanted} is wanted" in found.message.en


def test_form_and_procedure_are_corrected_by_a_letter_only() -> None:
    relate("corrects", LETTER, DECISION)
    relate("corrects", LETTER, ("TT", True))
    (found,) = refusals("corrects", DECISION, DECISION)
    assert (found.code, found.clause) == ("correction-no-letter", MEND)
    assert "công văn" in found.message.vi
    assert "“QĐ”" in found.message.vi


@pytest.mark.parametrize("kind", ["recalls", "copy-of", "answers"])
def test_other_relations_do_not_ask_for_a_form(kind: str) -> None:
    relate(kind, LETTER, DECISION)
    relate(kind, DECISION, ("TT", True))


# --- to one that is not issued, or has ended ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["prepared", "signed", "issuing", "void", "rejected", "needs_attention"])
def test_nothing_is_done_to_what_is_not_issued(kind: str, state: str) -> None:
    this = LETTER if kind == "corrects" else DECISION
    (found,) = refusals(kind, this, DECISION, state)
    clause = {"recalls": RECALL, "copy-of": RULES.copies.forms.clause, "answers": RECALL}.get(kind, MEND)
    assert (found.code, found.clause) == ("relation-not-issued", clause)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recalled_document_is_frozen(kind: str) -> None:
    (found,) = refusals(kind, LETTER if kind == "corrects" else DECISION, DECISION, "recalled")
    assert (found.code, found.clause) == ("relation-frozen", FROZEN)
    assert "thu hồi" in found.message.vi


def test_every_reason_is_told_at_once() -> None:
    assert [found.code for found in refusals("corrects", DECISION, DECISION, "void")] == [
        "correction-no-letter",
        "relation-not-issued",
    ]
    assert {found.code for found in refusals("replaces", LETTER, DECISION, "recalled")} == {
        "relation-frozen",
        "form-not-equal",
    }


# --- to one that is not kept here -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_document_kept_elsewhere_only_what_is_known_is_judged(kind: str) -> None:
    relate(kind, LETTER, LETTER, None)
    if kind != "corrects":
        relate(kind, DECISION, LETTER, None)


def test_a_correction_of_a_document_kept_elsewhere_is_a_letter_all_the_same() -> None:
    assert [found.code for found in refusals("corrects", DECISION, LETTER, None)] == ["correction-no-letter"]


def test_rules_that_do_not_ask_do_not_refuse() -> None:
    lenient = replace(
        RULES, after_issue=replace(RULES.after_issue, equal_form=Rule(False), corrected_by_letter=Rule(False))
    )
    relate("replaces", LETTER, DECISION, rules=lenient)
    relate("corrects", DECISION, DECISION, rules=lenient)


def test_a_kind_that_nobody_knows_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no such relation"):
        relate("shreds")


# --- recall and void ------------------------------------------------------------------------------------------


def test_an_issued_document_is_recalled_once() -> None:
    check_recall(RULES, state="issued")
    with pytest.raises(Refused) as refused:
        check_recall(RULES, state="recalled")
    found = refused.value.findings[0]
    assert (found.code, found.clause) == ("already-recalled", FROZEN)


@pytest.mark.parametrize("state", ["prepared", "signed", "issuing", "void", "rejected", "needs_attention"])
def test_what_was_not_issued_is_not_recalled(state: str) -> None:
    with pytest.raises(Refused) as refused:
        check_recall(RULES, state=state)
    found = refused.value.findings[0]
    assert (found.code, found.clause) == ("not-issued", RECALL)
    assert "Chỉ thu hồi được văn bản đã ban hành" in found.message.vi


def test_what_was_sent_is_recalled_and_not_voided() -> None:
    check_void(RULES, sent=False)
    with pytest.raises(Refused) as refused:
        check_void(RULES, sent=True)
    found = refused.value.findings[0]
    assert (found.code, found.clause) == ("already-sent", RECALL)
    assert "thu hồi" in found.message.vi
