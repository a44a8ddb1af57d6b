"""Takes the jobs of one queue, one at a time, until it is told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Generic

from octet_worker_core import keys, telemetry
from octet_worker_core.attempt import JobAttempt
from octet_worker_core.cancel_watch import CancelWatch
from octet_worker_core.claims import ClaimStore
from octet_worker_core.connection import Client, Outage
from octet_worker_core.context import JobContext
from octet_worker_core.data_root import DataRoot
from octet_worker_core.lease import WorkerLease
from octet_worker_core.lost_workers import LostWorkers
from octet_worker_core.messages import TMessage
from octet_worker_core.progress import ProgressPump
from octet_worker_core.records import Claim, Outcome
from octet_worker_core.settings import Settings

_log = logging.getLogger("octet.jobs")
_LONGEST_SLEEP = 0.2  # A signal sets the stop event only between two waits.


class Worker(Generic[TMessage]):
    """The loop of a worker process."""

    def __init__(
        self, client: Client, settings: Settings, queue: str, attempt: JobAttempt[TMessage], versions: Mapping[str, str]
    ) -> None:
        self._client = client
        self._settings = settings
        self._queue = queue
        self._attempt = attempt
        self._versions = versions
        self._root = DataRoot(settings.data_root, settings.read_only_roots)
        self._claims = ClaimStore(client, settings, time.time)
        self._lost_workers = LostWorkers(client, settings)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Returns when :attr:`stopping` is set and the job in hand went back to the queue."""
        while not self.stopping.is_set():
            try:
                self._live()
            except Outage as error:
                self._unreachable(error)
                self.stopping.wait(self._settings.poll_interval)

    def _live(self) -> None:
        """The life of one worker name: from its first heartbeat until it stops, the lease runs out or the queue goes away."""
        # 1. Start: announce the worker and listen for the bell.
        bell = self._client.pubsub(ignore_subscribe_messages=True)
        lease = WorkerLease(self._client, self._settings, self._queue, self._versions)
        try:
            bell.subscribe(keys.queue_bell(self._queue))
            lease.acquire()
            _log.info("Worker %s takes jobs of %s", lease.worker, self._queue)

            # 2. Process: drain what waits, then sleep until the bell rings or the poll is due.
            while not self.stopping.is_set() and not lease.lost.is_set():
                self._tend()
                while not self.stopping.is_set() and (claim := self._claims.claim(self._queue, lease.worker)):
                    # 3. Cancel pending: a stop, a cancelled job and a lost lease all end the handler through its context.
                    self._process(claim, lease)
                self._sleep(bell, lease)
        finally:
            # 4. Shut down: the name ends; anything it still holds is requeued by another worker.
            lease.release()
            bell.close()

    def _tend(self) -> None:
        requeued = self._lost_workers.requeue(self._queue)
        if requeued > 0:
            _log.warning("%d jobs of lost workers went back to %s", requeued, self._queue)
        self._claims.promote(self._queue)

    def _sleep(self, bell: Any, lease: WorkerLease) -> None:
        due = time.monotonic() + self._settings.poll_interval
        while not self.stopping.is_set() and not lease.lost.is_set() and (left := due - time.monotonic()) > 0:
            if bell.get_message(timeout=min(left, _LONGEST_SLEEP)) is not None:
                return

    def _process(self, claim: Claim, lease: WorkerLease) -> None:
        _log.info("Job %s of %s, attempt %d, started", claim.job_id, claim.queue, claim.attempt)
        pump = ProgressPump(self._claims, claim, self._settings.progress_interval)
        watch = CancelWatch(self._claims, claim, self._settings.poll_interval)
        context = JobContext(claim, self._root, pump, watch.asked, lease.lost, self.stopping)
        try:
            with telemetry.process_span(claim, context) as span:
                outcome = self._attempt.run(context)
                span.ended(outcome)
        finally:
            watch.close()
            pump.close()
        self._settle(claim, outcome, lease)
        _log.info("Job %s, attempt %d: %s", claim.job_id, claim.attempt, type(outcome).__name__)

    def _settle(self, claim: Claim, outcome: Outcome, lease: WorkerLease) -> None:
        """Stores the outcome; while the queue cannot be reached, until the lease is lost."""
        while not lease.lost.is_set():
            try:
                if not self._claims.settle(claim, outcome):
                    _log.debug("Job %s: its claim is void, the result was not stored", claim.job_id)
                return
            except Outage as error:
                self._unreachable(error)
                lease.lost.wait(self._settings.poll_interval)

    def _unreachable(self, error: BaseException) -> None:
        _log.warning("The queue %s cannot be reached (%s); trying again", self._queue, type(error).__name__)
