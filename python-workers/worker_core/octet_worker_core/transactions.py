"""One MULTI/EXEC with conditions: what it saw must still hold when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import redis

from octet_worker_core.connection import Client, Outage

_MOST_TRIES = 1000


def transact(client: Client, watched: list[str], body: Callable[[Any], bool]) -> Optional[list[Any]]:
    """
    Watches the keys and calls ``body`` with the pipeline: it reads, and returns False when a condition fails, or calls ``multi()``, queues
    commands and returns True. Tried again while somebody else writes the keys in between. Returns the commands' results, or None.
    """
    for _ in range(_MOST_TRIES):
        with client.pipeline(transaction=True) as pipeline:
            try:
                pipeline.watch(*watched)
                if not body(pipeline):
                    return None
                return list(pipeline.execute())
            except redis.WatchError:
                continue
    raise redis.TimeoutError(f"{watched[0]} changed {_MOST_TRIES} times while it was to be written")


__all__ = ["Outage", "transact"]
