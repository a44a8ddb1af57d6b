"""Runs GuideLLM as a child with a deadline; a run that hung or lost requests is repeated once."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from octet_loadtest.command import Invocation, arguments, scenario
from octet_loadtest.rows import Benchmark, benchmarks
from octet_worker_core.context import JobContext
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.reasons import Reason, failure
from octet_worker_core.tool import run_tool

_START_SECONDS = 180.0
_TRIES = 2
_REASONS = (
    Reason(
        r"(ConnectError|Connection refused|All connection attempts failed)[^\n]*",
        FailureKind.SERVER,
        "the server does not answer ({0}): look whether it still runs",
    ),
    Reason(r"(401 Unauthorized|403 Forbidden)", FailureKind.SERVER, "the server refuses the key ({0}): give OCTET_API_KEY to the worker"),
)


def measure(version: str, invocation: Invocation, context: JobContext) -> list[Benchmark]:
    """One pass. Raises what a user can act on."""
    for left in reversed(range(_TRIES)):
        try:
            return _once(version, invocation, context)
        except OctetError as error:
            if left == 0 or error.kind not in (FailureKind.MEASUREMENT, FailureKind.INTERNAL):
                raise
    raise AssertionError


def _once(version: str, invocation: Invocation, context: JobContext) -> list[Benchmark]:
    invocation.report.unlink(missing_ok=True)
    own = Path(sys.executable).with_name("guidellm")  # Of this environment, whose version was announced.
    program = str(own) if own.is_file() else shutil.which("guidellm") or str(own)
    invocation = _with_key(version, invocation)
    deadline = _START_SECONDS + len(invocation.streams) * (2 * invocation.seconds + 30.0)
    end = run_tool(
        [program, *arguments(version, invocation)],
        context,
        environment=_environment(),
        deadline=deadline,
        folder=invocation.report.parent,
    )
    if end.exit_code != 0 or end.timed_out:
        raise failure("GuideLLM", end, _REASONS)
    found = benchmarks(_read(invocation.report))
    if [benchmark.streams for benchmark in found] != list(invocation.streams):
        counts = [benchmark.streams for benchmark in found]
        raise OctetError(FailureKind.MEASUREMENT, f"GuideLLM measured {counts} streams where {list(invocation.streams)} were asked")
    return found


def _environment() -> dict[str, str]:
    processes = str(max(1, min(10, (os.cpu_count() or 1) - 1)))
    return {"GUIDELLM__MAX_WORKER_PROCESSES": os.environ.get("GUIDELLM__MAX_WORKER_PROCESSES", processes)}


def _with_key(version: str, invocation: Invocation) -> Invocation:
    """GuideLLM takes a key from its command line or from a scenario file: a file of this user alone, beside the report, goes with it."""
    key = os.environ.get("OCTET_API_KEY")
    if not key:
        return invocation
    path = invocation.report.with_name("scenario.json")
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(scenario(version, key))
    return replace(invocation, secrets=path)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OctetError(FailureKind.MEASUREMENT, f"GuideLLM ended well but left no readable report: {error}") from error
