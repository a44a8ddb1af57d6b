"""A worker on a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from octet_worker_core.attempt import Handler, JobAttempt
from octet_worker_core.connection import connect
from octet_worker_core.messages import QuantizeJob
from octet_worker_core.settings import Settings
from octet_worker_core.worker import Worker


@contextmanager
def working(settings: Settings, queue: str, handler: Handler[QuantizeJob]) -> Iterator[Worker[QuantizeJob]]:
    """Runs until the block ends, then stops gracefully."""
    client = connect(settings.connection_string)
    worker = Worker(client, settings, queue, JobAttempt(QuantizeJob, handler), {"tool": "1.2.3"})
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stopping.set()
        thread.join()
        client.close()
