"""Each thing that can be wrong with a store, done to a real one, is found by its code; what is harmless is cleared."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from policies.model import Severity
from signer import app, storage
from signer.cli import main
from signer.model import Content
from signer.settings import load_settings
from signer.usecases.consistency import Depth
from signer.usecases.consistency_words import WORDS
from tests.fixtures.attacks_words import ENGLISH
from tests.support.filled import Kept, hold_a_number

OLD = datetime.now(UTC) - timedelta(days=3)


def flip(path: Path) -> None:
    """One byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def age(path: Path) -> None:
    os.utime(path, (OLD.timestamp(), OLD.timestamp()))


def unnamed(kept: Kept, data: bytes = b"left by a crash") -> Path:
    path = kept.blob(storage.open_blobs(kept.blobs).put(Content(data)))
    age(path)
    return path


def swap_plan(kept: Kept) -> None:
    kept.sql(
        "UPDATE document_files SET plan ="
        " (SELECT plan FROM document_files WHERE document_id = :package AND ordinal = 1) WHERE document_id = :prepared"
    )


def exchange(kept: Kept, change: Callable[[bytes], bytes]) -> None:
    """Another file in the place of the newest revision, with a digest of its own."""
    old = kept.newest("issued")
    blobs = storage.open_blobs(kept.blobs)
    new = blobs.put(Content(change(blobs.get(old.stem).read())))
    for statement in (
        "UPDATE file_revisions SET sha256 = :new WHERE document_id = :issued AND sha256 = :old",
        "UPDATE document_files SET sha256 = :new WHERE document_id = :issued AND sha256 = :old",
    ):
        kept.sql(statement, new=new, old=old.stem)


def other_number_in_the_file(kept: Kept) -> None:
    """The file of another document, with all that is kept of it: the register alone says another number."""
    for table in ("acts", "file_revisions", "document_files"):
        kept.sql(f"UPDATE {table} SET document_id = 'aside' WHERE document_id = :issued")  # noqa: S608 - a table's name
        kept.sql(f"UPDATE {table} SET document_id = :issued WHERE document_id = :last")  # noqa: S608
        kept.sql(f"UPDATE {table} SET document_id = :last WHERE document_id = 'aside'")  # noqa: S608


def row(change: str, of: str = "issued") -> Callable[[Kept], object]:
    return lambda kept: kept.sql(f"UPDATE register SET {change} WHERE document_id = :{of}")  # noqa: S608 - words of these tests


def doc(change: str, of: str) -> Callable[[Kept], object]:
    return lambda kept: kept.sql(f"UPDATE documents SET {change} WHERE id = :{of}")  # noqa: S608


def waiting(change: str = "") -> Callable[[Kept], object]:
    def do(kept: Kept) -> None:
        hold_a_number(kept)
        if change:
            kept.sql(f"UPDATE documents SET {change} WHERE id = :signed")  # noqa: S608

    return do


def doubled(kept: Kept) -> None:
    # The stored year, by which the database holds symbols to be unique, is what another hand has changed.
    kept.sql(
        "UPDATE register SET year = 2000, symbol = (SELECT symbol FROM register WHERE document_id = :issued)"
        " WHERE document_id = :last"
    )


def left_request(kept: Kept) -> None:
    kept.sql(
        "INSERT INTO idempotency (scope, key, body_sha256, started_at) VALUES ('s', 'k', 'b', :old)",
        old=OLD if "postgresql" in kept.url else OLD.isoformat(timespec="microseconds"),
    )


EVERYTHING: dict[str, tuple[Callable[[Kept], object], dict[str, bool]]] = {
    "reference-broken": (
        lambda k: k.sql("DELETE FROM persons WHERE id = (SELECT person FROM delegations LIMIT 1)"),
        {},
    ),
    "row-without-document": (lambda k: k.sql("DELETE FROM documents WHERE id = :issued"), {}),
    "number-gap": (lambda k: k.sql("DELETE FROM register WHERE document_id = :recalled"), {}),
    "date-goes-back": (row("date = '2026-01-02', year = 2026, period = period", "last"), {}),
    "symbol-doubled": (doubled, {}),
    "number-waiting": (waiting(), {}),
    "waiting-without-order": (waiting("command_id = NULL, command_name = NULL"), {}),
    "void-without-reason": (doc("reason = ' '", "void"), {}),
    "issued-without-row": (lambda k: k.sql("DELETE FROM register WHERE document_id = :last"), {}),
    "row-unexpected": (row("document_id = :prepared", "last"), {}),
    "row-state-differs": (row("state = 'reserved'"), {}),
    "row-document-differs": (row("notation = 'QĐ-BYT', symbol = '01/QĐ-BYT'"), {}),
    "row-text-differs": (row("symbol = '99/QĐ-BTC'"), {}),
    "file-missing": (doc("medium = 'electronic'", "paper"), {}),
    "signature-missing": (lambda k: k.sql("DELETE FROM acts WHERE document_id = :package AND file = 2"), {}),
    "signature-unexpected": (doc("state = 'signed'", "issued"), {}),
    "acts-broken": (
        lambda k: k.sql(
            "UPDATE acts SET before_sha256 = :x WHERE document_id = :issued AND role = 'agency'", x="0" * 64
        ),
        {},
    ),
    "revision-not-listed": (
        lambda k: k.sql(
            "DELETE FROM file_revisions WHERE document_id = :issued AND sha256 = "
            "(SELECT sha256 FROM document_files WHERE document_id = :issued)"
        ),
        {},
    ),
    "plan-unreadable": (
        lambda k: k.sql("UPDATE document_files SET plan = :x WHERE document_id = :signed", x=b"{}"),
        {},
    ),
    "blob-missing": (lambda k: k.newest("package", 1).unlink(), {"quick": True}),
    "blob-changed": (lambda k: flip(k.newest("issued")), {}),
    "blob-base-broken": (lambda k: flip(k.base("issued")), {}),
    "blob-length-differs": (swap_plan, {"quick": True}),
    "blob-not-sealed": (lambda k: exchange(k, lambda data: data + b"\n"), {}),
    "blob-unnamed": (unnamed, {"quick": True}),
    "requests-left": (left_request, {"quick": True}),
    "file-number-differs": (other_number_in_the_file, {"deep": True}),
    "file-fails": (lambda k: exchange(k, lambda data: data.replace(b"/Type/Page", b"/Type/Pagf", 1)), {"deep": True}),
}
"""By code: how it comes about, and how deep one must look."""

ELSEWHERE = {"database-damaged", "incoming-left", "file-undecided"}


def test_a_store_that_the_service_filled_is_clean(kept: Kept) -> None:
    assert kept.check(deep=True) == []


@pytest.mark.parametrize("code", EVERYTHING)
def test_it_is_found(kept: Kept, code: str) -> None:
    provoke, depth = EVERYTHING[code]
    provoke(kept)
    found = kept.check(**depth)
    assert code in [each.code for each in found]
    for each in found:
        assert "{" not in each.message.vi + each.message.en + each.remedy.vi
        assert not ENGLISH.search(each.remedy.vi.replace("antin verify", "")), each.remedy.vi
    mended = {each.code for each in kept.check(**depth | {"repair": True}) if each.repaired}
    assert mended == {code} & {"blob-unnamed", "requests-left"}
    after = kept.codes(**depth)
    assert (code in after) is (not mended)


def test_every_code_is_provoked() -> None:
    assert EVERYTHING.keys() | ELSEWHERE == WORDS.keys()


def test_a_broken_database_says_so_itself(kept: Kept) -> None:
    if not kept.url.startswith("sqlite"):
        # PostgreSQL says it where the page is read: there is no question to ask.
        assert kept.codes() == []
        return
    kept.sql("UPDATE register SET state = 'nobody knows' WHERE document_id = :paper")
    assert "database-damaged" in kept.codes()


def test_files_that_nobody_finished_are_told(kept: Kept) -> None:
    """Opening the store clears them away; one that grew old since is told."""
    left = kept.blobs / "incoming" / ("0" * 32)
    with app.inspecting(load_settings(kept.config)) as consistency:
        left.write_bytes(b"half")
        age(left)
        assert [each.code for each in consistency(Depth(quick=True, repair=True))] == ["incoming-left"]
    assert left.exists()
    assert kept.codes(quick=True) == []
    assert not left.exists()


def test_what_cannot_be_decided_is_a_warning(kept: Kept) -> None:
    """Without any revocation data no certificate can be judged today."""
    text = kept.config.read_text("utf-8")
    kept.config.write_text(text.replace('revocation = "', 'revocation = "not-'), "utf-8")
    found = kept.check(deep=True)
    assert {each.code for each in found} == {"file-undecided"}
    assert {each.severity for each in found} == {Severity.WARNING}


# --- repair ----------------------------------------------------------------------------------------------------


def test_repair_keeps_what_is_young_or_named(kept: Kept) -> None:
    old = unnamed(kept)
    young = unnamed(kept, b"under way")
    young.touch()
    named = [kept.blob(str(sha256)) for (sha256,) in kept.ask("SELECT sha256 FROM file_revisions")]
    for path in named:
        age(path)
    found = kept.check(repair=True)
    assert [(each.code, each.repaired) for each in found] == [("blob-unnamed", True)]
    assert not old.exists()
    assert young.exists()
    assert all(path.exists() for path in named)
    assert kept.check(repair=True) == []


def test_a_blob_that_is_put_again_at_this_moment_stays(kept: Kept) -> None:
    """What was left by a crash is what the repeated request puts: the same bytes, which now are somebody's."""
    path, data = unnamed(kept), b"left by a crash"
    shelf, before = storage.open_shelf(kept.blobs), datetime.now(UTC) - timedelta(days=1)
    storage.open_blobs(kept.blobs).put(Content(data))
    assert not shelf.discard(path.name, before)
    assert path.read_bytes() == data
    age(path)
    assert shelf.discard(path.name, before)
    assert not shelf.discard(path.name, before)
    assert not list((kept.blobs / "incoming").iterdir())


def test_a_revision_that_nobody_names_goes_and_what_it_continues_stays(kept: Kept) -> None:
    """As a signing that broke off leaves it: an update behind a file that a document names."""
    blobs = storage.open_blobs(kept.blobs)
    base = kept.base("issued")
    left = kept.blob(blobs.put(blobs.get(base.name).extended(b"an update")))
    assert left.suffix == ".tail"
    age(base)
    assert kept.check(repair=True) == []
    age(left)
    found = kept.check(repair=True)
    assert [(each.code, each.repaired) for each in found] == [("blob-unnamed", True)]
    assert str(base.stat().st_size + 9) in found[0].message.en
    assert not left.exists()
    assert kept.check(deep=True) == []


def test_a_digest_in_both_forms_is_one_blob(kept: Kept) -> None:
    """A tail that had rotted was put again, whole."""
    tail = kept.newest("issued")
    whole = tail.with_suffix("")
    whole.write_bytes(storage.open_blobs(kept.blobs).get(tail.stem).read())
    assert kept.check() == []
    for path in (tail, whole):
        age(path)
    assert storage.open_shelf(kept.blobs).discard(whole.name, datetime.now(UTC))
    assert not tail.exists()
    assert not whole.exists()


# --- the command ------------------------------------------------------------------------------------------------


def run(kept: Kept, *options: str) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["check", *options], env={"ANTIN_CONFIG": str(kept.config)}, prog_name="antin")
    return ran.exit_code, ran.stdout


def test_the_command_says_clean(kept: Kept) -> None:
    status, told = run(kept)
    assert (status, told.splitlines()[-1].startswith("Kho khớp: ")) == (0, True)
    status, told = run(kept, "--json", "--quick")
    value = json.loads(told)
    assert (status, value["clean"], value["findings"], value["checked"]["documents"]) == (0, True, [], len(kept.ids))


def test_the_command_says_what_is_wrong_and_what_to_do(kept: Kept) -> None:
    kept.newest("issued").unlink()
    unnamed(kept)
    status, told = run(kept)
    assert status == 1
    assert kept.ids["issued"] in told
    assert "→ blob-missing: Chép lại tệp này từ bản sao lưu" in told
    status, told = run(kept, "--json")
    value = json.loads(told)
    assert (status, value["clean"], value["counts"]) == (1, False, {"blob-missing": 1, "blob-unnamed": 1})
    assert {each["severity"] for each in value["findings"]} == {"error", "info"}


def test_informations_alone_are_clean(kept: Kept) -> None:
    unnamed(kept)
    assert run(kept)[0] == 0
    status, told = run(kept, "--repair")
    assert (status, "✓ đã dọn" in told) == (0, True)
    assert "blob-unnamed" not in run(kept)[1]


def test_a_store_that_is_away(kept: Kept) -> None:
    kept.blobs.rename(kept.blobs.with_name("elsewhere"))
    assert run(kept)[0] == 3
    assert not kept.blobs.exists()
