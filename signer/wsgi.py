"""Serving over HTTP: gunicorn with our settings.

The parent process brings the database up to date and touches no token: what a PKCS#11 library holds does not
survive a fork. Each worker wires its own use cases after the fork, and opens tokens when they are needed.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import mkdtemp
from typing import Any, Protocol

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no annotations
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # as above

from signer import app
from signer.errors import SignerError
from signer.serving.connection import Door
from signer.serving.head import MAX_HEAD
from signer.serving.pace import Patience
from signer.serving.worker import worker_class
from signer.settings import Settings
from signer.usecases.services import Services
from signer.web import metrics
from signer.web.api import Limits, create_app
from signer.web.auth import Guards
from signer.web.logs import configure
from signer.web.metrics import Metrics
from signer.web.proxy import Proxy
from signer.web.requests import request_id
from signer.web.throttle import Throttle

log = logging.getLogger(__name__)

GRACE = 60
"""Seconds that a stopping worker gives the requests at hand: a token's signature must not be cut off."""

_OTHER_FILES = 1000
"""Descriptors of one worker beside its connections: the store, tokens, and the files of large requests."""


EVERY = 60
"""Seconds between two rounds of housekeeping in a worker."""


class _Worker(Protocol):
    """What we use of a worker: its process id, its number, and what it shares with the others."""

    pid: int
    age: int
    door: Door


class _QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's own messages go where all logs go; its access log is ours (without paths and queries)."""

    def setup(self, cfg: Any) -> None:
        """Leave the handlers to the root logger."""
        self.loglevel = logging.INFO
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)
        self.cfg = cfg

    def access(self, *_args: object) -> None:
        """Say nothing."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's master with our settings; ``run`` blocks until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = datetime.now(UTC)
        self._services: Services | None = None
        # Before the fork: what is counted there, all workers count together.
        limits, proxy = settings.limits, settings.proxy
        self._guards = Guards(
            proxy=Proxy(proxy.trusted, proxy.addresses, proxy.client_roots),
            calls=Throttle(limits.key_rate, limits.key_burst),
            **({"stamps": Throttle(settings.tsa.rate, settings.tsa.burst)} if settings.tsa else {}),
        )
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        values = {
            "bind": self._settings.listen,
            "workers": self._settings.workers,
            "worker_class": worker_class(self._door()),
            "threads": self._settings.threads,
            "preload_app": False,
            "timeout": 120,
            "graceful_timeout": GRACE,
            "keepalive": 1,  # for how long is the door's to say; 0 would close each connection
            "http_parser": "python",  # the one that is tested, whatever else is installed
            "limit_request_fields": 64,
            "limit_request_field_size": MAX_HEAD,
            # Who sends on others' requests may not say which part of their path is ours.
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "accesslog": None,
            "logger_class": _QuietLogger,
            "control_socket_disable": True,
            "when_ready": self._ready,
            "post_worker_init": self._keep_house,
            "child_exit": self._ended,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def _door(self) -> Door:
        limits = self._settings.limits
        return Door(
            threads=self._settings.threads,
            waiting=(3 if self._settings.tsa else 2) * limits.queue + limits.signings + limits.readings,
            receiving=limits.receiving,
            connections=_connections(limits.connections),
            patience=Patience(head=limits.head_seconds, body=limits.body_seconds, rate=limits.slowest_kb * 1000),
        )

    def load(self) -> Flask:
        """In a worker, after the fork: wire the use cases and build the application."""
        configure(request_id)
        counts = Metrics()
        self._services = app.build(self._settings, counts)
        if self._services.time is not None:
            self._services.time.start()  # a thread, which no fork would take along
        limits = self._settings.limits
        made = create_app(
            self._services,
            Limits(
                max_file=limits.upload_mb * 1_000_000,
                by_role={role: most * 1_000_000 for role, most in limits.upload_mb_by_role.items()},
                max_attachments=limits.attachments,
                signings=limits.signings,
                readings=limits.readings,
                queue=limits.queue,
                queue_seconds=limits.queue_seconds,
            ),
            counts,
            self._guards,
        )
        _keep_for_good()
        return made

    def _ready(self, _arbiter: object) -> None:
        log.info("Ấn Tín đang phục vụ tại http://%s", self._settings.listen)

    @staticmethod
    def _ended(_arbiter: object, worker: _Worker) -> None:
        metrics.process_ended(worker.pid)
        worker.door.board.clear(worker.age)

    def _keep_house(self, _worker: object) -> None:
        """Finish what the last run left, or a worker that died and that this one replaces; then now and then."""
        threading.Thread(target=self._housekeeping, name="housekeeping", daemon=True).start()

    def _housekeeping(self) -> None:
        self._try_authority()
        while self._services is not None:
            self._services.housekeeping(self._started)
            time.sleep(EVERY)

    def _try_authority(self) -> None:
        """Say at the start that no time-stamp can be given; the office's signatures do not wait for it."""
        if self._settings.tsa is None or self._services is None:
            return
        key = self._settings.tsa.key
        try:
            self._services.keys.ready(key)
        except SignerError as error:
            log.error("/tsa gives no time-stamps with the key %s: %s: %s", key, error.code, error.text.en)  # noqa: TRY400


def _connections(wanted: int) -> int:
    """How many connections there are descriptors for, beside files and the store; raises this process's limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + _OTHER_FILES  # a connection, and perhaps a file that goes out on it
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft < needed:
        log.warning("this system allows %d open files: connections of a worker are %d", soft, soft // 3)
    return wanted if soft >= needed else soft // 3


def _keep_for_good() -> None:
    """Spare the collector what was loaded: it lives as long as the worker, and is no garbage at any request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # a request makes some thousand objects, hardly any of them in rings


def serve(settings: Settings) -> None:
    """Bring the database up to date and serve until told to stop."""
    configure(request_id)
    for warning in settings.warnings:
        log.warning("settings: %s", warning)
    app.set_up(settings)
    with _counted_together():
        Server(settings).run()


@contextmanager
def _counted_together() -> Iterator[None]:
    """A new folder, in which the workers' metrics lie side by side as long as this service runs."""
    # In memory, where systemd gives such a folder.
    folder = mkdtemp(prefix="antin-metrics-", dir=os.environ.get("RUNTIME_DIRECTORY"))
    os.environ[metrics.FOLDER] = folder
    parent = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == parent:  # a worker that ends comes by here too
            shutil.rmtree(folder, ignore_errors=True)
