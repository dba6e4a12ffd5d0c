"""Metrics for an operator's Prometheus, counted by all worker processes together.

Each process counts into files of its own in the folder that PROMETHEUS_MULTIPROC_DIR names, and whichever is asked
adds all of them up. Labels are bounded: routes, never paths; kinds of errors, never texts. docs/observe.md has them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from signer.model import DocumentState, Event, EventKind
from signer.model.time import ClockStanding
from signer.usecases.health import State
from signer.web.clock_metrics import ClockMetrics
from signer.web.version import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that tells prometheus_client where several processes count together; without it each is alone."""

_MS = 0.001
REQUEST_BUCKETS = tuple(_MS * each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000))
STEP_BUCKETS = tuple(_MS * each for each in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 30_000))
"""Seconds. Signing takes milliseconds, a large file or a token over a network seconds."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_spent: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)


class Metrics:
    """The counters of this process, and the ``Meter`` of the rooms. Made after the fork, in each worker."""

    def __init__(self) -> None:
        if FOLDER in os.environ:
            # The library looks when it is loaded, and the folder is made after that.
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # the library leaves it open
        self._registry = here = CollectorRegistry()
        self._requests = Counter(
            "antin_http_requests_total", "Requests answered", ["method", "route", "status"], registry=here
        )
        self._request_seconds = Histogram(
            "antin_http_request_seconds",
            "From the request's head to its answer",
            ["method", "route"],
            buckets=REQUEST_BUCKETS,
            registry=here,
        )
        self._step_seconds = Histogram(
            "antin_step_seconds", "A step's own time in a request", ["step"], buckets=STEP_BUCKETS, registry=here
        )
        self._signatures = Counter("antin_signatures_total", "Signatures tried", ["role", "outcome"], registry=here)
        self._numbers = Counter("antin_numbers_issued_total", "Numbers given to documents", registry=here)
        self.signings = _lane("signings", "Signings", here)
        self.readings = _lane("readings", "Drafts, scans and files to judge", here)
        self.stampings = _lane("time_stamps", "Requests for time-stamps", here)
        self._stamps = Counter(
            "antin_tsa_replies_total",
            "Answers of our time-stamp authority, by what they say",
            ["status"],
            registry=here,
        )
        self._clock: ClockMetrics | None = None
        self._clock_lock = threading.Lock()
        # Looking up labels costs as much as counting.
        self._steps: dict[str, Histogram] = {}
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    # --- what the rooms tell: signer.metered.Meter

    def took(self, step: str, seconds: float) -> None:
        """A step took so long; outside a request it is counted at once, inside when the request ends."""
        spent = _spent.get()
        if spent is None:
            self._step(step).observe(seconds)
        else:
            spent[step] = spent.get(step, 0.0) + seconds

    def signed(self, role: str, outcome: str) -> None:
        """A signature was tried."""
        self._signatures.labels(role, outcome).inc()

    def happened(self, event: Event) -> None:
        """Something was done to a document, for good."""
        if event.kind is EventKind.NUMBERED:
            self._numbers.inc()

    def clock(self, standing: ClockStanding) -> None:
        """How the clock is; its thread tells, and whoever asks for the time when that thread is dead."""
        with self._clock_lock:
            if self._clock is None:
                self._clock = ClockMetrics(self._registry)
            self._clock.tell(standing)

    # --- what the requests tell

    def answered(self, method: str, route: str, status: int, seconds: float, spent: dict[str, float]) -> None:
        """A request was answered, its steps took what ``spent`` says. ``method`` and ``route`` are of bounded sets."""
        which = (method, route, status)
        if which not in self._answered:
            self._answered[which] = (
                self._requests.labels(method, route, str(status)),
                self._request_seconds.labels(method, route),
            )
        count, histogram = self._answered[which]
        count.inc()
        histogram.observe(seconds)
        for step, took in spent.items():
            self._step(step).observe(took)

    def stamped(self, outcome: str) -> None:
        """Our time-stamp authority answered: "granted", or the name of a PKIFailureInfo."""
        self._stamps.labels(outcome).inc()

    def _step(self, step: str) -> Histogram:
        found = self._steps.get(step)
        if found is None:
            found = self._steps[step] = self._step_seconds.labels(step)
        return found

    # --- what Prometheus asks

    def text(self, state: State, waiting: Mapping[DocumentState, int]) -> bytes:
        """Everything, as Prometheus reads it: the counters of all processes, and how the service is now.

        ``waiting`` is how many documents wait in each state.
        """
        counted = self._registry
        if FOLDER in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # as above
        now = CollectorRegistry()
        now.register(_Now(state, waiting))
        return generate_latest(counted) + generate_latest(now)


def _lane(name: str, what: str, registry: CollectorRegistry) -> Callable[[int, int], None]:
    """Gauges of a lane of ``signer.web.queue``, as its ``tell``. What died with its process is not counted."""
    running, waiting = (
        Gauge(f"antin_{name}_{doing}", f"{what}: {doing}", registry=registry, multiprocess_mode="livesum")
        for doing in ("running", "waiting")
    )

    def tell(at_work: int, in_line: int) -> None:
        running.set(at_work)
        waiting.set(in_line)

    return tell


class _Now(Collector):
    """What is asked and not counted."""

    def __init__(self, state: State, waiting: Mapping[DocumentState, int]) -> None:
        self._state = state
        self._waiting = waiting

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges of this moment."""
        state, tokens = self._state, self._state.tokens
        yield _gauge("antin_build_info", "The running program", ["version"], [([VERSION], 1)])
        yield _gauge("antin_store_up", "Whether the database answers", [], [([], state.store == "ok")])
        yield _gauge(
            "antin_documents",
            "Documents that wait for somebody, or for the next start",
            ["state"],
            [([each.value], count) for each, count in self._waiting.items()],
        )
        yield _gauge(
            "antin_token_present", "Whether the token is there", ["token"], [([t.name], t.present) for t in tokens]
        )
        yield _gauge(
            "antin_token_pin_locked",
            "Whether its PIN is locked, by the token or by us after a wrong one",
            ["token"],
            [([token.name], token.pin_locked) for token in tokens],
        )


def _gauge(name: str, text: str, labels: list[str], values: list[tuple[list[str], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for which, value in values:
        family.add_metric(which, float(value))
    return family


def begin() -> None:
    """A request begins: its steps are added up until ``end``."""
    _spent.set({})


def spent() -> dict[str, float]:
    """Seconds of each step of the request at hand."""
    return _spent.get() or {}


def end() -> None:
    """The request is over; this thread may do something else."""
    _spent.set(None)


def process_ended(pid: int) -> None:
    """In the parent: what process ``pid`` was busy with is no longer counted; what it did is."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]  # as above
