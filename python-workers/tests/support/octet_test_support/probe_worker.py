"""
A worker process for tests, run as ``python -m octet_test_support.probe_worker QUEUE LEDGER``: each job appends its attempt to the ledger,
reports progress and completes.
"""

from __future__ import annotations

import os
import sys

from octet_worker_core.context import JobContext
from octet_worker_core.host import run_worker
from octet_worker_core.messages import JobResult, QuantizeJob


def main(queue: str, ledger: str) -> int:
    """The worker's exit code."""

    def handle(job: QuantizeJob, context: JobContext) -> JobResult:
        descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{context.claim.job_id} {context.claim.attempt} {job.run_id}\n".encode())
        os.close(descriptor)
        context.report("working", 1, 1, "tensors")
        return JobResult(report_path=job.report_path)

    return run_worker(queue, "probe", QuantizeJob, handle, lambda: {"probe": "1"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
