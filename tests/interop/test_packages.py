"""Documents with their attachments as a receiver judges them: packages that hold, and packages that do not."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.copies import iso
from policies.model import Severity
from signer import app
from signer.errors import Kind, SignerError
from signer.model import AttachmentStyle, Content, KeyInfo, Revision, SignatureRole, SigningStep
from signer.report import PackageReport, Verdict
from signer.usecases.verify import Verify
from signer.validation import DocumentVerifier, Limits, open_verifier
from signer.validation.package import agree
from tests.fixtures import attacks
from tests.fixtures.attacks_pki import NOW, FixedClock, leaf, pki
from tests.fixtures.attacks_words import ENGLISH
from tests.interop.conftest import Office
from tests.support.packages import NAMES, SOURCES, Files, Package, Parts, Plan, package, parts, prepared, stamp
from tests.support.tools import flipped, mutool, pdfsig

STYLES = list(AttachmentStyle)


@pytest.fixture(scope="module")
def good() -> Package:
    return package()


def judged(verifier: DocumentVerifier, main: bytes, files: Files) -> PackageReport:
    """Verified; whatever is found is told in Vietnamese, with its clause where it is an error."""
    report = verifier.verify_package(Content(main), [(name, Content(data)) for name, data in files])
    for found in (
        *report.findings,
        *report.main.findings,
        *(one for _, each in report.attachments for one in each.findings),
    ):
        assert not ENGLISH.search(re.sub(r"\S+\.pdf|/[A-Za-z]\w*", "", found.message.vi)), found.message.vi
    assert all(found.clause for found in report.findings if found.severity is Severity.ERROR)
    return report


def codes(report: PackageReport) -> list[str]:
    return [found.code for found in report.findings]


# --- packages that hold -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=STYLES)
def issued(request: pytest.FixtureRequest, office: Office) -> Package:
    """With keys on tokens, as the service issues it."""

    def sign(previous: Revision, step: SigningStep, role: SignatureRole) -> Revision:
        key: KeyInfo = office.keys.info("an.nv" if role is SignatureRole.LEADER else "agency-btc")
        return office.sign(previous, step, key)

    return package(Plan(request.param, moment=datetime.now(UTC).replace(microsecond=0)), sign)


def test_a_package_from_tokens_holds_and_other_tools_agree(
    issued: Package, office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certs, folder = office.provisioned.folder / "certs", tmp_path_factory.mktemp("package")
    report = judged(app.open_verifier([certs / "root.pem"], certs / "revocation"), issued.main, issued.files)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert report.findings == ()
    assert [each.chain.number for _, each in report.attachments] == ["05", "05"] == [report.main.chain.number] * 2
    assert all("attachment-file" in {found.code for found in each.findings} for _, each in report.attachments)
    for number, (_, data) in enumerate(issued.files):
        file = folder / f"{number}.pdf"
        file.write_bytes(data)
        assert [(each.valid, each.whole_file) for each in pdfsig(file)] == [(True, True)]
        assert mutool(file) == ["unchanged"]


def test_its_twin_with_one_byte_flipped_does_not(issued: Package, office: Office) -> None:
    certs = office.provisioned.folder / "certs"
    verifier = app.open_verifier([certs / "root.pem"], certs / "revocation")
    (name, data), other = issued.files
    report = judged(verifier, issued.main, ((name, flipped(data, 1000)), other))
    assert report.verdict is Verdict.FAILED
    assert codes(report) == ["attachment-differs"]
    assert report.main.verdict is Verdict.PASSED
    assert [each.verdict for _, each in report.attachments] == [Verdict.FAILED, Verdict.PASSED]


def test_the_report_names_files_and_verdicts(verifier: DocumentVerifier, good: Package) -> None:
    said = judged(verifier, good.main, good.files).as_dict()["package"]
    assert isinstance(said, dict)
    assert said["verdict"] == "TOTAL-PASSED"
    assert [each["name"] for each in said["attachments"]] == list(NAMES)
    assert said["findings"] == []


def test_a_document_by_itself_asks_for_its_attachments(verifier: DocumentVerifier, good: Package) -> None:
    report = verifier.verify(Content(good.main))
    assert report.verdict is Verdict.PASSED
    [found] = [each for each in report.findings if each.code == "has-attachments"]
    assert found.severity is Severity.INFO
    assert "2" in found.message.vi
    assert all(name in found.message.vi for name in NAMES)


def test_a_package_whose_time_ran_out_is_undecided_not_wrong(tmp_path: Path, good: Package) -> None:
    root, revocation = pki().write(tmp_path)
    hurried = open_verifier([root], revocation, FixedClock(), Limits(seconds=-1.0))
    report = judged(hurried, good.main, good.files)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) == []


def test_a_document_without_attachments_needs_none(verifier: DocumentVerifier) -> None:
    report = judged(verifier, attacks.issued().content.read(), ())
    assert report.verdict is Verdict.PASSED
    assert report.findings == ()
    assert "has-attachments" not in {found.code for found in report.main.findings}


def received(files: Files) -> Files:
    """A receiver has put his own signed stamp on the first."""
    (name, data), other = files
    return (name, attacks.signed_field_added(data, pki().receiver)), other


HOLDING: dict[str, tuple[Callable[[Files], Files], list[str]]] = {
    "another order": (lambda files: files[::-1], []),
    "stamped by a receiver": (received, []),
    "renamed": (lambda files: (("a.pdf", files[0][1]), files[1]), ["attachment-renamed"]),
}


@pytest.mark.parametrize("what", HOLDING)
def test_what_receivers_do_leaves_a_package_standing(what: str, verifier: DocumentVerifier, good: Package) -> None:
    change, expected = HOLDING[what]
    report = judged(verifier, good.main, change(good.files))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert codes(report) == expected


def test_a_name_whose_marks_were_taken_apart_is_the_same(verifier: DocumentVerifier, good: Package) -> None:
    files = tuple((unicodedata.normalize("NFD", name), data) for name, data in good.files)
    assert files != good.files
    assert codes(judged(verifier, good.main, files)) == []


def test_two_equal_attachments_are_two(verifier: DocumentVerifier) -> None:
    def twice(named: Parts) -> Parts:
        return named[0], replace(named[0], name=named[1].name)

    made = package(Plan(approved=twice, issued=twice))
    files = (made.files[0], (NAMES[1], made.files[0][1]))
    assert judged(verifier, made.main, files).verdict is Verdict.PASSED
    assert codes(judged(verifier, made.main, files[:1])) == ["attachment-missing"]
    assert codes(judged(verifier, made.main, (*files, files[0]))) == ["attachment-extra"]


# --- other files than those that were issued ----------------------------------------------------------------------


def replaced(files: Files, data: bytes) -> Files:
    return (files[0][0], data), files[1]


OTHER = stamp(SOURCES[1], Plan(moment=NOW + timedelta(days=1)))
"""An attachment of another document with the same number, properly signed by the same agency."""

EXCHANGED: dict[str, tuple[Callable[[Files], Files], list[str]]] = {
    "none": (lambda files: (), ["attachment-missing"] * 2),
    "one missing": (lambda files: files[1:], ["attachment-missing"]),
    "one more": (lambda files: (*files, ("c.pdf", OTHER)), ["attachment-extra"]),
    "one twice": (lambda files: (*files, files[0]), ["attachment-extra"]),
    "one twice in place of the other": (lambda files: (files[0], files[0]), ["attachment-extra", "attachment-missing"]),
    "another document's": (lambda files: replaced(files, OTHER), ["attachment-differs"]),
    "as it was prepared": (
        lambda files: replaced(files, files[0][1][: files[0][1].rindex(b"%%EOF", 0, -10) + 6]),
        ["attachment-differs"],
    ),
    "not signed": (lambda files: replaced(files, SOURCES[0]), ["attachment-differs"]),
    "no PDF": (lambda files: replaced(files, b"PK\x03\x04"), ["attachment-differs"]),
    "empty": (lambda files: replaced(files, b""), ["attachment-differs"]),
    "names exchanged": (
        lambda files: ((files[0][0], files[1][1]), (files[1][0], files[0][1])),
        ["attachment-renamed"] * 2,
    ),
}


@pytest.mark.parametrize("what", EXCHANGED)
def test_other_files_than_those_that_were_issued(what: str, verifier: DocumentVerifier, good: Package) -> None:
    change, expected = EXCHANGED[what]
    report = judged(verifier, good.main, change(good.files))
    assert codes(report) == expected
    assert report.verdict is (Verdict.PASSED if what == "names exchanged" else Verdict.FAILED)
    assert report.main.verdict is Verdict.PASSED


def test_a_bad_update_behind_an_attachment_fails_the_package(verifier: DocumentVerifier, good: Package) -> None:
    files = replaced(good.files, attacks.garbage_appended(good.files[0][1]))
    report = judged(verifier, good.main, files)
    assert codes(report) == [], "its first bytes are those that were issued"
    assert report.verdict is Verdict.FAILED


@pytest.mark.parametrize("what", [b"/SHA256<", b"/Length ", b"phu-luc-2.pdf"])
def test_an_entry_of_the_package_edited_breaks_the_signature(
    what: bytes, verifier: DocumentVerifier, good: Package
) -> None:
    at = good.main.index(what, good.main.rindex(b"/ANTN_Package")) + len(what) - (what[-1:] == b"f")
    changed = good.main[:at] + (b"7" if good.main[at : at + 1] != b"7" else b"8") + good.main[at + 1 :]
    report = judged(verifier, changed, good.files)
    assert report.verdict is Verdict.FAILED
    assert report.main.signatures[-1].indication is Verdict.FAILED


def test_files_behind_a_document_that_names_none(verifier: DocumentVerifier, good: Package) -> None:
    report = judged(verifier, attacks.issued().content.read(), good.files)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == ["package-not-named"]


def test_a_document_that_only_its_leader_signed_holds_no_package(verifier: DocumentVerifier, good: Package) -> None:
    assert codes(judged(verifier, attacks.led().content.read(), good.files)) == ["package-not-named"]


# --- signed otherwise: keys in the wrong hands --------------------------------------------------------------------


def one_more(named: Parts) -> Parts:
    return (*named, replace(named[0], name="c.pdf"))


FIVE = hashlib.sha256(b"%PDF-").hexdigest()
"""Of what every PDF begins with."""

MINISTRY = leaf("health", "BỘ Y TẾ", "BỘ Y TẾ", pki().sub, chain=(pki().sub,))

OTHERWISE: dict[str, tuple[Plan, list[str]]] = {
    "the leader signed for no attachment": (Plan(approved=lambda named: ()), ["attachment-not-approved"] * 2),
    "the leader signed for others": (
        Plan(approved=lambda named: (replace(named[0], sha256="00" * 32), named[1])),
        ["attachment-not-approved"],
    ),
    "the leader signed for drafts": (
        Plan(approved=lambda named: parts(zip(NAMES, SOURCES, strict=True))),
        ["attachment-not-approved"] * 2,
    ),
    "the leader signed for the first bytes": (
        Plan(approved=lambda named: parts((name, data[:5]) for name, data in zip(NAMES, SOURCES, strict=True))),
        ["attachment-not-approved"] * 2,
    ),
    "the leader signed for one file twice": (
        Plan(approved=lambda named: (named[0], replace(named[0], name=named[1].name))),
        ["attachment-not-approved"],
    ),
    "the leader signed for more": (Plan(approved=one_more), ["attachment-not-issued"]),
    "the agency did not sign the attachments": (
        Plan(stamped=False),
        ["attachment-not-stamped"] * 2,
    ),
    "the agency names only beginnings": (
        Plan(issued=lambda named: tuple(replace(part, length=5, sha256=FIVE) for part in named)),
        ["attachment-not-stamped"] * 2,
    ),
    "another number": (Plan(symbol="06/BTC-THTK"), ["attachment-number-differs"] * 2),
    "another notation": (Plan(symbol="05/BTC-VP"), ["attachment-number-differs"] * 2),
    "a shorter notation": (Plan(symbol="05/BTC"), ["attachment-number-differs"] * 2),
    "another number in the line": (
        Plan(AttachmentStyle.FILLED, values={"Number": "06", "Day": "21", "Month": "11", "Year": "2026"}),
        ["attachment-number-differs"] * 2,
    ),
    "another day in the line": (
        Plan(AttachmentStyle.FILLED, values={"Number": "05", "Day": "22", "Month": "11", "Year": "2026"}),
        ["attachment-date-differs"] * 2,
    ),
    "another time": (Plan(stamped_at=NOW + timedelta(seconds=1)), ["attachment-other-time"] * 2),
    "another agency": (Plan(stamper=MINISTRY), ["attachment-other-agency"] * 2),
    "copies": (Plan(mark=("SAO Y", "Bộ Tài chính", iso(NOW))), ["attachment-not-stamped"] * 2),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_package_that_was_signed_otherwise_does_not_hold(what: str, verifier: DocumentVerifier) -> None:
    plan, expected = OTHERWISE[what]
    made = package(plan)
    report = judged(verifier, made.main, made.files)
    assert codes(report) == expected, report.as_dict()
    assert report.verdict is Verdict.FAILED
    assert report.main.verdict is Verdict.PASSED, "each signature is valid by itself"


EVERYBODY = ("Number", "Day", "Month", "Initial1", "Leader", "Clerk", "Agency")


def by_everybody(initialled: Callable[[Parts], Parts], files: Files) -> bytes:
    """A decision that was initialled, signed, numbered under the clerk's own key and sealed; each names the files."""
    before = [prepared(source, AttachmentStyle.MARK, ()).content.read() for source in SOURCES]
    drafts = parts(zip(NAMES, before, strict=True))
    people, done = pki(), parts(files)
    made = attacks.prepared(attacks.DRAFT, clerk=True, initials=1)
    acts = (
        (SignatureRole.INITIAL, "Initial1", people.initial, initialled(drafts), EVERYBODY[3:4]),
        (SignatureRole.LEADER, "Leader", people.leader, drafts, EVERYBODY[3:5]),
        (SignatureRole.CLERK, "Clerk", people.clerk, done, EVERYBODY[:6]),
        (SignatureRole.AGENCY, "Agency", people.agency, done, EVERYBODY),
    )
    for role, name, signer, named, locks in acts:
        values = attacks.VALUES if role is SignatureRole.CLERK else {}
        step = attacks.step(role, name, signer.info.owner, locks, certify=name == "Initial1", values=values)
        made = attacks.make(made, replace(step, package=named), signer)
    return made.content.read()


def test_who_initialled_is_held_to_the_files_too(verifier: DocumentVerifier) -> None:
    plan = Plan(symbol="05/QĐ-BTC")
    files = tuple((name, stamp(source, plan)) for name, source in zip(NAMES, SOURCES, strict=True))
    whole = judged(verifier, by_everybody(lambda named: named, files), files)
    assert whole.verdict is Verdict.PASSED, whole.as_dict()
    assert whole.findings == ()
    assert judged(verifier, by_everybody(lambda named: (), files), files).findings == (), (
        "he may not have known of them"
    )
    report = judged(verifier, by_everybody(lambda named: (named[0], replace(named[1], length=9)), files), files)
    assert report.verdict is Verdict.FAILED
    assert codes(report) == ["attachment-not-approved"]
    assert "Lê Văn Cường" in report.findings[0].message.vi


SYMBOLS = [
    ("05/BTC-THTK", "05/BTC-THTK", True),
    ("05/BTC-THTK", "05/btc–THTK", True),
    ("05/BTC-THTK", "05/BTC-", True),
    ("05/BXD-KHCNMT&VLXD", "05/BXD-KHCNMT&", True),
    ("05/BTC-THTK", "05", True),
    ("05/BTC-THTK", "05/BTC", False),
    ("05/BTC-THTK", "05/BTC-TCT", False),
    ("05/BTC-THTK", "5/BTC-THTK", False),
    ("05/BTC-THTK", "06", False),
    ("05/BTC-THTK", "", False),
]


@pytest.mark.parametrize(("one", "other", "same"), SYMBOLS)
def test_two_readings_of_a_number_line(one: str, other: str, same: bool) -> None:
    """The number is the same, and the notation as far as it can be read: it may break behind a sign."""
    assert agree(one, other) is same
    assert agree(other, one) is same


# --- limits -------------------------------------------------------------------------------------------------------


def test_too_many_attachments_are_not_looked_at(verifier: DocumentVerifier, good: Package) -> None:
    report = judged(verifier, good.main, good.files * 101)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) == ["package-too-large"]
    assert report.attachments == ()
    assert judged(verifier, flipped(good.main, 1000), good.files * 101).verdict is Verdict.FAILED


def test_one_time_limit_holds_for_all(good: Package) -> None:
    hurried = open_verifier([], None, FixedClock(), Limits(seconds=0))
    report = judged(hurried, good.main, good.files)
    assert {each.verdict for each in (report.main, *(file for _, file in report.attachments))} == {
        Verdict.INDETERMINATE
    }


def test_each_file_of_a_package_is_bounded(verifier: DocumentVerifier, good: Package) -> None:
    largest = max(len(good.main), *(len(data) for _, data in good.files))
    main, files = Content(good.main), [(name, Content(data)) for name, data in good.files]
    assert Verify(verifier, largest).package(main, files).verdict is Verdict.PASSED
    with pytest.raises(SignerError) as refused:
        Verify(verifier, largest).package(main, (files[0], ("b.pdf", Content(bytes(largest + 1)))))
    assert refused.value.kind is Kind.TOO_LARGE
    assert refused.value.code == "file-too-large"
    assert refused.value.where == "attachment[1]"
