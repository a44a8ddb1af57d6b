"""Runs a load test with GuideLLM and leaves load.json and requests.parquet, as the native backend does."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from octet_loadtest import guidellm
from octet_loadtest.command import Invocation
from octet_loadtest.probe import MetricsProbe
from octet_loadtest.rows import COLUMNS, RequestRow, rows
from octet_loadtest.schedule import Pass, passes
from octet_loadtest.summary import point
from octet_worker_core.context import JobContext
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.files import write_bytes, write_json
from octet_worker_core.messages import JobResult, LoadTestJob
from octet_worker_core.parquet import table
from octet_worker_core.sleeping_twins import SleepingTwins
from octet_worker_core.versions import accelerator, tool_versions

QUEUE = "load:guidellm"


def versions() -> dict[str, str]:
    """What the worker announces."""
    return {**tool_versions(("guidellm", "transformers")), **accelerator()}


def load_test(job: LoadTestJob, context: JobContext) -> JobResult:
    """Every block runs each server over the whole grid; one server is under load at a time."""
    _check(job)
    found = versions()
    if "guidellm" not in found:
        raise OctetError(FailureKind.BACKEND_UNAVAILABLE, "guidellm is not installed: install the worker's requirements")
    output = context.root.resolve(job.output_path)
    experiment = _Experiment(job, context, found["guidellm"])
    experiment.run()
    write_bytes(output / "requests.parquet", table(COLUMNS, [row.cells() for row in experiment.rows]))
    report = output / "load.json"
    write_json(report, experiment.report(found))
    return JobResult(report_path=os.path.relpath(report, context.root.path))


class _Experiment:
    def __init__(self, job: LoadTestJob, context: JobContext, version: str) -> None:
        self.rows: list[RequestRow] = []
        self.points: list[dict[str, Any]] = []
        self._job = job
        self._context = context
        self._version = version
        self._tokenizer = str(context.root.resolve_readable(job.tokenizer_path))
        self._origin = time.time()
        self._switching = 0.0

    def run(self) -> None:
        order = passes(len(self._job.targets), self._job.replicates, self._job.seed)
        with tempfile.TemporaryDirectory(prefix="octet-load-") as scratch:
            twins = _twins(self._job)
            for done, place in enumerate(order):
                variant = self._job.targets[place.target].variant
                self._context.report(f"{variant}, block {place.block + 1}", done, len(order), "runs")
                self._context.check()
                if twins is not None:
                    self._switch(twins, place.target)
                self._pass(place, Path(scratch))
        self._context.report("done", len(order), len(order), "runs")

    def report(self, found: dict[str, str]) -> dict[str, Any]:
        return {
            "backend": "guidellm",
            "tool_versions": found,
            "prompt_tokens": self._job.prompt_tokens,
            "prompt_lengths": None,
            "output_tokens": self._job.output_tokens,
            "output_lengths": None,
            "prompts": None,
            "seed": self._job.seed,
            "seconds": time.time() - self._origin - self._switching,
            "points": self.points,
        }

    def _switch(self, twins: SleepingTwins, target: int) -> None:
        started = time.monotonic()
        twins.wake(target)
        self._switching += time.monotonic() - started

    def _pass(self, place: Pass, scratch: Path) -> None:
        target = self._job.targets[place.target]
        invocation = Invocation(
            server=target.endpoint.rstrip("/").removesuffix("/v1"),
            model=target.served_model_name,
            tokenizer=self._tokenizer,
            streams=tuple(self._job.concurrency),
            seconds=float(self._job.seconds),
            prompt_tokens=self._job.prompt_tokens,
            output_tokens=self._job.output_tokens,
            seed=place.seed,
            report=scratch / "report.json",
        )
        with MetricsProbe(target.server_url) as probe:
            measured = guidellm.measure(self._version, invocation, self._context)
        for benchmark in measured:
            found = rows(benchmark, place, target.variant, self._origin)
            if not found:
                raise OctetError(FailureKind.MEASUREMENT, f"load on {target.variant}: no request was sent at {benchmark.streams} streams")
            self.rows += found
            figures = point(found, benchmark.window_start - self._origin, benchmark.window_end - self._origin)
            self.points.append({**figures, **probe.during(benchmark.window_start, benchmark.window_end)})


def _twins(job: LoadTestJob) -> SleepingTwins | None:
    urls = [target.sleep_url for target in job.targets if target.sleep_url]
    if not urls:
        return None
    if len(urls) != len(job.targets):
        raise OctetError(FailureKind.USAGE, "either every server of a load test has an address for its sleep mode, or none")
    return SleepingTwins(urls)


def _check(job: LoadTestJob) -> None:
    numbers = [job.prompt_tokens, job.output_tokens, job.replicates, *job.concurrency]
    if not job.targets or not job.concurrency or min(numbers) < 1 or not 0 < job.seconds < 86400:
        raise OctetError(FailureKind.USAGE, "a load test needs servers, and tokens, streams, replicates and seconds above zero")
    if job.prompt_lengths or job.output_lengths or job.prompts_path:
        raise OctetError(FailureKind.USAGE, "GuideLLM gets fixed lengths here: use load.backend native for distributions of lengths and for prompts of your own")
    if job.max_requests or job.max_errors or job.max_error_rate < 1 or job.limits or job.http2 or not job.keep_alive:
        raise OctetError(FailureKind.USAGE, "GuideLLM is not given stop rules, limits or connection options here: use load.backend native for them")
