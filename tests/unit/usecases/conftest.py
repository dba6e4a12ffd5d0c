"""A desk: the use cases wired with the real rooms (SoftHSM, SQLite, PDF), and a clock that tests set."""

import dataclasses
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hsm.pin import Pin
from policies.certificates import CertificateFacts
from signer import storage
from signer.app import open_verifier
from signer.keys import TokenKeyring
from signer.model import (
    Actor,
    Content,
    Delegation,
    Document,
    KeyInfo,
    Metadata,
    Office,
    Revision,
    SignatureRole,
    Signer,
    SigningStep,
)
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.look import FileGlance
from signer.pdf.sign import PlanSigner
from signer.pdf.stamps import StampFileReader
from signer.ports import CertificateChecker
from signer.settings import Settings, load_settings
from signer.usecases.caller import Caller
from signer.usecases.check import Check
from signer.usecases.consistency import Consistency, Depth
from signer.usecases.consistency_words import Inconsistency
from signer.usecases.copies import MakeCopy
from signer.usecases.end import Recall, Reject, Void
from signer.usecases.examine import Examine, SentFile
from signer.usecases.issue import Issue
from signer.usecases.look import Look
from signer.usecases.paper import Enter, IssueOnPaper
from signer.usecases.prepare import Prepare
from signer.usecases.recover import Recover
from signer.usecases.register import Register
from signer.usecases.rows import Rows
from signer.usecases.sign import Sign, SignResult
from signer.usecases.signatures import Pen
from signer.validation.certificates import CertificateJudge
from signer.validation.trust import RevocationFolder, load_anchors
from softhsm.provision import Provisioned

SAMPLES = Path(__file__).parents[3] / "softhsm" / "samples"
_SERIAL = itertools.count(1)


@dataclass
class SetClock:
    """The time that a test says, a Monday morning at first; it does not move by itself.

    The samples print 2026, one of them November: today's date would make their tests fail one day.
    """

    moment: datetime = datetime(2026, 11, 23, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def set(self, year: int, month: int, day: int, hour: int = 3) -> None:
        self.moment = datetime(year, month, day, hour, tzinfo=UTC)

    def pass_(self, **much: float) -> None:
        self.moment += timedelta(**much)


@dataclass
class Timeless:
    """The real judgement of a certificate, as of today, with a validity that holds whenever a test plays."""

    judge: CertificateChecker

    def facts(self, key: KeyInfo, at: datetime) -> CertificateFacts:
        facts = self.judge.facts(key, datetime.now(UTC))
        return replace(facts, not_before=at - timedelta(days=1), not_after=at + timedelta(days=900))


class Torn(BaseException):
    """The process dies here: what catches errors must not catch this."""


@dataclass
class Breaking:
    """The real RevisionSigner, until a test says that the next call breaks."""

    real: PlanSigner
    breaks: list[BaseException] = field(default_factory=list)
    steps: list[SigningStep] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None
    at_the_token: Callable[[], None] | None = None

    def sign(self, previous: Revision, step: SigningStep, key: KeyInfo, sign: Callable[[bytes], bytes]) -> Revision:
        self.steps.append(step)
        if self.breaks:
            raise self.breaks.pop()
        if self.at_the_token:
            run, self.at_the_token = self.at_the_token, None
            run()
        made = self.real.sign(previous, step, key, sign)
        if self.meanwhile:
            run, self.meanwhile = self.meanwhile, None
            run()
        return made


class Desk:
    """Everything that a test needs to move a document, and to break things on the way."""

    def __init__(
        self,
        provisioned: Provisioned,
        settings: Settings,
        folder: Path,
        office: Office,
        url: str = "",
        lock_timeout: float = 10,
    ) -> None:
        url = url or f"sqlite:///{folder}/desk-{next(_SERIAL)}.db"
        storage.migrate(url)
        self.provisioned, self.settings, self.clock = provisioned, settings, SetClock()
        self.folder, self.database = folder, storage.open_database(url, lock_timeout=lock_timeout)
        self.store, self.blobs = storage.open_store(self.database), storage.open_blobs(folder / "blobs")
        self.keys = TokenKeyring(settings.modules, settings.tokens, settings.keys)
        self.signer = Breaking(PlanSigner())
        judge = CertificateJudge(load_anchors(settings.trust), RevocationFolder(settings.revocation))
        self.pen = Pen(self.blobs, self.keys, Timeless(judge), self.signer)
        self.stamps, self.fields = StampFileReader(), FieldWriter()
        self.examine = Examine(self.store, self.keys, Reader(), self.stamps, self.clock)
        self.check = Check(self.examine)
        self.prepare = Prepare(self.store, self.blobs, self.examine, self.fields)
        self.sign = Sign(self.store, self.pen, self.clock)
        self.presence = storage.open_presence(self.database)
        self.issue = Issue(self.store, self.pen, self.clock, self.presence)
        self.issue_on_paper = IssueOnPaper(self.store, self.keys, self.clock)
        self.enter = Enter(self.store, self.clock)
        self.copy = MakeCopy(self.store, self.pen, self.stamps, self.fields, self.clock)
        self.reject, self.void = Reject(self.store, self.clock), Void(self.store, self.clock)
        self.recall = Recall(self.store, self.clock)
        self.look, self.register = Look(self.store, self.blobs), Register(self.store)
        self.rows = Rows(self.store, self.clock)
        self.recover = Recover(self.issue)
        self.put_office(office)

    def dies(self) -> None:
        """What was at work is gone; from here on another process is."""
        self.presence.close()

    def close(self) -> None:
        """Close every file and connection."""
        self.presence.close()
        self.database.close()

    def inconsistencies(self) -> list[Inconsistency]:
        """What ``antin check`` finds."""
        consistency = Consistency(
            storage.open_inspection(self.database),
            storage.open_shelf(self.folder / "blobs"),
            self.blobs,
            FileGlance(),
            open_verifier(self.settings.trust, self.settings.revocation),
            self.clock,
        )
        return list(consistency(Depth()))

    def put_office(self, office: Office) -> None:
        with self.store.transaction() as tx:
            tx.put_office(office, self.clock.now())

    @property
    def office(self) -> Office:
        with self.store.reading() as tx:
            return tx.office()

    def document(self, document_id: str) -> Document:
        return self.look.show(document_id, SYSTEM)

    # --- the way of a document

    def prepared(self, name: str = "quyet-dinh", attachments: Sequence[SentFile] = (), **changes: object) -> Document:
        return self.prepare(draft(name), replace(metadata(name), **changes), SYSTEM, attachments)

    def signs(
        self,
        document: Document,
        key: str,
        role: SignatureRole = SignatureRole.LEADER,
        caller: Caller | None = None,
    ) -> SignResult:
        return self.sign(document.id, role, key, caller or SYSTEM, self.pin(key))

    def signed(self, name: str = "quyet-dinh", attachments: Sequence[SentFile] = (), **changes: object) -> Document:
        document = self.prepared(name, attachments, **changes)
        for key in keys_of(name):
            document = self.signs(document, key).document
        return document

    def pin(self, key: str) -> Pin:
        return self.provisioned.pin(key)


SYSTEM = Caller(Actor("eoffice", "Hệ thống quản lý văn bản", "test"))
CLERK = Caller(Actor("lan.pt", "Phạm Thị Lan", "test"))
ARCHIVES_CLERK = Caller(Actor("thu.lm", "Lê Minh Thu", "test"))


ANNEXES = ("cong-van-kem-phu-luc-phu-luc-1", "cong-van-kem-phu-luc-phu-luc-2")


def annexes() -> tuple[SentFile, ...]:
    """Two attachments in files of their own."""
    return tuple(SentFile(f"{name}.pdf", draft(name)) for name in ANNEXES)


def draft(name: str) -> Content:
    return Content.of_file(SAMPLES / f"{name}.pdf")


def _declared(name: str) -> dict[str, object]:
    declared = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
    return next(each for each in declared if each["name"] == name)


def metadata(name: str) -> Metadata:
    said = _declared(name)
    return Metadata(
        agency=said["agency"],
        type=said["type"],
        subject=said["subject"],
        place=said["place"],
        normative=said["normative"],
        unit=said["unit"],
        signers=tuple(Signer(each["name"], tuple(each["capacity"])) for each in said["signers"]),
    )


def keys_of(name: str) -> list[str]:
    return [each["key"] for each in _declared(name)["signers"]]


@pytest.fixture(scope="session")
def settings(provisioned: Provisioned) -> Settings:
    return load_settings(provisioned.service)


@pytest.fixture
def make_desk(provisioned: Provisioned, settings: Settings, tmp_path: Path) -> Callable[..., Desk]:
    """Desks over an office that a test may change."""

    def make(change: Callable[[Office], Office] = lambda office: office) -> Desk:
        return Desk(provisioned, settings, tmp_path, change(settings.office))

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()


def with_clerk_signature(office: Office) -> Office:
    """BTC wants its clerk's own signature on number and date."""
    btc = replace(office.organisations["btc"], clerk_signature=True)
    return replace(office, organisations={**office.organisations, "btc": btc})


def with_delegation(office: Office, **changes: object) -> Office:
    """All of an.nv's grants changed alike."""

    def changed(each: Delegation) -> Delegation:
        return dataclasses.replace(each, **changes) if each.person == "an.nv" else each

    return replace(office, delegations=tuple(map(changed, office.delegations)))
