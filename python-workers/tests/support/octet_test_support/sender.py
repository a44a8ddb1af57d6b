"""The sender's side of the queue, as src/Jobs/Queue/JobStore.cs has it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from octet_test_support.queue_server import eventually
from octet_worker_core import keys

JOB: dict[str, Any] = {
    "run_id": "r1",
    "model_path": "models/m",
    "output_path": "models/m-int8",
    "report_path": "runs/r1/quantize.json",
    "scheme": "W8A8",
    "recipe": "data-free",
    "ignore": ["lm_head"],
}


class Sender:
    """Adds, cancels and reads jobs of one queue."""

    def __init__(self, client: Any, queue: str) -> None:
        self.client = client
        self.queue = queue

    def send(self, job: Any = None, trace_parent: str | None = None) -> str:
        """The new job's id."""
        job_id = uuid.uuid4().hex
        body = job if isinstance(job, bytes) else json.dumps(JOB if job is None else job)
        fields: dict[str, Any] = {"queue": self.queue, "body": body, "state": "queued", "attempt": 0, "worker": ""}
        if trace_parent:
            fields["traceparent"] = trace_parent
        with self.client.pipeline(transaction=True) as pipeline:
            pipeline.hset(keys.job(job_id), mapping=fields)
            pipeline.lpush(keys.waiting(self.queue), job_id)
            pipeline.execute()
        self.client.publish(keys.queue_bell(self.queue), "")
        return job_id

    def ask_cancel(self, job_id: str) -> None:
        """The wish to cancel what runs."""
        self.client.hset(keys.job(job_id), "cancel", "1")

    def field(self, job_id: str, name: str) -> str:
        """One field of the job; empty when it is missing."""
        return (self.client.hget(keys.job(job_id), name) or b"").decode()

    def state(self, job_id: str) -> str:
        """The job's state."""
        return self.field(job_id, "state")

    def wait_for(self, job_id: str, *states: str) -> str:
        """Waits until the job is in one of the states; returns it."""
        eventually(lambda: self.state(job_id) in states)
        return self.state(job_id)

    def traces_left(self) -> list[str]:
        """Ids that a queue with only final jobs must not hold: waiting, delayed, in flight."""
        left = list(self.client.lrange(keys.waiting(self.queue), 0, -1))
        left += self.client.zrange(keys.delayed(self.queue), 0, -1)
        for worker in self.client.smembers(keys.workers(self.queue)):
            left += self.client.lrange(keys.inflight(worker.decode()), 0, -1)
        return [job_id.decode() for job_id in left]

    def dead(self) -> list[str]:
        """The dead-letter list."""
        return [job_id.decode() for job_id in self.client.lrange(keys.dead(self.queue), 0, -1)]
