"""``python -m octet_loadtest``: takes load jobs until it is stopped."""

from __future__ import annotations

import sys

from octet_loadtest.handler import QUEUE, load_test, versions
from octet_worker_core.host import run_worker
from octet_worker_core.messages import LoadTestJob

if __name__ == "__main__":
    sys.exit(run_worker(QUEUE, "octet-loadtest", LoadTestJob, load_test, versions))
