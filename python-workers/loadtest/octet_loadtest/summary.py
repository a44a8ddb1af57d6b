"""Figures of one run from its rows alone, by the formulas of the native generator (src/LoadTester/Experiment/RunSummary.cs)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Optional

from octet_loadtest.rows import RequestRow

_FEWEST_FOR_P95 = 59  # 0.95^59 < 0.05
_FEWEST_FOR_P99 = 299  # 0.99^299 < 0.05
_NOT_TOLD = ("stopped_by", "warm_up_requests", "cut_requests", "goodput_per_second", "limited_by", "metrics_before", "metrics_after")  # by GuideLLM


def point(rows: list[RequestRow], start: float, end: float) -> dict[str, Any]:
    """An entry of load.json's points, without what is read from the server. ``start`` and ``end`` are seconds of the rows' clock."""
    measured = [row for row in rows if row.measured]
    succeeded = [row for row in measured if row.succeeded]
    window = end - start
    lateness = sorted((row.sent - row.scheduled) * 1000 for row in measured)
    first = rows[0]
    return {
        "block": first.block,
        "order": first.order,
        "variant": first.variant,
        "concurrency": first.concurrency,
        "window_start": start,
        "window_seconds": window,
        "completed": len(succeeded),
        "failed": len(measured) - len(succeeded),
        "output_tokens_per_second": math.fsum(tokens_inside(row, start, end) for row in rows) / window,
        "requests_per_second": len(succeeded) / window,
        "ttft_ms": summarize((row.first_token - row.sent) * 1000 for row in succeeded),
        "itl_ms": summarize(
            (row.last_token - row.first_token) * 1000 / (row.output_tokens - 1) for row in succeeded if row.output_tokens > 1
        ),
        "latency_ms": summarize((row.ended - row.sent) * 1000 for row in succeeded),
        "lateness_p99_ms": nearest_rank(lateness, 0.99) if lateness else 0.0,
        **dict.fromkeys(_NOT_TOLD),
    }


def tokens_inside(row: RequestRow, start: float, end: float) -> float:
    """Output tokens that came inside the window: the first at its own time, the others evenly up to the last."""
    if row.output_tokens == 0 or math.isnan(row.first_token):
        return 0.0
    first_inside = start <= row.first_token <= end
    span = row.last_token - row.first_token
    if row.output_tokens == 1 or not span > 0:
        return float(row.output_tokens) if first_inside else 0.0
    overlap = max(0.0, min(row.last_token, end) - max(row.first_token, start))
    return float(first_inside) + (row.output_tokens - 1) * overlap / span


def summarize(values: Iterable[float]) -> dict[str, Any]:
    """Nearest-rank percentiles; null where there are too few values."""
    ordered = sorted(value for value in values if math.isfinite(value))
    count = len(ordered)

    def rank(p: float, fewest: int) -> Optional[float]:
        return nearest_rank(ordered, p) if count >= fewest else None

    mean = math.fsum(ordered) / count if count else None
    return {
        "count": count,
        "mean": mean,
        "p50": rank(0.5, 1),
        "p95": rank(0.95, _FEWEST_FOR_P95),
        "p99": rank(0.99, _FEWEST_FOR_P99),
        "relative_error": None,
    }


def nearest_rank(ordered: list[float], p: float) -> float:
    """The smallest value with at least p of the sample at or below it."""
    return ordered[min(max(math.ceil(p * len(ordered)) - 1, 0), len(ordered) - 1)]
