"""What the served model says of itself."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from octet_worker_core.failures import FailureKind, OctetError

_TIMEOUT_SECONDS = 30.0
_LARGEST_ANSWER = 4 << 20


@dataclass(frozen=True)
class EndpointModel:
    """``engine``: name, version and arithmetic; samples of different ones are never paired."""

    max_model_len: int
    engine: str


def describe(endpoint: str, name: str) -> EndpointModel:
    """Asks ``/v1/models`` and the engine's own pages."""
    base = endpoint.rstrip("/")
    models = _get(base + "/models")
    listed = [model for model in models.get("data", []) if isinstance(model, dict) and model.get("id") == name]
    if not listed:
        known = ", ".join(str(model.get("id")) for model in models.get("data", []) if isinstance(model, dict))
        raise OctetError(FailureKind.SERVER, f"{base} does not serve '{name}'; it serves {known or 'nothing'}")
    length = listed[0].get("max_model_len")
    return EndpointModel(length if isinstance(length, int) and length > 1 else 2048, _engine(base.removesuffix("/v1")))


def _engine(server: str) -> str:
    try:
        own = _get(server + "/octet/config")
        return f"octet {own['engine_version']}, {own['dtype']}, {own['kernels']}"
    except (OctetError, KeyError):
        return f"vllm {_get(server + '/version').get('version')}"


def _get(url: str) -> dict[str, Any]:
    key = os.environ.get("OCTET_API_KEY")
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            content = json.loads(response.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        hint = ": give OCTET_API_KEY to the worker" if error.code in (401, 403) else ""
        raise OctetError(FailureKind.SERVER, f"{url} answers {error.code}{hint}") from error
    except (OSError, ValueError) as error:
        raise OctetError(FailureKind.SERVER, f"{url} does not answer as a model server: {error}") from error
    if not isinstance(content, dict):
        raise OctetError(FailureKind.SERVER, f"{url} does not answer a JSON object")
    return content
