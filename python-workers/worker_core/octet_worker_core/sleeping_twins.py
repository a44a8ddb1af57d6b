"""Two vLLM servers on the same GPUs, of which one is awake at a time: vLLM's sleep mode, level 1."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence

from octet_worker_core.failures import FailureKind, OctetError

_REQUEST_SECONDS = 120.0
_STATE_SECONDS = 120.0
_INTERVAL_SECONDS = 0.05


class SleepingTwins:
    """The servers' own addresses, without ``/v1``: the gateway does not forward these paths."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = [server.rstrip("/") for server in servers]

    def wake(self, awake: int) -> bool:
        """Puts the others to sleep, then wakes one and waits until it is healthy. True when a server changed its state."""
        changed = [_change(server, "/sleep?level=1", asleep=True) for i, server in enumerate(self._servers) if i != awake]
        return _change(self._servers[awake], "/wake_up", asleep=False) or any(changed)


def _change(server: str, command: str, *, asleep: bool) -> bool:
    try:
        if _is_sleeping(server) == asleep:
            return False
        _ask(server + command, "POST")
        _until(server, asleep=asleep)
    except (OSError, ValueError) as error:
        raise OctetError(FailureKind.SERVER, f"the server at {server} does not {'go to sleep' if asleep else 'wake up'}: {error}") from error
    return True


def _until(server: str, *, asleep: bool) -> None:
    limit = time.monotonic() + _STATE_SECONDS
    while _is_sleeping(server) != asleep or (not asleep and not _is_healthy(server)):
        if time.monotonic() > limit:
            state = "asleep" if asleep else "awake and healthy"
            raise OctetError(FailureKind.SERVER, f"the server at {server} is not {state} {_STATE_SECONDS:.0f} s after it was asked to; look at its log")
        time.sleep(_INTERVAL_SECONDS)


def _is_sleeping(server: str) -> bool:
    try:
        state = json.loads(_ask(server + "/is_sleeping", "GET"))
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        fix = "start vLLM with --enable-sleep-mode and VLLM_SERVER_DEV_MODE=1, or take serve.twins 'together'"
        raise OctetError(FailureKind.SERVER, f"the server at {server} has no sleep mode: {fix}") from error
    sleeping = state.get("is_sleeping") if isinstance(state, dict) else None
    if not isinstance(sleeping, bool):
        raise OctetError(FailureKind.SERVER, f"the server at {server} does not say whether it sleeps: its /is_sleeping has no 'is_sleeping'")
    return sleeping


def _is_healthy(server: str) -> bool:
    try:
        _ask(server + "/health", "GET")
    except urllib.error.HTTPError:
        return False
    return True


def _ask(url: str, method: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=_REQUEST_SECONDS) as reply:
        content: bytes = reply.read()
        return content
