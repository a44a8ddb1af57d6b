"""
Workers for tests, run as ``python -m octet_test_support.probe_worker QUEUE[,QUEUE...] LEDGER``. Each job appends a line to the ledger; what
else it does stands in its run_id: ``fail`` raises, ``wait`` goes on until it is interrupted, anything else completes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from octet_worker_core.attempt import JobAttempt
from octet_worker_core.connection import connect
from octet_worker_core.context import Interrupted, JobContext
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.messages import JobResult, QuantizeJob
from octet_worker_core.settings import Settings
from octet_worker_core.worker import Worker


def main(queues: list[str], ledger: str) -> None:
    """One worker a queue, each on a thread with a connection of its own, until SIGTERM."""
    settings = Settings.from_environment()

    def handle(job: QuantizeJob, context: JobContext) -> JobResult:
        descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{context.claim.job_id} {context.claim.attempt} {job.run_id} {context.trace_parent}\n".encode())
        os.close(descriptor)
        context.report("working", 1, 2, "tensors")
        if job.run_id == "fail":
            raise OctetError(FailureKind.SERVER, "the server at X does not answer")
        while job.run_id == "wait":
            if context.interrupted:
                raise Interrupted
            threading.Event().wait(0.01)
        return JobResult(report_path=job.report_path)

    workers = [
        Worker(connect(settings.connection_string), settings, queue, JobAttempt(QuantizeJob, handle), {"probe": "1"}) for queue in queues
    ]

    def stop(_number: int, _frame: object) -> None:
        for worker in workers:
            worker.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    threads = [threading.Thread(target=worker.run) for worker in workers[1:]]
    for thread in threads:
        thread.start()
    workers[0].run()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2])
