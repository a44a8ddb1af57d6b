"""GuideLLM's command line: ``run`` from 0.7, ``benchmark run`` before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from octet_worker_core.failures import FailureKind, OctetError

WARM_UP = 0.2
"""Share of a run's time before its measured window."""

_FIRST_WITH_RUN = (0, 7)
_OLDEST = (0, 5)


@dataclass(frozen=True)
class Invocation:
    """One server under every number of streams, one after the other."""

    server: str
    model: str
    tokenizer: str
    streams: tuple[int, ...]
    seconds: float
    prompt_tokens: int
    output_tokens: int
    seed: int
    report: Path


def arguments(version: str, invocation: Invocation) -> list[str]:
    """The arguments after ``guidellm`` for its version."""
    parsed = _parse(version)
    if parsed < _OLDEST:
        raise OctetError(FailureKind.BACKEND_UNAVAILABLE, f"guidellm {version} is older than 0.5: install the worker's requirements")
    return _run(invocation) if parsed >= _FIRST_WITH_RUN else _benchmark(invocation)


def _run(invocation: Invocation) -> list[str]:
    profile = {"kind": "concurrent", "streams": list(invocation.streams), "warmup": WARM_UP}
    backend = {"kind": "openai_http", "target": invocation.server, "model": invocation.model, "request_format": "/v1/completions"}
    data = {"kind": "synthetic_text", "prompt_tokens": invocation.prompt_tokens, "output_tokens": invocation.output_tokens}
    return [
        "run",
        *("--backend", json.dumps(backend)),
        *("--profile", json.dumps(profile)),
        *("--constraint", f"kind=max_duration,seconds={_whole_run(invocation):g}"),
        *("--tokenizer", json.dumps({"kind": "huggingface_auto", "model": invocation.tokenizer})),
        *("--data", json.dumps(data)),
        *("--seed", f"kind=static,value={invocation.seed}"),
        *("--metrics", "kind=generative,sample_size=0"),
        *("--output", json.dumps({"kind": "json", "path": str(invocation.report)})),
        "--disable-console-interactive",
    ]


def _benchmark(invocation: Invocation) -> list[str]:
    return [
        *("benchmark", "run"),
        *("--target", invocation.server),
        *("--model", invocation.model),
        *("--request-type", "text_completions"),
        *("--profile", "concurrent"),
        *("--rate", ",".join(map(str, invocation.streams))),
        *("--max-seconds", f"{_whole_run(invocation):g}"),
        *("--warmup", f"{WARM_UP:g}"),
        *("--data", f"prompt_tokens={invocation.prompt_tokens},output_tokens={invocation.output_tokens}"),
        *("--processor", invocation.tokenizer),
        *("--output-path", str(invocation.report)),
        *("--random-seed", str(invocation.seed)),
    ]


def _whole_run(invocation: Invocation) -> float:
    return round(invocation.seconds / (1 - WARM_UP), 3)


def _parse(version: str) -> tuple[int, int]:
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    if not (major.isdigit() and minor.isdigit()):
        raise OctetError(FailureKind.BACKEND_UNAVAILABLE, f"guidellm's version '{version}' cannot be read: install the worker's requirements")
    return int(major), int(minor)
