"""Gives the jobs of workers without heartbeat back to their queue. Any number of processes, in either language, may do it at once."""

from __future__ import annotations

from typing import Any

from octet_worker_core import keys
from octet_worker_core.claims import bury
from octet_worker_core.connection import Client
from octet_worker_core.failures import FailureKind
from octet_worker_core.keys import Fields, States
from octet_worker_core.records import JobRecord, text
from octet_worker_core.settings import Settings
from octet_worker_core.transactions import transact


class LostWorkers:
    """Looks after the queue for workers that died."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def requeue(self, queue: str) -> int:
        """Looks at every worker of the queue; returns how many jobs were moved."""
        moved = 0
        for worker in [text(member) for member in self._client.smembers(keys.workers(queue))]:
            if not self._client.exists(keys.heartbeat(worker)):
                moved += self._empty(queue, worker)
        if moved > 0:
            self._client.publish(keys.queue_bell(queue), "")
        return moved

    def _empty(self, queue: str, worker: str) -> int:
        held = [text(job_id) for job_id in self._client.lrange(keys.inflight(worker), 0, -1)]
        moved = sum(1 for job_id in reversed(held) if self._return(worker, job_id))

        def forget(pipeline: Any) -> bool:
            if pipeline.exists(keys.heartbeat(worker)) or pipeline.exists(keys.inflight(worker)):
                return False
            pipeline.multi()
            pipeline.srem(keys.workers(queue), worker)
            return True

        transact(self._client, [keys.heartbeat(worker), keys.inflight(worker)], forget)
        return moved

    def _return(self, worker: str, job_id: str) -> bool:
        inflight = keys.inflight(worker)

        def body(pipeline: Any) -> bool:
            job = JobRecord.read(pipeline, job_id)
            if pipeline.exists(keys.heartbeat(worker)) or text(pipeline.lindex(inflight, -1)) != job_id:
                return False
            pipeline.multi()
            pipeline.lrem(inflight, -1, job_id)
            if job.state == States.QUEUED or (job.state == States.RUNNING and job.worker == worker):
                self._put_back(pipeline, job, worker)
            return True

        return transact(self._client, [keys.heartbeat(worker), inflight, keys.job(job_id)], body) is not None

    def _put_back(self, pipeline: Any, job: JobRecord, worker: str) -> None:
        key = keys.job(job.job_id)
        retention = int(self._settings.retention * 1000)
        if job.cancel_asked:
            pipeline.hset(key, mapping={Fields.STATE: States.CANCELLED, Fields.WORKER: ""})
            pipeline.pexpire(key, retention)
        elif job.attempt >= self._settings.max_attempts:
            reason = (
                f"{job.attempt} workers were lost while they ran this job, the last one {worker}; "
                "look for their crash or for memory"
            )
            failed = {Fields.FAILURE_KIND: FailureKind.INTERNAL.value, Fields.FAILURE_MESSAGE: reason}
            pipeline.hset(key, mapping={Fields.STATE: States.FAILED, Fields.WORKER: "", **failed})
            pipeline.pexpire(key, retention)
            bury(pipeline, job.queue, job.job_id)
        else:
            pipeline.hset(key, mapping={Fields.STATE: States.QUEUED, Fields.WORKER: ""})
            pipeline.rpush(keys.waiting(job.queue), job.job_id)
