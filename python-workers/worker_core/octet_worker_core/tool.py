"""A tool run as a child process, so that a cancel ends it at once and its crash is not the worker's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Optional

from octet_worker_core.context import Interrupted, JobContext

_TAIL_BYTES = 64 * 1024
_GLANCE_BYTES = 4 * 1024
_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class ToolEnd:
    """How a tool ended. ``exit_code`` is 128 plus the number for a signal; ``tail`` the end of what it wrote, at most 64 KiB."""

    exit_code: int
    timed_out: bool
    seconds: float
    tail: str


def run_tool(
    command: Sequence[str],
    context: JobContext,
    *,
    environment: Optional[Mapping[str, str]] = None,
    deadline: Optional[float] = None,
    on_look: Optional[Callable[[str], None]] = None,
    folder: Optional[Path] = None,
) -> ToolEnd:
    """
    Runs the command in a process group of its own under the guard, which ends it when this process dies. Raises Interrupted after the
    group ended when the context says so. ``on_look`` gets the end of the output ten times a second, ``deadline`` is in seconds.
    """
    started = time.monotonic()
    guarded = [sys.executable, "-m", "octet_worker_core.guard", str(os.getpid()), *command]
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            guarded,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
        )
        try:
            timed_out = _wait(child, context, started, deadline, on_look, output)
        finally:
            _end(child)
        code = child.returncode if child.returncode >= 0 else 128 - child.returncode
        return ToolEnd(code, timed_out, time.monotonic() - started, _tail(output))


def _wait(
    child: subprocess.Popen[bytes],
    context: JobContext,
    started: float,
    deadline: Optional[float],
    on_look: Optional[Callable[[str], None]],
    output: IO[bytes],
) -> bool:
    while True:
        try:
            child.wait(_LOOK_SECONDS)
            return False
        except subprocess.TimeoutExpired:
            if context.interrupted:
                raise Interrupted from None
            if deadline is not None and time.monotonic() - started > deadline:
                return True
            if on_look is not None:
                on_look(_glance(output))


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        _signal(child, signal.SIGTERM)
        try:
            child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    _signal(child, signal.SIGKILL)
    child.wait()


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass


def _glance(output: IO[bytes]) -> str:
    # pread leaves the offset alone that the tool writes at.
    descriptor = output.fileno()
    start = max(0, os.fstat(descriptor).st_size - _GLANCE_BYTES)
    return os.pread(descriptor, _GLANCE_BYTES, start).decode("utf-8", "replace")


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _TAIL_BYTES))
    return output.read().decode("utf-8", "replace")
