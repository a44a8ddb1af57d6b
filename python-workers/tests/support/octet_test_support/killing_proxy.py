"""Lies between a worker process and the queue and kills the worker with SIGKILL around a chosen request."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable


class KillingProxy:
    """
    Counts what the worker sends, in reads of the proxy. At read number ``at`` the worker is killed: before the request goes on
    (``forward=False``), or after it went on but before any answer came back.
    """

    def __init__(self, upstream_port: int, at: int, *, forward: bool) -> None:
        self.seen = 0
        self.killed = threading.Event()
        self._at = at
        self._forward = forward
        self._upstream_port = upstream_port
        self._lock = threading.Lock()
        self._victim: Callable[[], int] = lambda: 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def aim(self, pid: int) -> None:
        """The process to kill."""
        self._victim = lambda: pid

    def close(self) -> None:
        """Accepts no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._upstream_port))
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while data := _receive(client):
                with self._lock:
                    self.seen += 1
                    hit = self.seen == self._at
                    if hit:
                        if self._forward:
                            server.sendall(data)
                        os.kill(self._victim(), signal.SIGKILL)
                        self.killed.set()
                        return
                if self.killed.is_set():
                    return
                server.sendall(data)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        while data := _receive(server):
            if self.killed.is_set():
                return
            try:
                client.sendall(data)
            except OSError:
                return


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except OSError:
        return b""
