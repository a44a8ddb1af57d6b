"""A job as the queue holds it, an attempt at it, and how an attempt ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Union

from octet_worker_core import keys
from octet_worker_core.connection import Client
from octet_worker_core.failures import FailureKind
from octet_worker_core.keys import Fields, States

_READ = (
    Fields.QUEUE,
    Fields.STATE,
    Fields.ATTEMPT,
    Fields.WORKER,
    Fields.TRACE_PARENT,
    Fields.TRACE_STATE,
    Fields.CANCEL,
)


@dataclass(frozen=True)
class JobRecord:
    """The hash of one job as read at one moment; texts are empty where a field is missing."""

    job_id: str
    queue: str
    state: str
    attempt: int
    worker: str
    trace_parent: str
    trace_state: str
    cancel_asked: bool

    @property
    def is_final(self) -> bool:
        """No transition leaves it."""
        return self.state in (States.COMPLETED, States.FAILED, States.CANCELLED)

    @staticmethod
    def read(client: Client, job_id: str) -> JobRecord:
        """Reads through a client, or through a pipeline that watches."""
        values = [text(value) for value in client.hmget(keys.job(job_id), _READ)]
        queue, state, attempt, worker, trace_parent, trace_state, cancel = values
        number = int(attempt) if attempt.isascii() and attempt.isdigit() else 0
        return JobRecord(job_id, queue, state, number, worker, trace_parent, trace_state, cancel == "1")


@dataclass(frozen=True)
class Claim:
    """One attempt of one job by one worker. Worker and attempt together are the fence: a later claim makes this one void."""

    job_id: str
    queue: str
    worker: str
    attempt: int
    body: bytes = b""
    trace_parent: str = ""
    trace_state: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a job has come. ``total`` is 0 while it is not known; ``unit`` is tensors, documents, requests or bytes."""

    activity: str
    done: int
    total: int
    unit: str

    def to_json(self) -> bytes:
        """As C# writes it."""
        return json.dumps({"activity": self.activity, "done": self.done, "total": self.total, "unit": self.unit}).encode()


@dataclass(frozen=True)
class Completed:
    """``result`` is JSON."""

    result: bytes


@dataclass(frozen=True)
class Failed:
    """An attempt that failed; whether another may succeed."""

    kind: FailureKind
    message: str
    may_pass: bool


@dataclass(frozen=True)
class Unreadable:
    """No worker could read the job."""

    message: str


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked to cancel it."""


@dataclass(frozen=True)
class Released:
    """The worker stops: the job goes back as if this attempt had not been."""


@dataclass(frozen=True)
class Lost:
    """The lease ran out: somebody else has the job, there is nothing to say."""


Outcome = Union[Completed, Failed, Unreadable, Cancelled, Released, Lost]


def text(value: object) -> str:
    """A value of the queue as text; empty when it is missing."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
