"""A connection to Redis, Valkey or Garnet from StackExchange.Redis' form ``host:port,password=...,ssl=true`` (``!path`` for a Unix socket), or a redis:// URL."""

from __future__ import annotations

from typing import Any

import redis

from octet_worker_core.failures import FailureKind, OctetError

Outage = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError)
"""What says that the queue cannot be reached now."""

Client = Any
"""A ``redis.Redis``: its stubs differ too much between the versions that the workers meet."""

_TIMEOUT_SECONDS = 5.0


def connect(connection_string: str) -> Client:
    """A client that connects when first used. Never logs the connection string: it holds a secret."""
    if connection_string.startswith(("redis://", "rediss://", "unix://")):
        return redis.Redis.from_url(connection_string, socket_timeout=_TIMEOUT_SECONDS, client_name="octet-worker")
    options = _parse(connection_string)
    place: dict[str, Any] = {"host": options["host"], "port": int(options["port"])}
    if connection_string.startswith("!"):
        place = {"unix_socket_path": options["host"].removeprefix("!")}
    return redis.Redis(
        **place,
        username=options.get("user"),
        password=options.get("password"),
        db=int(options.get("defaultdatabase", "0")),
        ssl=options.get("ssl", "false").lower() == "true",
        socket_timeout=_TIMEOUT_SECONDS,
        client_name="octet-worker",
    )


def _parse(connection_string: str) -> dict[str, str]:
    address, *pairs = [part.strip() for part in connection_string.split(",")]
    host, _, port = ("", "", "") if address.startswith("!") else address.rpartition(":")
    if not host:
        host, port = address, "6379"
    options = {"host": host.strip("[]"), "port": port}
    for name, equals, value in (pair.partition("=") for pair in pairs if pair):
        if not equals:
            raise OctetError(FailureKind.USAGE, "ConnectionStrings__redis holds a second address: one server is supported")
        options[name.strip().lower()] = value.strip()
    for number in ("port", "defaultdatabase"):
        if not options.get(number, "0").isdigit():
            raise OctetError(FailureKind.USAGE, f"ConnectionStrings__redis: its {number} is not a number")
    return options
