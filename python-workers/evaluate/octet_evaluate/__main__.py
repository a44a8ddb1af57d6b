"""``python -m octet_evaluate``: takes evaluate jobs until it is stopped."""

from __future__ import annotations

import sys

from octet_evaluate.handler import QUEUE, evaluate, versions
from octet_worker_core.host import run_worker
from octet_worker_core.messages import EvaluateJob

if __name__ == "__main__":
    sys.exit(run_worker(QUEUE, "octet-evaluate", EvaluateJob, evaluate, versions))
