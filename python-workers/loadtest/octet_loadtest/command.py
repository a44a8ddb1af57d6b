"""GuideLLM's command line: ``run`` from 0.7, ``benchmark run`` before."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from octet_worker_core.failures import FailureKind, OctetError

WARM_UP = 0.2
"""Share of a run's time before its measured window."""

_FIRST_WITH_RUN = (0, 7, 0)
_FIRST_WITH_KEY = (0, 5, 2)
_OLDEST = (0, 5, 0)


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
    secrets: Optional[Path] = None


def arguments(version: str, invocation: Invocation) -> list[str]:
    """The arguments after ``guidellm`` for its version. The key is in the scenario file that :func:`scenario` fills, never here."""
    parsed = _parse(version)
    if parsed < _OLDEST:
        raise OctetError(FailureKind.BACKEND_UNAVAILABLE, f"guidellm {version} is older than 0.5: install the worker's requirements")
    command = _run(invocation) if parsed >= _FIRST_WITH_RUN else _benchmark(invocation)
    return command if invocation.secrets is None else [*command, "--scenario", str(invocation.secrets)]


def scenario(version: str, key: str) -> str:
    """A scenario with nothing but the server's key; what the command line says is merged over it."""
    parsed = _parse(version)
    if parsed < _FIRST_WITH_KEY:
        raise OctetError(
            FailureKind.BACKEND_UNAVAILABLE, f"guidellm {version} cannot send the servers' key, 0.5.2 can: install the worker's requirements"
        )
    if parsed >= _FIRST_WITH_RUN:
        return json.dumps({"spec": {"backend": {"api_key": key}}})
    return json.dumps({"backend_kwargs": {"api_key": key}})


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


def _parse(version: str) -> tuple[int, int, int]:
    numbers = re.match(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?", version)
    if numbers is None:
        raise OctetError(FailureKind.BACKEND_UNAVAILABLE, f"guidellm's version '{version}' cannot be read: install the worker's requirements")
    return int(numbers[1]), int(numbers[2]), int(numbers[3] or 0)
