"""The worker's transitions: queued -> running -> completed, failed, cancelled or queued again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from octet_worker_core import keys
from octet_worker_core.connection import Client
from octet_worker_core.failures import FailureKind
from octet_worker_core.keys import Fields, States
from octet_worker_core.records import Cancelled, Claim, Completed, Failed, JobRecord, Lost, Outcome, Progress, Unreadable, text
from octet_worker_core.settings import Settings
from octet_worker_core.transactions import transact

MOST_BODY_BYTES = 1 << 20
_MOST_DEAD_JOBS = 1000


class ClaimStore:
    """Every transition is one MULTI/EXEC whose conditions fail when somebody else was faster."""

    def __init__(self, client: Client, settings: Settings, now: Callable[[], float]) -> None:
        self._client = client
        self._settings = settings
        self._now = now

    def claim(self, queue: str, worker: str) -> Optional[Claim]:
        """
        Takes the oldest waiting job, or None. The id moves in one step, and only while the worker's heartbeat lives: a worker that is
        killed after it leaves the id where :mod:`octet_worker_core.lost_workers` finds it.
        """
        while job_id := self._move(queue, worker):
            if claim := self._start(queue, worker, job_id):
                return claim
        return None

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Ends an attempt. False when the claim is void: the job was requeued or is already final."""
        if isinstance(outcome, Lost):
            return False

        def write(pipeline: Any) -> None:
            self._write(pipeline, claim, outcome)
            pipeline.lrem(keys.inflight(claim.worker), 0, claim.job_id)

        if not self._fenced(claim, write):
            self._client.lrem(keys.inflight(claim.worker), 0, claim.job_id)
            return False
        self._client.publish(keys.job_bell(claim.job_id), "")
        self._client.publish(keys.queue_bell(claim.queue), "")
        return True

    def show(self, claim: Claim, progress: Progress) -> None:
        """Shows progress; without effect when the claim is void."""
        if self._fenced(claim, lambda pipeline: pipeline.hset(keys.job(claim.job_id), Fields.PROGRESS, progress.to_json())):
            self._client.publish(keys.job_bell(claim.job_id), "")

    def cancel_asked(self, claim: Claim) -> bool:
        """Somebody asked to cancel the job."""
        return text(self._client.hget(keys.job(claim.job_id), Fields.CANCEL)) == "1"

    def promote(self, queue: str) -> int:
        """Moves the delayed jobs that are due back to the waiting list; returns how many."""
        delayed = keys.delayed(queue)
        moved = 0
        for job_id in self._client.zrangebyscore(delayed, "-inf", int(self._now() * 1000)):

            def body(pipeline: Any, job_id: bytes = job_id) -> bool:
                if pipeline.zscore(delayed, job_id) is None:
                    return False
                pipeline.multi()
                pipeline.zrem(delayed, job_id)
                pipeline.rpush(keys.waiting(queue), job_id)
                return True

            moved += 1 if transact(self._client, [delayed], body) is not None else 0
        return moved

    def _move(self, queue: str, worker: str) -> str:
        def body(pipeline: Any) -> bool:
            if not pipeline.exists(keys.heartbeat(worker)):
                return False
            pipeline.multi()
            pipeline.lmove(keys.waiting(queue), keys.inflight(worker), "RIGHT", "LEFT")
            return True

        results = transact(self._client, [keys.heartbeat(worker)], body)
        return text(results[0]) if results else ""

    def _start(self, queue: str, worker: str, job_id: str) -> Optional[Claim]:
        key = keys.job(job_id)
        found: list[JobRecord] = []

        def body(pipeline: Any) -> bool:
            found[:] = [JobRecord.read(pipeline, job_id)]
            if found[0].state != States.QUEUED:
                return False
            pipeline.multi()
            pipeline.hset(
                key, mapping={Fields.STATE: States.RUNNING, Fields.WORKER: worker, Fields.ATTEMPT: found[0].attempt + 1}
            )
            return True

        if transact(self._client, [key], body) is None:
            # Cancelled meanwhile, expired, or the id stood twice in the list.
            self._client.lrem(keys.inflight(worker), 0, job_id)
            return None
        job = found[0]
        return self._with_body(Claim(job_id, queue, worker, job.attempt + 1, b"", job.trace_parent, job.trace_state))

    def _with_body(self, claim: Claim) -> Optional[Claim]:
        key = keys.job(claim.job_id)
        length = int(self._client.hstrlen(key, Fields.BODY))
        if 0 < length <= MOST_BODY_BYTES:
            body = self._client.hget(key, Fields.BODY) or b""
            return Claim(
                claim.job_id, claim.queue, claim.worker, claim.attempt, bytes(body), claim.trace_parent, claim.trace_state
            )
        self.settle(claim, Unreadable(f"its message has {length} bytes; from 1 to {MOST_BODY_BYTES} are allowed"))
        return None

    def _fenced(self, claim: Claim, write: Callable[[Any], object]) -> bool:
        def body(pipeline: Any) -> bool:
            job = JobRecord.read(pipeline, claim.job_id)
            if (job.state, job.worker, job.attempt) != (States.RUNNING, claim.worker, claim.attempt):
                return False
            pipeline.multi()
            write(pipeline)
            return True

        return transact(self._client, [keys.job(claim.job_id)], body) is not None

    def _write(self, pipeline: Any, claim: Claim, outcome: Outcome) -> None:
        if isinstance(outcome, Completed):
            self._end(pipeline, claim, States.COMPLETED, {Fields.RESULT: outcome.result})
        elif isinstance(outcome, Cancelled):
            self._end(pipeline, claim, States.CANCELLED, {})
        elif isinstance(outcome, Failed) and outcome.may_pass and claim.attempt < self._settings.max_attempts:
            self._delay(pipeline, claim, outcome)
        elif isinstance(outcome, Failed):
            self._end(pipeline, claim, States.FAILED, _reason(outcome))
            if outcome.may_pass:
                bury(pipeline, claim.queue, claim.job_id)
        elif isinstance(outcome, Unreadable):
            reason = Failed(FailureKind.USAGE, "the job cannot be read: " + outcome.message, may_pass=False)
            self._end(pipeline, claim, States.FAILED, _reason(reason))
            bury(pipeline, claim.queue, claim.job_id)
        else:
            queued = {Fields.STATE: States.QUEUED, Fields.WORKER: "", Fields.ATTEMPT: claim.attempt - 1}
            pipeline.hset(keys.job(claim.job_id), mapping=queued)
            pipeline.rpush(keys.waiting(claim.queue), claim.job_id)

    def _end(self, pipeline: Any, claim: Claim, state: str, more: dict[str, Any]) -> None:
        key = keys.job(claim.job_id)
        pipeline.hset(key, mapping={Fields.STATE: state, Fields.WORKER: "", **more})
        pipeline.pexpire(key, int(self._settings.retention * 1000))

    def _delay(self, pipeline: Any, claim: Claim, failed: Failed) -> None:
        due = self._now() + self._settings.delay_before(claim.attempt + 1)
        queued = {Fields.STATE: States.QUEUED, Fields.WORKER: "", **_reason(failed)}
        pipeline.hset(keys.job(claim.job_id), mapping=queued)
        pipeline.zadd(keys.delayed(claim.queue), {claim.job_id: int(due * 1000)})


def bury(pipeline: Any, queue: str, job_id: str) -> None:
    """Adds a job to the dead-letter list; the oldest entries leave it."""
    pipeline.lpush(keys.dead(queue), job_id)
    pipeline.ltrim(keys.dead(queue), 0, _MOST_DEAD_JOBS - 1)


def _reason(failed: Failed) -> dict[str, Any]:
    return {Fields.FAILURE_KIND: failed.kind.value, Fields.FAILURE_MESSAGE: failed.message}
