"""Samples a server's vLLM-compatible ``/metrics`` while it is under load."""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from dataclasses import dataclass
from typing import Any, Optional

_INTERVAL_SECONDS = 0.25
_TIMEOUT_SECONDS = 5.0
_LARGEST_PAGE = 4 << 20
_NAMES = {
    "vllm:prefix_cache_queries_total": "queries",
    "vllm:prefix_cache_hits_total": "hits",
    "vllm:kv_cache_usage_perc": "kv",
    "vllm:num_requests_waiting": "waiting",
}
_LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Sample:
    """Metrics at one time (Unix seconds), summed over their label sets; a metric that the server lacks is missing."""

    time: float
    values: dict[str, float]


def parse(page: str) -> dict[str, float]:
    """The metrics that a point needs."""
    found: dict[str, float] = {}
    for name, value in _LINE.findall(page):
        if name in _NAMES:
            try:
                found[_NAMES[name]] = found.get(_NAMES[name], 0.0) + float(value)
            except ValueError:
                continue
    return found


class MetricsProbe:
    """Reads four times a second on a thread of its own until it is closed."""

    def __init__(self, server: str) -> None:
        self._url = server.rstrip("/") + "/metrics"
        self._samples: list[Sample] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="octet-metrics", daemon=True)

    def __enter__(self) -> MetricsProbe:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def during(self, start: float, end: float) -> dict[str, Optional[float]]:
        """Highest gauges and the prefix cache's hit rate between two Unix times; null where the server has no such metric."""
        inside = [sample.values for sample in self._samples if start <= sample.time <= end]
        return {
            "prefix_cache_hit_rate": _hit_rate(inside),
            "kv_cache_usage": max((values["kv"] for values in inside if "kv" in values), default=None),
            "requests_waiting": max((values["waiting"] for values in inside if "waiting" in values), default=None),
        }

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with urllib.request.urlopen(self._url, timeout=_TIMEOUT_SECONDS) as response:
                    page = response.read(_LARGEST_PAGE).decode("utf-8", "replace")
                self._samples.append(Sample(time.time(), parse(page)))
            except (OSError, ValueError):
                pass  # A server without metrics is measured without them.
            self._stop.wait(_INTERVAL_SECONDS)


def _hit_rate(inside: list[dict[str, float]]) -> Optional[float]:
    counted: list[dict[str, Any]] = [values for values in inside if "queries" in values and "hits" in values]
    if len(counted) < 2:
        return None
    queries = counted[-1]["queries"] - counted[0]["queries"]
    return (counted[-1]["hits"] - counted[0]["hits"]) / queries if queries > 0 else None
