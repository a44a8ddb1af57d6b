"""Every key and channel of the queue. C# and Python workers share this layout (src/Jobs/Queue/JobKeys.cs)."""

from __future__ import annotations


def job(job_id: str) -> str:
    """Hash of one job; its fields are in :class:`Fields`."""
    return f"octet:job:{job_id}"


def waiting(queue: str) -> str:
    """List of ids that wait, oldest at the right. Claimed by LMOVE RIGHT LEFT to :func:`inflight`."""
    return f"octet:queue:{queue}"


def inflight(worker: str) -> str:
    """List of ids a worker holds. Acknowledged by LREM."""
    return f"octet:inflight:{worker}"


def heartbeat(worker: str) -> str:
    """Announcement (JSON) that expires with the lease. While it is missing, what the worker holds may be requeued."""
    return f"octet:heartbeat:{worker}"


def workers(queue: str) -> str:
    """Set of the workers of one queue, live or lost; a lost one leaves when it holds nothing any more."""
    return f"octet:workers:{queue}"


def delayed(queue: str) -> str:
    """Sorted set of ids that wait for another attempt; the score is the time it is due, Unix milliseconds."""
    return f"octet:delayed:{queue}"


def dead(queue: str) -> str:
    """List of ids that will not be tried again, newest at the left; the reason is in the job's hash."""
    return f"octet:dead:{queue}"


def queue_bell(queue: str) -> str:
    """Channel that rings when a job was added to a queue. Carries nothing and may be lost."""
    return f"octet:bell:queue:{queue}"


def job_bell(job_id: str) -> str:
    """Channel that rings when a job's hash changed. Carries nothing and may be lost."""
    return f"octet:bell:job:{job_id}"


class Fields:
    """Fields of a job's hash."""

    QUEUE = "queue"
    BODY = "body"
    STATE = "state"
    ATTEMPT = "attempt"
    WORKER = "worker"
    TRACE_PARENT = "traceparent"
    TRACE_STATE = "tracestate"
    PROGRESS = "progress"
    RESULT = "result"
    FAILURE_KIND = "failure_kind"
    FAILURE_MESSAGE = "failure_message"
    CANCEL = "cancel"


class States:
    """Values of :attr:`Fields.STATE`."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
