"""The disk fills up at every write of a document's way: nothing is lost, nothing half-done, no number twice."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from signer import storage
from signer.errors import Kind, SignerError
from signer.model import Document, DocumentState, RegisterState
from signer.ports import Claim
from signer.settings import Settings
from softhsm.provision import Provisioned
from tests.support.small_disk import FailingDisk, SmallDisk, failing_disk, small_disk

from .conftest import ARCHIVES_CLERK, SYSTEM, Desk, annexes, draft, keys_of, metadata

NAME = "to-trinh"
STEP = 16 * 1024
"""Less than any file or transaction here needs: no write is jumped over."""

T = TypeVar("T")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as small:
        yield small


@pytest.fixture
def small(provisioned: Provisioned, settings: Settings, disk: SmallDisk) -> Iterator[Desk]:
    """A desk whose database and files lie on the small disk."""
    desk = Desk(provisioned, settings, disk.folder, settings.office)
    yield desk
    desk.close()


def refused_write(error: BaseException | None) -> str:
    """The function of a use case whose write was refused, and whether that was a file or a transaction."""
    found = kind = ""
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            path = Path(code.co_filename)
            if path.parent.name == "usecases" and code.co_name not in ("number_waits", "came_too_late"):
                found = code.co_name
            kind = {"blobs": "file", "work": "commit"}.get(path.stem, kind)
            trace = trace.tb_next
        error = error.__cause__
    return f"{found}: {kind}"


def told_full(do: Callable[[], object]) -> SignerError:
    with pytest.raises(SignerError) as caught:
        do()
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "storage-full")
    assert "đầy" in caught.value.text.vi
    assert caught.value.retry_after
    return caught.value


def emptied(desk: Desk) -> None:
    """Move the database's log to its place: one that has room in itself would hide a full disk."""
    with closing(sqlite3.connect(desk.database.url.database or "")) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def squeezed(desk: Desk, disk: SmallDisk, make: Callable[[], T], do: Callable[[T], object]) -> set[str]:
    """Do a step with ever more room until it is done; the writes that were refused on the way.

    ``make`` makes what the step needs. What was refused is repeated as soon as there is room, and must be done then.
    """
    refused: set[str] = set()
    for room in range(0, 64 * STEP, STEP):
        subject = make()
        emptied(desk)
        with disk.leaving(room):
            try:
                do(subject)
            except SignerError as error:
                raised = error
            else:
                return refused
            with pytest.raises(SignerError):  # the same again is no better, and does no harm
                do(subject)
        assert (raised.kind, raised.code) == (Kind.UNAVAILABLE, "storage-full"), (room, raised)
        assert "đầy" in raised.text.vi
        refused.add(refused_write(raised))
        do(subject)
    pytest.fail("the step was never done")


def judged(desk: Desk) -> None:
    """Numbers without gap, each with its document, whose file is there; the store agrees with itself."""
    rows = desk.register("VTLTNN", 2026, SYSTEM).rows
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        document = desk.document(row.document_id)
        assert (document.numbering.number, document.state.value) == (row.number, row.state.value)
        assert row.state in (RegisterState.ISSUED, RegisterState.VOID)
    assert desk.inconsistencies() == []


def test_taking_in_a_package(small: Desk, disk: SmallDisk):
    kept: list[Document] = []

    def prepare(_: None) -> None:
        kept.append(small.prepare(draft(NAME), metadata(NAME), SYSTEM, annexes()))

    refused = squeezed(small, disk, lambda: None, prepare)
    assert refused == {"__call__: file", "_store: commit"}
    assert [each.id for each in small.look.page(SYSTEM)] == sorted(each.id for each in kept)
    assert small.inconsistencies() == []


def test_the_leaders_signature(small: Desk, disk: SmallDisk):
    (key,) = keys_of(NAME)
    refused = squeezed(small, disk, lambda: small.prepared(NAME), lambda each: small.signs(each, key))
    assert refused == {"keep: file", "__call__: commit"}
    signed = small.look.page(SYSTEM)
    assert {(each.state, len(each.signatures)) for each in signed} == {(DocumentState.SIGNED, 1)}
    assert small.inconsistencies() == []


@pytest.mark.parametrize("attached", [False, True])
def test_issuing(small: Desk, disk: SmallDisk, attached: bool):
    """Number, files and outcome; repeating the order finishes it at once, also where no failure could be noted."""
    files = annexes() if attached else ()
    refused = squeezed(
        small, disk, lambda: small.signed(NAME, files), lambda each: small.issue(each.id, ARCHIVES_CLERK)
    )
    assert refused == {"_reserve: commit", "keep: file", "_finish: commit"} | ({"_finish: file"} if attached else set())
    judged(small)


def test_what_could_not_be_noted_as_broken_off_is_finished_by_the_same_worker(small: Desk, disk: SmallDisk):
    document = small.signed(NAME)

    def fills_up() -> None:
        """Amid the signing: the number is taken by then."""
        emptied(small)
        squeeze.__enter__()

    squeeze = disk.leaving(0)
    small.signer.meanwhile = fills_up
    told = told_full(lambda: small.issue(document.id, ARCHIVES_CLERK))
    squeeze.__exit__(None, None, None)
    assert "01/TTr-VTLTNN" in told.text.vi
    left = small.document(document.id)
    assert left.state is DocumentState.ISSUING
    assert left.command.under_way_since is not None  # nobody could write that it is over
    (finished,) = small.recover(small.clock.now())
    assert finished.finished
    assert small.document(document.id).numbering == left.numbering
    judged(small)


def test_paper_and_void(small: Desk, disk: SmallDisk):
    refused = squeezed(small, disk, lambda: None, lambda _: small.enter(metadata(NAME), ARCHIVES_CLERK))
    assert [each.partition(": ")[2] for each in refused] == ["commit"]
    refused = squeezed(
        small, disk, lambda: small.signed(NAME), lambda each: small.issue_on_paper(each.id, ARCHIVES_CLERK)
    )
    assert [each.partition(": ")[2] for each in refused] == ["commit"]
    refused = squeezed(
        small,
        disk,
        lambda: small.issue(small.signed(NAME).id, ARCHIVES_CLERK).document,
        lambda each: small.void(each.id, "nhầm", ARCHIVES_CLERK),
    )
    assert [each.partition(": ")[2] for each in refused] == ["commit"]
    judged(small)


def test_a_key_of_a_repeated_request_is_free_again(small: Desk, disk: SmallDisk):
    keys, now = storage.open_idempotency(small.database, small.presence), small.clock.now()
    emptied(small)
    with disk.leaving(0):
        told_full(lambda: keys.begin("s", "one", "d", now))
    claim = keys.begin("s", "one", "d", now)
    assert isinstance(claim, Claim)
    emptied(small)
    with disk.leaving(0):
        told_full(lambda: keys.abandon(claim))
    assert keys.begin("s", "one", "d", now) == claim
    with pytest.raises(SignerError, match="idempotency-in-progress"):  # and it is held again
        keys.begin("s", "one", "d", now)


def test_no_room_even_to_read(small: Desk, disk: SmallDisk):
    """SQLite's shared memory is a file too; that it cannot grow is an "I/O error" in SQLite's words."""
    small.database.close()
    with disk.leaving(0):
        told_full(lambda: small.look.page(SYSTEM))
    assert small.look.page(SYSTEM) == []


# --- a disk that can only be read -----------------------------------------------------------------------------


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[FailingDisk]:
    with failing_disk(tmp_path / "disk") as disk:
        yield disk


def test_a_disk_that_becomes_read_only_amid_the_work(
    provisioned: Provisioned, settings: Settings, failing: FailingDisk
):
    desk = Desk(provisioned, settings, failing.folder, settings.office)
    document = desk.signed(NAME)
    desk.signer.meanwhile = failing.fail
    for do in (
        lambda: desk.issue(document.id, ARCHIVES_CLERK),  # a number was taken, then the disk went
        lambda: desk.issue(document.id, ARCHIVES_CLERK),
        lambda: desk.prepared(NAME),
        lambda: desk.enter(metadata(NAME), ARCHIVES_CLERK),
    ):
        with pytest.raises(SignerError) as caught:
            do()
        assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "storage-read-only")
        assert "chỉ đọc" in caught.value.text.vi
    held = desk.document(document.id)
    assert (held.state, held.numbering.number) == (DocumentState.ISSUING, 1)
    assert desk.look.file(document.id, SYSTEM).content.sha256 == document.sha256
    desk.close()
    failing.unmount()
    failing.mount()
    again = Desk(
        provisioned, settings, failing.folder, settings.office, str(desk.database.url.set(drivername="sqlite"))
    )
    assert [each.finished for each in again.recover(again.clock.now())] == [True]
    judged(again)
    again.close()
