"""Every transition of the queue against a real server."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

from octet_test_support.queue_server import eventually
from octet_test_support.sender import JOB, Sender
from octet_test_support.worker_threads import working
from octet_worker_core import keys
from octet_worker_core.claims import MOST_BODY_BYTES
from octet_worker_core.context import Interrupted, JobContext
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.messages import JobResult, QuantizeJob
from octet_worker_core.settings import Settings


def finish(job: QuantizeJob, context: JobContext) -> JobResult:
    context.report("quantizing", 7, 9, "tensors")
    return JobResult(report_path=job.report_path)


def until_interrupted(_job: QuantizeJob, context: JobContext) -> JobResult:
    context.report("waiting", 0, 0, "tensors")
    while not context.interrupted:
        threading.Event().wait(0.01)
    raise Interrupted


def test_run_job_sent_completes_with_result_and_progress(settings: Settings, queue: str, sender: Sender) -> None:
    with working(settings, queue, finish):
        job = sender.send()
        sender.wait_for(job, "completed")
    assert json.loads(sender.field(job, "result")) == {"report_path": JOB["report_path"]}
    assert json.loads(sender.field(job, "progress")) == {"activity": "quantizing", "done": 7, "total": 9, "unit": "tensors"}
    assert sender.traces_left() == []
    assert sender.client.pttl(keys.job(job)) > 0


def test_run_announces_versions_while_it_lives(settings: Settings, queue: str, sender: Sender) -> None:
    def announced() -> list[dict[str, object]]:
        names = [name.decode() for name in sender.client.smembers(keys.workers(queue))]
        return [json.loads(text) for name in names if (text := sender.client.get(keys.heartbeat(name)))]

    with working(settings, queue, finish):
        eventually(announced)
        assert announced()[0]["versions"] == {"tool": "1.2.3"}
    assert announced() == []
    assert sender.client.smembers(keys.workers(queue)) == set()


def test_run_lease_outlasted_by_the_handler_is_renewed(settings: Settings, queue: str, sender: Sender) -> None:
    calls: list[int] = []

    def slow(job: QuantizeJob, context: JobContext) -> JobResult:
        calls.append(context.claim.attempt)
        threading.Event().wait(settings.lease * 2)
        return finish(job, context)

    with working(settings, queue, slow), working(settings, queue, slow):
        sender.wait_for(sender.send(), "completed")
    assert calls == [1]


def test_run_expected_failure_that_may_pass_is_tried_again_and_buried(settings: Settings, queue: str, sender: Sender) -> None:
    attempts: list[int] = []

    def fail(_job: QuantizeJob, context: JobContext) -> JobResult:
        attempts.append(context.claim.attempt)
        raise OctetError(FailureKind.SERVER, "the server at X does not answer")

    with working(settings, queue, fail):
        job = sender.send()
        sender.wait_for(job, "failed")
    assert attempts == [1, 2, 3]
    assert sender.field(job, "failure_kind") == "Server"
    assert sender.field(job, "failure_message") == "the server at X does not answer"
    assert sender.dead() == [job]
    assert sender.traces_left() == []


def test_run_failure_that_cannot_pass_ends_at_once(settings: Settings, queue: str, sender: Sender) -> None:
    def fail(_job: QuantizeJob, _context: JobContext) -> JobResult:
        raise OctetError(FailureKind.MODEL, "no such model")

    with working(settings, queue, fail):
        job = sender.send()
        sender.wait_for(job, "failed")
    assert (sender.field(job, "attempt"), sender.dead()) == ("1", [])


def test_run_unexpected_error_is_internal_with_its_reason(settings: Settings, queue: str, sender: Sender) -> None:
    def broken(_job: QuantizeJob, _context: JobContext) -> JobResult:
        raise KeyError("shape\nof you")

    with working(replace(settings, max_attempts=1), queue, broken):
        job = sender.send()
        sender.wait_for(job, "failed")
    assert sender.field(job, "failure_kind") == "Internal"
    assert sender.field(job, "failure_message").startswith("KeyError: 'shape")
    assert "\n" not in sender.field(job, "failure_message")


def test_run_unreadable_messages_are_buried_with_their_place(settings: Settings, queue: str, sender: Sender) -> None:
    bodies = [b"{", b"[1]", json.dumps({**JOB, "ignore": "lm_head"}).encode(), b"", b"x" * (MOST_BODY_BYTES + 1)]
    with working(settings, queue, finish):
        jobs = [sender.send(body) for body in bodies]
        for job in jobs:
            sender.wait_for(job, "failed")
    assert all(sender.field(job, "failure_kind") == "Usage" for job in jobs)
    assert all(sender.field(job, "failure_message").startswith("the job cannot be read: ") for job in jobs)
    assert "ignore: " in sender.field(jobs[2], "failure_message")
    assert sorted(sender.dead()) == sorted(jobs)


def test_run_cancel_asked_ends_the_handler(settings: Settings, queue: str, sender: Sender) -> None:
    with working(settings, queue, until_interrupted):
        job = sender.send()
        sender.wait_for(job, "running")
        sender.ask_cancel(job)
        sender.wait_for(job, "cancelled")
    assert sender.traces_left() == []


def test_run_worker_stops_releases_the_job_and_the_attempt(settings: Settings, queue: str, sender: Sender) -> None:
    with working(settings, queue, until_interrupted) as worker:
        job = sender.send()
        sender.wait_for(job, "running")
        worker.stopping.set()
        sender.wait_for(job, "queued")
    assert sender.field(job, "attempt") == "0"
    with working(settings, queue, finish):
        sender.wait_for(job, "completed")
    assert sender.field(job, "attempt") == "1"


def test_run_heartbeat_taken_away_makes_the_claim_void(settings: Settings, queue: str, sender: Sender) -> None:
    with working(settings, queue, until_interrupted):
        job = sender.send()
        sender.wait_for(job, "running")
        first = sender.field(job, "worker")
        with working(settings, queue, finish):
            sender.client.delete(keys.heartbeat(first))
            sender.wait_for(job, "completed")
    assert sender.field(job, "attempt") == "2"
    assert sender.traces_left() == []


def test_run_cancel_while_the_result_is_stored_ends_the_job_once(settings: Settings, queue: str, sender: Sender) -> None:
    with working(settings, queue, finish):
        jobs = [sender.send() for _ in range(40)]
        for job in jobs:
            sender.ask_cancel(job)
        for job in jobs:
            sender.wait_for(job, "completed", "cancelled")
    assert sender.traces_left() == []


def test_run_two_workers_share_jobs_and_none_is_done_twice(settings: Settings, queue: str, sender: Sender) -> None:
    done: list[str] = []

    def note(job: QuantizeJob, context: JobContext) -> JobResult:
        done.append(context.claim.job_id)
        return finish(job, context)

    with working(settings, queue, note), working(settings, queue, note):
        jobs = [sender.send() for _ in range(40)]
        for job in jobs:
            sender.wait_for(job, "completed")
    assert sorted(done) == sorted(jobs)
