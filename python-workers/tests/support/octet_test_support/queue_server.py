"""A redis-server of its own on a free port."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

_READY_SECONDS = 20.0


class QueueServer:
    """Its address and a client."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.client = redis.Redis(port=port)

    @staticmethod
    @contextmanager
    def start() -> Iterator[QueueServer]:
        """Skips the test where there is no redis-server."""
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed")
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            server = QueueServer(port)
            eventually(server.answers, _READY_SECONDS)
            yield server
        finally:
            process.kill()
            process.wait()

    def answers(self) -> bool:
        """Ready for commands."""
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


def free_port() -> int:
    """A port that nobody used a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(condition: object, seconds: float = 20.0) -> None:
    """Waits until the condition holds; fails when it does not in time. Success never depends on speed."""
    assert callable(condition)
    due = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < due, f"{getattr(condition, '__name__', condition)} did not hold within {seconds} s"
        time.sleep(0.01)
