"""kill -9 around every request that a worker sends: nothing is lost, nothing shows twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCES
from octet_test_support.killing_proxy import KillingProxy
from octet_test_support.queue_server import QueueServer
from octet_test_support.sender import Sender
from octet_test_support.worker_threads import working
from octet_worker_core.context import JobContext
from octet_worker_core.messages import JobResult, QuantizeJob
from octet_worker_core.settings import Settings

REQUESTS = 36  # More than a worker sends from its start until one job is done (test_probe_sends_fewer_requests holds it).


def probe(address: str, root: str, queue: str, ledger: Path, lease: str = "00:00:00.5") -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(SOURCES),
        "ConnectionStrings__redis": address,
        "DataRoot": root,
        "Jobs__Lease": lease,
        "Jobs__PollInterval": "00:00:10",
    }
    command = [sys.executable, "-m", "octet_test_support.probe_worker", queue, str(ledger)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def finish(job: QuantizeJob, _context: JobContext) -> JobResult:
    return JobResult(report_path=job.report_path)


@pytest.mark.parametrize("forward", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("part", range(2))
def test_kill_at_every_request_leaves_the_job_completed_once(
    server: QueueServer, settings: Settings, tmp_path: Path, part: int, forward: bool
) -> None:
    victims = []
    for at in range(1 + part, REQUESTS + 1, 2):
        queue = f"kill:{at}:{forward}"
        proxy = KillingProxy(server.port, at, forward=forward)
        sender = Sender(server.client, queue)
        job = sender.send()
        process = probe(f"127.0.0.1:{proxy.port}", settings.data_root, queue, tmp_path / queue)
        proxy.aim(process.pid)
        victims.append((at, proxy, sender, job, process))
        if len(victims) == 6:
            settle(victims, settings)
            victims.clear()
    settle(victims, settings)


def settle(victims: list[tuple[int, KillingProxy, Sender, str, subprocess.Popen[bytes]]], settings: Settings) -> None:
    for at, proxy, sender, job, process in victims:
        while process.poll() is None and sender.state(job) != "completed" and not proxy.killed.wait(0.02):
            pass
        process.kill()
        assert process.wait() == -signal.SIGKILL, f"request {at}: the worker ended by itself"
        proxy.close()
        with working(settings, sender.queue, finish):
            sender.wait_for(job, "completed")
        assert sender.field(job, "attempt") in ("1", "2"), f"request {at}"
        assert sender.dead() == []


def test_probe_stops_gracefully_and_sends_fewer_requests(server: QueueServer, settings: Settings, queue: str, tmp_path: Path) -> None:
    proxy = KillingProxy(server.port, 0, forward=True)
    sender = Sender(server.client, queue)
    job = sender.send()
    process = probe(f"127.0.0.1:{proxy.port}", settings.data_root, queue, tmp_path / "ledger", lease="00:00:15")
    sender.wait_for(job, "completed")
    sent = proxy.seen
    process.terminate()
    assert process.wait(30) == 0
    assert (tmp_path / "ledger").read_text() == f"{job} 1 r1 \n"
    assert 10 < sent <= REQUESTS
    assert sender.traces_left() == []
