"""Requests of a GuideLLM report (0.5 and 0.7+) as rows of requests.parquet."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import Any, Optional

from octet_loadtest.schedule import Pass
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.parquet import Column

_STATUS = re.compile(r"(?:Server|Client) error '([1-5]\d\d) ")
_LONGEST_ERROR = 300
_NAN = float("nan")


@dataclass(frozen=True)
class RequestRow:
    """Times are seconds from the start of the test; NaN where there is none."""

    block: int
    order: int
    variant: str
    concurrency: int
    index: int
    scheduled: float
    sent: float
    first_token: float
    last_token: float
    ended: float
    prompt_tokens: int
    output_tokens: int
    succeeded: bool
    status: int
    error: str
    measured: bool

    def cells(self) -> tuple[Any, ...]:
        """In the order of :data:`COLUMNS`."""
        return astuple(self)


COLUMNS = [
    Column(name, kind)
    for name, kind in (
        ("block", int),
        ("order", int),
        ("variant", str),
        ("concurrency", int),
        ("index", int),
        ("scheduled", float),
        ("sent", float),
        ("first_token", float),
        ("last_token", float),
        ("ended", float),
        ("prompt_tokens", int),
        ("output_tokens", int),
        ("succeeded", bool),
        ("status", int),
        ("error", str),
        ("measured", bool),
    )
]


@dataclass(frozen=True)
class Benchmark:
    """One strategy of a report, its times in Unix seconds."""

    streams: int
    window_start: float
    window_end: float
    succeeded: list[dict[str, Any]]
    incomplete: list[dict[str, Any]]
    errored: list[dict[str, Any]]


def benchmarks(report: Any) -> list[Benchmark]:
    """Every strategy; a report that lost requests or is malformed is refused."""
    try:
        return [_benchmark(entry) for entry in report["benchmarks"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise OctetError(FailureKind.MEASUREMENT, f"GuideLLM's report has not the known form: {type(error).__name__} {error}") from error


def rows(benchmark: Benchmark, place: Pass, variant: str, origin: float) -> list[RequestRow]:
    """In the order of sending."""
    marked = [(request, True, "") for request in benchmark.succeeded]
    marked += [(request, False, "cut") for request in benchmark.incomplete]
    marked += [(request, False, _error(request)) for request in benchmark.errored]
    sent = [entry for entry in marked if entry[0]["info"]["timings"].get("resolve_start") is not None]
    sent.sort(key=lambda entry: _sent(entry[0]))
    return [_row(index, *entry, benchmark, place, variant, origin) for index, entry in enumerate(sent)]


def _benchmark(entry: Any) -> Benchmark:
    metrics, state, requests = entry["scheduler_metrics"], entry["scheduler_state"], entry["requests"]
    succeeded = list(requests["successful"] or [])
    made = int(metrics["requests_made"]["successful"])
    created, processed = int(state["created_requests"]), int(state["processed_requests"])
    if len(succeeded) != made or processed < created:
        raise OctetError(
            FailureKind.INTERNAL,
            f"GuideLLM's report lost requests: {created} created, {processed} processed, {made} successful, {len(succeeded)} reported",
        )
    strategy = entry["config"]["strategy"]
    start, end = float(metrics["measure_start_time"]), float(metrics["measure_end_time"])
    if not 0 < end - start < float("inf"):
        raise ValueError(f"window from {start} to {end}")
    return Benchmark(int(strategy["streams"]), start, end, succeeded, list(requests["incomplete"] or []), list(requests["errored"] or []))


def _row(
    index: int, request: dict[str, Any], ok: bool, error: str, benchmark: Benchmark, place: Pass, variant: str, origin: float
) -> RequestRow:
    times = request["info"]["timings"]
    ended = _first(request.get("request_end_time"), times.get("request_end"), times.get("resolve_end"))
    window = benchmark.window_start < ended <= benchmark.window_end
    return RequestRow(
        place.block,
        place.order,
        variant,
        benchmark.streams,
        index,
        _first(times.get("targeted_start"), times["resolve_start"]) - origin,
        _sent(request) - origin,
        _first(times.get("first_token_iteration")) - origin,
        _first(times.get("last_token_iteration")) - origin,
        ended - origin,
        int(request.get("prompt_tokens") or 0),
        int(request.get("output_tokens") or 0),
        ok,
        200 if ok else _status(error),
        error,
        window and error != "cut",
    )


def _sent(request: dict[str, Any]) -> float:
    times = request["info"]["timings"]
    return _first(times.get("request_start"), times["resolve_start"])


def _first(*values: Optional[float]) -> float:
    return next((float(value) for value in values if value is not None), _NAN)


def _error(request: dict[str, Any]) -> str:
    return " ".join(str(request["info"].get("error") or "failed").split())[:_LONGEST_ERROR]


def _status(error: str) -> int:
    match = _STATUS.search(error)
    return int(match[1]) if match else 0
