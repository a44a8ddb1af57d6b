"""What a handler sees of its attempt: where to report, and whether to go on."""

from __future__ import annotations

import threading
from typing import Protocol

from octet_worker_core.data_root import DataRoot
from octet_worker_core.records import Cancelled, Claim, Lost, Outcome, Progress, Released


class Interrupted(Exception):
    """The attempt is to end now: cancelled, lost or released."""


class ProgressSink(Protocol):
    """Takes reports as often as they come."""

    def report(self, progress: Progress) -> None:
        """Keeps the latest."""


class JobContext:
    """One attempt. Thread-safe."""

    def __init__(
        self, claim: Claim, root: DataRoot, sink: ProgressSink, cancelled: threading.Event, lost: threading.Event, stopping: threading.Event
    ) -> None:
        self.claim = claim
        self.root = root
        self.trace_parent = claim.trace_parent
        self._sink = sink
        self._cancelled = cancelled
        self._lost = lost
        self._stopping = stopping

    def report(self, activity: str, done: int, total: int, unit: str) -> None:
        """May be called as often as wished: what is sent is throttled."""
        self._sink.report(Progress(activity, done, total, unit))

    @property
    def interrupted(self) -> bool:
        """The job was cancelled, the lease ran out, or the worker stops."""
        return self._cancelled.is_set() or self._lost.is_set() or self._stopping.is_set()

    def check(self) -> None:
        """Raises :class:`Interrupted` when the attempt is to end."""
        if self.interrupted:
            raise Interrupted

    def interruption(self) -> Outcome:
        """How an interrupted attempt ends."""
        if self._lost.is_set():
            return Lost()
        return Cancelled() if self._cancelled.is_set() else Released()
