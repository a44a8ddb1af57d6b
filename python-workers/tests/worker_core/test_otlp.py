"""Spans, logs and metrics of a worker process as a real OTLP receiver gets them. Needs the OpenTelemetry SDK and its gRPC exporter."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc", reason="the OpenTelemetry SDK with its OTLP exporter is not installed")

import grpc  # noqa: E402
import opentelemetry.sdk.trace  # noqa: E402
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc  # noqa: E402
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc  # noqa: E402
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc  # noqa: E402

from conftest import SOURCES  # noqa: E402
from octet_test_support.jobs import MODEL, REPOSITORY, STANDINS  # noqa: E402
from octet_test_support.queue_server import QueueServer  # noqa: E402
from octet_test_support.sender import JOB, Sender  # noqa: E402

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Receiver(
    trace_service_pb2_grpc.TraceServiceServicer, logs_service_pb2_grpc.LogsServiceServicer, metrics_service_pb2_grpc.MetricsServiceServicer
):
    """Keeps every record with the service that sent it."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []
        self.logs: list[tuple[str, Any]] = []
        self.metrics: list[tuple[str, Any]] = []
        self._answers = {
            "spans": trace_service_pb2.ExportTraceServiceResponse,
            "logs": logs_service_pb2.ExportLogsServiceResponse,
            "metrics": metrics_service_pb2.ExportMetricsServiceResponse,
        }

    def Export(self, request: Any, _context: Any) -> Any:
        for name, parts, records in (("spans", "scope_spans", "spans"), ("logs", "scope_logs", "log_records"), ("metrics", "scope_metrics", "metrics")):
            for resource in getattr(request, "resource_" + name, []):
                service = {item.key: item.value.string_value for item in resource.resource.attributes}["service.name"]
                found = [record for part in getattr(resource, parts) for record in getattr(part, records)]
                getattr(self, name).extend((service, record) for record in found)
            if hasattr(request, "resource_" + name):
                return self._answers[name]()
        raise AssertionError


def test_worker_exports_the_attempt_its_logs_and_its_duration(server: QueueServer, tmp_path: Path) -> None:
    receiver = Receiver()
    collector = grpc.server(futures.ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, collector)
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(receiver, collector)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(receiver, collector)
    port = collector.add_insecure_port("127.0.0.1:0")
    collector.start()
    packages = str(Path(opentelemetry.sdk.trace.__file__).parents[3])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(STANDINS), *SOURCES, packages]),
        "ConnectionStrings__redis": server.address,
        "DataRoot": str(tmp_path),
        "ReadOnlyRoots": str(MODEL),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OCTET_STANDIN_CALLS": str(tmp_path / "calls.jsonl"),
        "OCTET_STANDIN_ARTEFACT": str(REPOSITORY / "tests/Quantizer.Tests/Data/datafree/stories260K"),
    }
    sender = Sender(server.client, "quantize:llm-compressor")
    good = sender.send({**JOB, "model_path": str(MODEL)}, f"00-{TRACE}-{PARENT}-01")
    bad = sender.send({**JOB, "recipe": "none"}, f"00-{TRACE}-{PARENT}-01")
    worker = subprocess.Popen([sys.executable, "-m", "octet_quantize"], env=environment, stderr=subprocess.DEVNULL)
    try:
        assert (sender.wait_for(good, "completed", "failed"), sender.wait_for(bad, "completed", "failed")) == ("completed", "failed")
        worker.terminate()
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        collector.stop(0)

    assert {service for service, _ in (*receiver.spans, *receiver.logs, *receiver.metrics)} == {"octet-quantize"}
    spans = {attribute(span, "messaging.message.id"): span for _, span in receiver.spans}
    for job, outcome, status in ((good, "Completed", 0), (bad, "Failed", 2)):
        span = spans[job]
        assert (span.name, span.trace_id.hex(), span.parent_span_id.hex(), span.kind) == ("process quantize:llm-compressor", TRACE, PARENT, 5)
        assert (attribute(span, "octet.job.outcome"), span.status.code) == (outcome, status)
    assert "recipe 'none' is not known" in spans[bad].status.message
    texts = [record.body.string_value for _, record in receiver.logs]
    assert f"Job {good}, attempt 1: Completed" in texts
    (duration,) = [metric for _, metric in receiver.metrics if metric.name == "octet.job.duration"]
    assert (duration.unit, sum(point.count for point in duration.histogram.data_points)) == ("s", 2)


def attribute(span: Any, key: str) -> str:
    """A text attribute of a span."""
    return next(str(item.value.string_value) for item in span.attributes if item.key == key)
