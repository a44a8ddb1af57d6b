"""Sends the latest progress of one attempt, at most once in an interval; what comes between is dropped."""

from __future__ import annotations

import threading
from typing import Optional

from octet_worker_core.claims import ClaimStore
from octet_worker_core.connection import Outage
from octet_worker_core.records import Claim, Progress


class ProgressPump:
    """Sends on a thread of its own. An unreachable queue costs progress, never the job."""

    def __init__(self, store: ClaimStore, claim: Claim, interval: float) -> None:
        self._store = store
        self._claim = claim
        self._interval = interval
        self._latest: Optional[Progress] = None
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="octet-progress", daemon=True)
        self._thread.start()

    def report(self, progress: Progress) -> None:
        """Keeps the latest report until it is sent."""
        with self._lock:
            self._latest = progress
        self._news.set()

    def close(self) -> None:
        """Sends the last report and ends."""
        self._done.set()
        self._news.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.is_set():
            self._news.wait()
            self._news.clear()
            self._send()
            self._done.wait(self._interval)
        self._send()

    def _send(self) -> None:
        with self._lock:
            progress, self._latest = self._latest, None
        if progress is None:
            return
        try:
            self._store.show(self._claim, progress)
        except Outage:
            return  # The next report carries everything this one did.
