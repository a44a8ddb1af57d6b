"""``python -m octet_quantize``: takes quantize jobs until it is stopped."""

from __future__ import annotations

import sys

from octet_quantize.handler import QUEUE, quantize, versions
from octet_worker_core.host import run_worker
from octet_worker_core.messages import QuantizeJob

if __name__ == "__main__":
    sys.exit(run_worker(QUEUE, "octet-quantize", QuantizeJob, quantize, versions))
