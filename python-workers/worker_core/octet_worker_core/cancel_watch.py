"""Sets an event when somebody asks to cancel a running job."""

from __future__ import annotations

import threading

from octet_worker_core.claims import ClaimStore
from octet_worker_core.connection import Outage
from octet_worker_core.records import Claim


class CancelWatch:
    """Looks at the job's hash on a thread of its own, once in an interval."""

    def __init__(self, store: ClaimStore, claim: Claim, interval: float) -> None:
        self.asked = threading.Event()
        self._store = store
        self._claim = claim
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="octet-cancel", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Looks no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._store.cancel_asked(self._claim):
                    self.asked.set()
                    return
            except Outage:
                pass  # Asked again after the interval; the lease decides how long an outage may last.
            self._stop.wait(self._interval)
