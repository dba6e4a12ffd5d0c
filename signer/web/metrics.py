"""Counters for an operator's Prometheus (text format 0.0.4).

Each worker process counts for itself and says so in the label ``pid``; sums over it are the service's.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, defaultdict

from flask import Response, g, request

from signer.usecases.health import State

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Requests by route and status, and the time that they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)

    def count(self, response: Response) -> Response:
        """After each request. The route is counted, never the path: ids would make labels without end."""
        route = request.url_rule.rule if request.url_rule else "-"
        took = time.monotonic() - g.get("began", time.monotonic())
        with self._lock:
            self._requests[request.method, route, response.status_code] += 1
            self._seconds[request.method, route] += took
        return response

    def text(self, state: State) -> str:
        """Everything, as Prometheus reads it."""
        pid = os.getpid()
        with self._lock:
            requests, seconds = dict(self._requests), dict(self._seconds)
        lines = ["# TYPE antin_requests_total counter"]
        lines += [
            f'antin_requests_total{{method="{method}",route="{route}",status="{status}",pid="{pid}"}} {count}'
            for (method, route, status), count in sorted(requests.items())
        ]
        lines.append("# TYPE antin_request_seconds_total counter")
        lines += [
            f'antin_request_seconds_total{{method="{method}",route="{route}",pid="{pid}"}} {took:.6f}'
            for (method, route), took in sorted(seconds.items())
        ]
        lines += [
            "# TYPE antin_store_up gauge",
            f"antin_store_up {int(state.store == 'ok')}",
            "# TYPE antin_token_present gauge",
        ]
        lines += [
            f'antin_token_present{{token="{_escaped(token.name)}"}} {int(token.present)}' for token in state.tokens
        ]
        lines.append("# TYPE antin_token_pin_locked gauge")
        lines += [
            f'antin_token_pin_locked{{token="{_escaped(token.name)}"}} {int(token.pin_locked)}'
            for token in state.tokens
        ]
        return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
