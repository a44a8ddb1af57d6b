"""Runs a handler on one claimed job and says how it ended."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Generic, Type

from octet_worker_core.context import Interrupted, JobContext
from octet_worker_core.failures import FailureKind, OctetError, one_line
from octet_worker_core.messages import JobResult, TMessage, UnreadableError, read_message
from octet_worker_core.records import Completed, Failed, Outcome, Unreadable

Handler = Callable[[TMessage, JobContext], JobResult]
"""
Does one kind of job. A job may come twice (a worker was lost), so its output must appear at once and be the same each time. Raises
OctetError for expected failures and Interrupted when the context says so.
"""

_log = logging.getLogger("octet.jobs")


class JobAttempt(Generic[TMessage]):
    """A handler and the message it takes."""

    def __init__(self, message: Type[TMessage], handler: Handler[TMessage]) -> None:
        self._message = message
        self._handler = handler

    def run(self, context: JobContext) -> Outcome:
        """Never raises: whatever a handler raises becomes the job's failure, with its reason."""
        try:
            job = read_message(self._message, context.claim.body)
            result = self._handler(job, context)
            return Completed(json.dumps({"report_path": result.report_path}).encode())
        except UnreadableError as error:
            return Unreadable(one_line(str(error)))
        except Interrupted:
            return context.interruption()
        except OctetError as error:
            return Failed(error.kind, error.message, error.kind.may_pass)
        except OSError as error:
            return Failed(FailureKind.STORAGE, one_line(f"{error.strerror or error}: {error.filename or 'data root'}"), may_pass=False)
        except Exception as error:  # noqa: BLE001 - the one boundary of a worker
            _log.exception("Job %s, attempt %d, met an unexpected error", context.claim.job_id, context.claim.attempt)
            return Failed(FailureKind.INTERNAL, one_line(f"{type(error).__name__}: {error}"), may_pass=True)
