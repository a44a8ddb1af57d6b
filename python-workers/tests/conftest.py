"""One queue server for the whole session; every test has a queue of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("redis", reason="the redis client is not installed (Debian: python3-redis)")
pytest.importorskip("pydantic", reason="pydantic is not installed (Debian: python3-pydantic)")
pytest.importorskip("yaml", reason="PyYAML is not installed (Debian: python3-yaml)")

from octet_test_support.jobs import job_run  # noqa: E402, F401
from octet_test_support.queue_server import QueueServer  # noqa: E402
from octet_test_support.sender import Sender  # noqa: E402
from octet_worker_core.settings import Settings  # noqa: E402

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[QueueServer]:
    """A real redis-server."""
    with QueueServer.start() as started:
        yield started


@pytest.fixture
def queue() -> str:
    """A name used once."""
    return f"test:{next(_numbers)}"


@pytest.fixture
def settings(server: QueueServer, tmp_path: Path) -> Settings:
    """Short times; a lease that a test may wait for."""
    return Settings(
        connection_string=server.address,
        data_root=str(tmp_path / "root"),
        lease=1.0,
        poll_interval=0.05,
        retry_delay=0.02,
        progress_interval=0.0,
    )


@pytest.fixture
def sender(server: QueueServer, queue: str) -> Sender:
    """Sends and reads jobs as the C# services do."""
    return Sender(server.client, queue)
