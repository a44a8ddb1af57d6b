"""Spans, metrics and logs over OTLP where OpenTelemetry is installed and an endpoint is given; otherwise nothing."""

from __future__ import annotations

import importlib.util
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from octet_worker_core.context import JobContext
from octet_worker_core.records import Claim, Failed, Outcome, Unreadable

_SCOPE = "Octet.Jobs"


class AttemptSpan:
    """The consumer span of one attempt; without OpenTelemetry it records nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def ended(self, outcome: Outcome) -> None:
        """Tags the span with how the attempt ended."""
        if self._span is None:
            return
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attribute("octet.job.outcome", type(outcome).__name__)
        if isinstance(outcome, (Failed, Unreadable)):
            self._span.set_status(Status(StatusCode.ERROR, outcome.message))


def is_installed() -> bool:
    """The SDK can be imported."""
    return importlib.util.find_spec("opentelemetry") is not None and importlib.util.find_spec("opentelemetry.sdk") is not None


def configure(service_name: str) -> None:
    """Sends spans, metrics and logs to OTEL_EXPORTER_OTLP_ENDPOINT (gRPC); call once at start."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or not is_installed():
        return
    from octet_worker_core import otlp

    otlp.configure(os.environ.get("OTEL_SERVICE_NAME", service_name))
    logging.getLogger("octet.jobs").info("Telemetry goes out over OTLP")


@contextmanager
def process_span(claim: Claim, context: JobContext) -> Iterator[AttemptSpan]:
    """The consumer span of an attempt, child of the sender's; the context carries it on to tools."""
    if not is_installed():
        yield AttemptSpan()
        return
    from opentelemetry import metrics, propagate, trace

    carrier = {"traceparent": claim.trace_parent, "tracestate": claim.trace_state}
    parent = propagate.extract({name: value for name, value in carrier.items() if value})
    attributes = {
        "messaging.system": "redis",
        "messaging.destination.name": claim.queue,
        "messaging.message.id": claim.job_id,
        "octet.job.attempt": claim.attempt,
    }
    started = time.monotonic()
    tracer = trace.get_tracer(_SCOPE)
    with tracer.start_as_current_span(
        f"process {claim.queue}", context=parent, kind=trace.SpanKind.CONSUMER, attributes=attributes
    ) as span:
        onward: dict[str, str] = {}
        propagate.inject(onward)
        context.trace_parent = onward.get("traceparent", claim.trace_parent)
        yield AttemptSpan(span)
    duration = metrics.get_meter(_SCOPE).create_histogram("octet.job.duration", unit="s", description="Duration of an attempt")
    duration.record(time.monotonic() - started, {"messaging.destination.name": claim.queue})
