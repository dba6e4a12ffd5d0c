"""Authorities in order: who failed is left alone for a while, nobody waits longer than he wants to."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hsm.pin import PinSource
from signer import validation
from signer.errors import Kind, SignerError
from signer.line.http import Line
from signer.line.way import Way
from signer.model import Period
from signer.model.timestamp import CountsAs
from signer.ports import TimeStamper
from signer.tsa.outside import OutsideAuthority
from signer.tsa.outside_list import FIRST_PAUSE, LONGEST_PAUSE, OutsideList, Stamper
from signer.tsa.outside_spec import MOST_BYTES, OutsideSpec
from signer.usecases.authorities import Try
from tests.support import published
from tests.support.authorities import Liar, hierarchy, rejecting
from tests.support.published import Handler, Page, Published, answer, publishing

DIGEST = hashlib.sha256(b"a signature").digest()
GOOD = Liar(hierarchy().tsa).page


class Now:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


@dataclass
class Ticks:
    """A clock that a test can set forward."""

    more: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.more


@dataclass
class Scene:
    """Authorities a, b, c at paths of one web server; each test says what they answer."""

    web: Published
    root: Path
    ticks: Ticks = field(default_factory=Ticks)

    def list(self, *names: str, seconds: float = 10.0, parallel: int = 4, **changes: dict[str, Any]) -> OutsideList:
        judge = validation.open_judge((self.root,), None)
        found = []
        for name in names:
            said = {"counts_as": CountsAs.INTERNAL, "seconds": 5.0} | changes.get(name, {})
            way = Way(seconds=said.pop("seconds"), max_bytes=MOST_BYTES)
            spec = OutsideSpec(name, f"http://{self.web.address}/{name}", trust=(self.root,), way=way, **said)
            found.append(OutsideAuthority(spec, Line(way), judge, Now()))
        return OutsideList(found, Now(), seconds=seconds, parallel=parallel, ticks=self.ticks)

    def asked(self) -> str:
        """Who was asked since this was last wanted."""
        names = "".join(path.strip("/") for path in self.web.paths())
        self.web.asked.clear()
        return names


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with publishing({"/a": GOOD, "/b": GOOD, "/c": GOOD}) as web:
        yield Scene(web, hierarchy().write(tmp_path))


def refusal(authorities: OutsideList, **how: Any) -> SignerError:
    with pytest.raises(SignerError) as refused:
        authorities.ask(DIGEST, "sha256", **how)
    assert (refused.value.kind, refused.value.code) == (Kind.UNAVAILABLE, "time-stamp-unavailable")
    return refused.value


def unwell(handler: Handler, _: bytes) -> None:
    answer(handler, b"", 500)


def slow(seconds: float) -> Page:
    def page(handler: Handler, body: bytes) -> None:
        time.sleep(seconds)
        GOOD(handler, body)

    return page


def test_the_first_that_answers_well_is_taken(scene: Scene):
    authorities = scene.list("a", "b", "c")
    assert authorities.ask(DIGEST, "sha256").authority == "a"
    assert scene.asked() == "a"
    scene.web.pages |= {"/a": unwell, "/b": Liar(hierarchy().stranger).page}
    assert authorities.ask(DIGEST, "sha256").authority == "c"
    assert scene.asked() == "abc"


def test_who_failed_is_left_alone_for_a_while_and_longer_each_time(scene: Scene):
    authorities = scene.list("a", "b")
    scene.web.pages["/a"] = unwell
    pause = FIRST_PAUSE
    for _ in range(8):
        assert authorities.ask(DIGEST, "sha256").authority == "b"
        assert scene.asked() == "ab"
        scene.ticks.more += pause - 1
        authorities.ask(DIGEST, "sha256")
        assert scene.asked() == "b"
        scene.ticks.more += 1
        pause = min(pause * 2, LONGEST_PAUSE)
    scene.web.pages["/a"] = GOOD
    assert authorities.ask(DIGEST, "sha256").authority == "a"
    scene.web.pages["/a"] = unwell
    scene.asked()
    authorities.ask(DIGEST, "sha256")
    scene.ticks.more += FIRST_PAUSE + 1  # the good answer has wiped out what was before
    authorities.ask(DIGEST, "sha256")
    assert scene.asked() == "abab"


def test_all_fail_and_each_reason_is_told(scene: Scene):
    authorities = scene.list("a", "b", "c")
    scene.web.pages |= {"/a": unwell, "/b": published.html, "/c": rejecting("time_not_available")}
    error = refusal(authorities)
    assert [each.code for each in error.findings] == ["fetch-refused", "time-stamp-unreadable", "time-stamp-rejected"]
    assert "time source is not available" in error.text.en
    assert error.retry_after == FIRST_PAUSE
    assert scene.asked() == "abc"
    again = refusal(authorities)
    assert scene.asked() == ""
    assert again.retry_after is not None
    assert 0 < again.retry_after <= FIRST_PAUSE
    assert "3 that failed before" in again.text.en


def test_nobody_to_ask(scene: Scene):
    assert refusal(scene.list()).retry_after is None
    later = Period(since=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3))
    before = Period(until=dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3))
    authorities = scene.list("a", "b", a={"period": later}, b={"period": before})
    assert authorities.names() == []
    refusal(authorities)
    with pytest.raises(SignerError) as unknown:
        authorities.probe("a", DIGEST)
    assert (unknown.value.kind, unknown.value.code) == (Kind.NOT_FOUND, "unknown-authority")
    assert scene.asked() == ""


def test_those_only_that_count_as_wanted(scene: Scene):
    authorities = scene.list("a", "b", b={"counts_as": CountsAs.GOVERNMENT})
    assert authorities.ask(DIGEST, "sha256", CountsAs.GOVERNMENT).counts_as is CountsAs.GOVERNMENT
    assert scene.asked() == "b"
    scene.web.pages["/b"] = unwell
    refusal(authorities, counts=CountsAs.GOVERNMENT)
    assert scene.asked() == "b"  # never a lesser one in its place
    stamper: TimeStamper = Stamper(authorities, CountsAs.INTERNAL, 5.0)
    assert stamper.stamp(DIGEST)[0] == 0x30
    assert (stamper.name, scene.asked()) == ("outside", "a")


def test_a_question_that_it_does_not_take_is_no_failure(scene: Scene):
    authorities = scene.list("a", "b")
    scene.web.pages["/a"] = rejecting("bad_alg")
    authorities.ask(DIGEST, "sha256")
    authorities.ask(DIGEST, "sha256")
    assert scene.asked() == "abab"


def test_a_login_that_is_missing_is_no_failure_of_theirs(scene: Scene, tmp_path: Path):
    authorities = scene.list("a", "b", a={"login": PinSource("file", str(tmp_path / "login"))})
    authorities.ask(DIGEST, "sha256")
    (tmp_path / "login").write_text("antin:geheim")
    (tmp_path / "login").chmod(0o600)
    authorities.ask(DIGEST, "sha256")
    assert scene.asked() == "ba"


def test_who_is_in_a_hurry_waits_no_longer_and_does_not_wait_again(scene: Scene):
    authorities = scene.list("a", "b")
    scene.web.pages["/a"] = slow(0.6)
    began = time.monotonic()
    error = refusal(authorities, seconds=0.2)
    assert time.monotonic() - began < 1.5
    assert error.findings[0].code in ("fetch-too-slow", "time-stamp-too-slow")
    assert scene.asked() == "a"
    assert authorities.ask(DIGEST, "sha256", seconds=0.2).authority == "b"
    assert scene.asked() == "b"
    # Too slow for him is not too slow for who has the time.
    assert authorities.ask(DIGEST, "sha256", seconds=5.0).authority == "a"


def test_all_together_end_in_time(scene: Scene):
    authorities = scene.list("a", "b", "c", seconds=1.0, **{name: {"seconds": 0.4} for name in "abc"})
    scene.web.pages |= dict.fromkeys(("/a", "/b", "/c"), published.trickle)
    began = time.monotonic()
    refusal(authorities)
    assert time.monotonic() - began < 2.0


def test_a_resolver_that_sleeps_holds_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """The system's own calls know no deadline: whoever asked goes on, the thread beside him does not matter."""
    done = threading.Event()

    def ask(*_: object) -> None:
        done.wait(20)
        raise SignerError(Kind.UNAVAILABLE, "fetch-unreachable", "x", "x")

    authorities = scene.list("a", seconds=0.3, parallel=1)
    monkeypatch.setattr(Line, "ask", ask)
    began = time.monotonic()
    assert refusal(authorities).findings[0].code == "time-stamp-too-slow"
    scene.ticks.more += FIRST_PAUSE + 1
    crowded = refusal(authorities)  # the only place is taken
    assert time.monotonic() - began < 4
    assert crowded.findings[0].code == "time-stamp-crowded"
    done.set()
    monkeypatch.undo()
    for _ in range(100):
        if authorities._slots.acquire(blocking=False):
            authorities._slots.release()
            break
        time.sleep(0.02)
    assert authorities.ask(DIGEST, "sha256").authority == "a"  # that it was crowded was no failure of its


def test_not_more_at_once_than_allowed(scene: Scene):
    running, most, lock = 0, 0, threading.Lock()

    def page(handler: Handler, body: bytes) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1
        GOOD(handler, body)

    scene.web.pages["/a"] = page
    authorities = scene.list("a", parallel=3)
    with ThreadPoolExecutor(12) as pool:
        stamps = list(pool.map(lambda _: authorities.ask(DIGEST, "sha256"), range(24)))
    assert len({each.token for each in stamps}) == 24  # another nonce, another signature
    assert 2 <= most <= 3


def test_a_digest_that_cannot_be_stamped_is_asked_of_nobody(scene: Scene):
    with pytest.raises(ValueError, match="can be stamped"):
        scene.list().ask(bytes(20), "sha1")
    assert scene.asked() == ""


def test_trying_tells_of_each_and_asks_those_too_that_are_left_alone(scene: Scene):
    authorities = scene.list("a", "b")
    scene.web.pages["/a"] = unwell
    authorities.ask(DIGEST, "sha256")
    scene.asked()
    first, second = Try(authorities)()
    assert (first.as_dict()["good"], second.as_dict()["good"]) == (False, True)
    assert first.as_dict()["error"] is not None
    assert not first.away
    assert scene.asked() == "ab"
    scene.web.pages["/a"] = GOOD
    assert [each.stamp is not None for each in Try(authorities)(["a"])] == [True]
    assert authorities.ask(DIGEST, "sha256").authority == "a"  # it has recovered: no pause is left
