"""The wiring: settings in, use cases out. This file alone names implementations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from policies.workdays import RulesOn
from signer import storage, validation
from signer.keys import TokenKeyring
from signer.metered import Meter, Watch
from signer.model.time import ClockStanding
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.look import FileGlance
from signer.pdf.reading.intake import DraftLimits
from signer.pdf.sign import PlanSigner
from signer.pdf.stamps import StampFileReader
from signer.ports import Keyring, KnownTime, RevocationShelf, TimeStampAuthority, Verifier, WatchedTime
from signer.settings import Settings
from signer.tsa.asking import Asked
from signer.tsa.authority import Authority
from signer.tsa.clock import KnownClock
from signer.tsa.later import LaterJudge
from signer.tsa.outside import OutsideAuthority
from signer.tsa.outside_list import OutsideList
from signer.usecases.authorities import Try
from signer.usecases.backup import Backup, Restore
from signer.usecases.check import Check
from signer.usecases.consistency import Consistency
from signer.usecases.copies import MakeCopy
from signer.usecases.deadlines import Deadlines
from signer.usecases.end import Recall, Reject, Void
from signer.usecases.examine import Examine
from signer.usecases.follow import Follow
from signer.usecases.health import Health
from signer.usecases.housekeeping import Housekeeping
from signer.usecases.issue import Issue
from signer.usecases.look import Look
from signer.usecases.paper import Enter, IssueOnPaper
from signer.usecases.prepare import Prepare
from signer.usecases.recover import Recover
from signer.usecases.refresh import Refresh, Standing
from signer.usecases.register import Register
from signer.usecases.rows import Rows
from signer.usecases.rules import rules_in_force, rules_of
from signer.usecases.services import Services
from signer.usecases.sign import Sign
from signer.usecases.signatures import Pen
from signer.usecases.verify import Verify
from signer.validation import CertificateJudge, Limits


class SystemClock:
    """The computer's clock, which the operator keeps in step."""

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)


def set_up(settings: Settings) -> None:
    """Bring database and stored office up to date; idempotent. Opens no token, and closes what it opened."""
    storage.migrate(settings.store)
    store = storage.open_store(settings.store)
    try:
        with store.transaction() as tx:
            tx.put_office(settings.office, SystemClock().now())
    finally:
        store.close()


def open_verifier(
    trust: Sequence[Path], revocation: Path | None, limits: Limits | None = None, rules_on: RulesOn = rules_in_force
) -> Verifier:
    """A verifier by itself: pinned roots and revocation data, neither database nor token."""
    return validation.open_verifier(trust, revocation, SystemClock(), limits, rules_on)


@contextmanager
def inspecting(settings: Settings) -> Iterator[Consistency]:
    """What inspects a store as it is: the schema must be this program's, nothing is brought up to date or made."""
    shelf = storage.open_shelf(settings.blobs)
    database = storage.open_database(settings.store)
    try:
        yield Consistency(
            inspection=storage.open_inspection(database),
            shelf=shelf,
            blobs=storage.open_blobs(settings.blobs),
            measure=FileGlance(),
            verifier=open_verifier(settings.trust, settings.revocation, _limits(settings), rules_of(settings.rules)),
            clock=SystemClock(),
        )
    finally:
        database.close()


def connect(settings: Settings) -> ClockStanding | None:
    """Raise UNAVAILABLE unless the database answers and the blobs' folder can be written to; nothing is migrated.

    How the clock is, measured now, which is told rather than raised; None without ``[clock]``.
    """
    database = storage.open_database(settings.store)
    try:
        database.ping()
        storage.open_blobs(settings.blobs)
    finally:
        database.close()
    time = open_time(settings)
    return time.measure() if time else None


def open_time(settings: Settings, meter: Meter | None = None) -> WatchedTime | None:
    """The clock that the settings say how to know, not measured yet; None without ``[clock]``."""
    if settings.clock is None:
        return None
    return KnownClock(settings.clock, meter.clock) if meter else KnownClock(settings.clock)


def open_backup(settings: Settings, folder: Path) -> Backup:
    """What adds a backup of the store to the archive in ``folder``; needs no token."""
    storage.open_shelf(settings.blobs)  # where the blobs' disk is away, nothing is made in its place
    blobs = storage.open_blobs(settings.blobs)
    tables, archive = storage.open_tables(settings.store), storage.open_archive(folder)
    return Backup(tables, blobs, archive, SystemClock(), version("antin"))


def open_restore(settings: Settings, folder: Path) -> Restore:
    """What fills the empty store of the settings from the archive in ``folder``."""
    tables, blobs = storage.open_tables(settings.store), storage.open_blobs(settings.blobs)
    return Restore(tables, blobs, storage.open_archive(folder))


def open_shelf(settings: Settings) -> RevocationShelf:
    """CRLs and OCSP answers at hand, and what the settings' keys need of them; reads files only."""
    # The service reads that folder by other code, and needs none of this.
    from signer.revocation.shelf import open_shelf as opened  # noqa: PLC0415 - see above

    anchors = validation.load_anchors(settings.trust)
    roots, helpers = ([each.dump() for each in some] for some in (anchors.roots, anchors.helpers))
    keys = [spec.info for spec in settings.keys]
    return opened(settings.revocation, keys, roots, helpers, settings.fetch, SystemClock())


def open_refresh(settings: Settings) -> Refresh:
    """What fetches CRLs and OCSP answers by the way that the settings say."""
    from signer.line.http import Line  # noqa: PLC0415 - an HTTP client, which nothing else here needs

    return Refresh(open_shelf(settings), Line(settings.fetch))


def open_standing(settings: Settings) -> Standing:
    """What says whether the revocation data at hand are enough."""
    return Standing(open_shelf(settings), SystemClock())


def open_outside(settings: Settings) -> OutsideList:
    """Others' time-stamp authorities, in order; nobody is asked yet. Opened after a fork."""
    from signer.line.http import Line  # noqa: PLC0415 - as above

    said = settings.outside
    clock, judges = SystemClock(), dict[tuple[Path, ...], CertificateJudge]()
    for spec in said.authorities:
        if spec.trust not in judges:
            judges[spec.trust] = validation.open_judge(spec.trust, settings.revocation)
    authorities = [OutsideAuthority(spec, Line(spec.way), judges[spec.trust], clock) for spec in said.authorities]
    return OutsideList(authorities, clock, seconds=said.seconds, parallel=said.parallel)


def open_try(settings: Settings) -> Try:
    """What asks each of them once."""
    return Try(open_outside(settings))


def time_stamp_request(digest: bytes, algorithm: str, policy: str) -> bytes:
    """A TimeStampReq (DER) with a new nonce; ValueError if ``policy`` is no OID. "" leaves the policy open."""
    return Asked(digest, algorithm, policy).der()


def open_later_judge(trust: Sequence[Path], revocation: Path | None) -> LaterJudge:
    """What judges time-stamps that lie in files: pinned roots and revocation data, neither database nor token."""
    return LaterJudge(validation.open_judge(trust, revocation), SystemClock())


def build(settings: Settings, meter: Meter | None = None) -> Services:
    """Wire everything in this process. Tokens are opened when they are first needed: call it after a fork.

    ``meter`` is told how long each step takes, which signatures are made and that numbers are taken.
    """
    clock, rules_on = SystemClock(), rules_of(settings.rules)
    watch, time = Watch(meter), open_time(settings, meter)
    database = storage.open_database(settings.store)
    store, blobs = watch.store(storage.open_store(database)), watch.blobs(storage.open_blobs(settings.blobs))
    ring = watch.keyring(TokenKeyring(settings.modules, settings.tokens, settings.keys))
    checker = watch.checker(validation.open_judge(settings.trust, settings.revocation))
    upload = settings.limits.largest_mb * 1_000_000
    pages, seconds = settings.limits.pages, settings.limits.seconds
    limits = DraftLimits(upload, pages, seconds)
    stamps, fields = watch.stamp_reader(StampFileReader(limits=limits)), watch.field_maker(FieldWriter())
    examine = Examine(
        store,
        ring,
        watch.draft_reader(Reader(limits=limits)),
        stamps,
        clock,
        rules_on,
        days_back=settings.days_back,
        exchange_mb=settings.limits.exchange_mb,
        most=settings.limits.attachments,
    )
    verifier = open_verifier(settings.trust, settings.revocation, _limits(settings), rules_on)
    pen = Pen(blobs, ring, checker, watch.signer(PlanSigner()))
    presence = storage.open_presence(database)
    idempotency = storage.open_idempotency(database, presence, keep=timedelta(hours=settings.answers_hours))
    issue = Issue(store, pen, clock, presence, rules_on, days_back=settings.days_back)
    recover = Recover(issue)
    return Services(
        check=Check(examine),
        prepare=Prepare(store, blobs, examine, fields),
        sign=Sign(store, pen, clock, rules_on),
        issue=issue,
        issue_on_paper=IssueOnPaper(store, ring, clock, rules_on, days_back=settings.days_back),
        enter=Enter(store, clock, rules_on),
        copy=MakeCopy(store, pen, stamps, fields, clock, rules_on),
        reject=Reject(store, clock),
        void=Void(store, clock, rules_on),
        recall=Recall(store, clock, rules_on),
        look=Look(store, blobs),
        follow=Follow(store),
        register=Register(store),
        rows=Rows(store, clock),
        deadlines=Deadlines(store, clock, rules_on),
        verify=Verify(watch.verifier(verifier), upload),
        health=Health(store, ring, time),
        recover=recover,
        housekeeping=Housekeeping(recover, idempotency, clock),
        keys=ring,
        api_keys=watch.api_keys(storage.open_api_keys(database, clock)),
        idempotency=idempotency,
        clock=clock,
        time=time,
        authority=_authority(settings, ring, time),
        receive=blobs.receive,
    )


def open_authority(settings: Settings) -> TimeStampAuthority | None:
    """Our time-stamp authority by itself, its clock measured now; None without ``[tsa]``. Opened after a fork."""
    time = open_time(settings)
    if settings.tsa is None or time is None:
        return None
    time.measure()
    return _authority(settings, TokenKeyring(settings.modules, settings.tokens, settings.keys), time)


def _authority(settings: Settings, ring: Keyring, time: KnownTime | None) -> TimeStampAuthority | None:
    """Our time-stamp authority; None without ``[tsa]``. A certificate that is none of an authority is a ValueError."""
    said = settings.tsa
    return None if said is None or time is None else Authority(ring, said.key, said.policy, time)


def _limits(settings: Settings) -> Limits:
    said = settings.limits
    return Limits(bytes=said.largest_mb * 1_000_000, pages=said.pages, seconds=said.seconds)
