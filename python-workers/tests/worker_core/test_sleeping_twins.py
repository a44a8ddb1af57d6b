"""vLLM's sleep mode, against a real HTTP server on one GPU's memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from octet_worker_core.failures import OctetError
from octet_worker_core.sleeping_twins import SleepingTwins


class Server(ThreadingHTTPServer):
    """Asleep or awake; it wakes only while its twin sleeps."""

    def __init__(self, *, asleep: bool, sleep_mode: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asleep = asleep
        self.sleep_mode = sleep_mode
        self.twin: Server | None = None
        self.log: list[str] = []
        self.unhealthy = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/is_sleeping" and self.server.sleep_mode:
            self.answer(200, b'{"is_sleeping": %s}' % (b"true" if self.server.asleep else b"false"))
        elif self.path == "/health":
            self.server.unhealthy -= 1
            self.answer(503 if self.server.unhealthy >= 0 else 200)
        else:
            self.answer(404)

    def do_POST(self) -> None:
        server = self.server
        if self.path == "/wake_up" and server.twin is not None and not server.twin.asleep:
            server.log.append("out of memory")
            self.answer(500)
            return
        server.log.append(self.path)
        server.asleep = self.path.startswith("/sleep")
        server.unhealthy = 2
        self.answer(200)

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    base, compressed = Server(asleep=True), Server(asleep=False)
    base.twin, compressed.twin = compressed, base
    yield base, compressed
    for server in (base, compressed):
        server.shutdown()
        server.server_close()


def test_wake_puts_the_other_to_sleep_first(pair: tuple[Server, Server]) -> None:
    base, compressed = pair
    twins = SleepingTwins([base.url, compressed.url])
    assert not twins.wake(1)
    assert twins.wake(0)
    assert twins.wake(1)
    assert base.log == ["/wake_up", "/sleep?level=1"]
    assert compressed.log == ["/sleep?level=1", "/wake_up"]
    assert compressed.unhealthy < 0


def test_wake_memory_is_held_elsewhere(pair: tuple[Server, Server]) -> None:
    with pytest.raises(OctetError, match="does not wake up"):
        SleepingTwins([pair[0].url]).wake(0)


def test_wake_server_without_sleep_mode_is_told_how_to_start() -> None:
    plain = Server(asleep=False, sleep_mode=False)
    with pytest.raises(OctetError, match="--enable-sleep-mode and VLLM_SERVER_DEV_MODE=1"):
        SleepingTwins([plain.url]).wake(0)
    plain.shutdown()
    plain.server_close()
