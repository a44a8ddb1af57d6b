"""A worker's name and its heartbeat. The name is used once: a worker whose lease ran out goes on under a new one."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from octet_worker_core import keys
from octet_worker_core.connection import Client, Outage
from octet_worker_core.settings import Settings
from octet_worker_core.transactions import transact

_log = logging.getLogger("octet.jobs")


class WorkerLease:
    """Renews three times in a lease, on a thread of its own."""

    def __init__(self, client: Client, settings: Settings, queue: str, versions: Mapping[str, str]) -> None:
        self.worker = f"{queue}:{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}"
        self.lost = threading.Event()
        self._client = client
        self._queue = queue
        self._milliseconds = int(settings.lease * 1000)
        self._seconds = settings.lease
        self._announcement = json.dumps({"worker": self.worker, "versions": dict(versions)})
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="octet-lease", daemon=True)

    def acquire(self) -> None:
        """Announces the worker and starts to renew."""
        self._client.set(keys.heartbeat(self.worker), self._announcement, px=self._milliseconds)
        self._client.sadd(keys.workers(self._queue), self.worker)
        self._thread.start()

    def release(self) -> None:
        """Gives the name up. What it still holds is requeued by whoever looks next."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            transact(self._client, [keys.inflight(self.worker)], self._retire)
            self._client.delete(keys.heartbeat(self.worker))
        except Outage as error:
            _log.warning("The queue %s cannot be reached (%s)", self._queue, type(error).__name__)

    def _retire(self, pipeline: Any) -> bool:
        if pipeline.exists(keys.inflight(self.worker)):
            return False
        pipeline.multi()
        pipeline.srem(keys.workers(self._queue), self.worker)
        return True

    def _renew(self) -> None:
        renewed = time.monotonic()
        while time.monotonic() - renewed < self._seconds and not self._stop.wait(self._seconds / 3):
            try:
                sent = time.monotonic()
                if not self._client.set(keys.heartbeat(self.worker), self._announcement, px=self._milliseconds, xx=True):
                    break
                renewed = sent
            except Outage as error:
                _log.warning("The queue %s cannot be reached (%s); trying again", self._queue, type(error).__name__)
        if not self._stop.is_set():
            _log.warning("Worker %s lost its lease: its job is given up here and runs elsewhere", self.worker)
            self.lost.set()
