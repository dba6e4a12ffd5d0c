"""Metrics of the clock: each worker has its own, and the worst of them is told."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from signer.model.time import ClockStanding, ClockState, SourceState


class ClockMetrics:
    """Made when there is a clock to tell of: a service without one has no metrics that could alarm anybody."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._until = Gauge(
            "antin_clock_good_until_timestamp_seconds",
            "Until when the clock is known, if nobody measures any more; 0: it is not known",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._bound = Gauge(
            "antin_clock_bound_seconds",
            "By how much the clock may be off",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._source = Gauge(
            "antin_clock_source_good",
            "Whether the source answered and agrees with most",
            ["source"],
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._troubles = Counter(
            "antin_clock_troubles_total", "How often the clock ceased to be known", ["state"], registry=registry
        )
        self._state = ClockState.GOOD

    def tell(self, standing: ClockStanding) -> None:
        """How the clock is now."""
        self._until.set(standing.until.timestamp() if standing.until else 0)
        if standing.bound is not None:
            self._bound.set(standing.bound)
        for source in standing.sources:
            self._source.labels(source.name).set(source.state is SourceState.GOOD)
        if standing.state is not self._state and not standing.good:
            self._troubles.labels(standing.state.value).inc()
        self._state = standing.state
