"""The load worker against recorded reports of GuideLLM 0.8.1 and 0.5.0."""

from __future__ import annotations

import gzip
import json
import math
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from octet_loadtest.command import scenario
from octet_loadtest.handler import load_test
from octet_loadtest.probe import parse
from octet_loadtest.rows import benchmarks, rows
from octet_loadtest.schedule import Pass, passes
from octet_loadtest.summary import point
from octet_test_support.jobs import MODEL, STANDINS, JobRun
from octet_worker_core.failures import OctetError
from octet_worker_core.messages import LoadTestJob

DATA = Path(__file__).parents[1] / "data/guidellm"
PLACE = Pass(0, 1, 0, 42)

# Unix times are doubles with steps of 2^-22 s near 1.8e9; a difference of two is off by at most one step, and 1000 of them are 2.4e-4 ms.
MILLISECONDS = 2.5e-4



def guidellm_median(values: list[float]) -> float:
    """The first value whose running sum of equal weights reaches one half: the rule of GuideLLM's report, rounding errors included."""
    running = 0.0
    for value in sorted(values):
        running += 1 / len(values)
        if running >= 0.5:
            return value
    raise AssertionError


def report(name: str) -> Any:
    return json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))


def job(**changes: Any) -> LoadTestJob:
    fields: dict[str, Any] = {
        "run_id": "r",
        "targets": [
            {"variant": name, "endpoint": f"http://127.0.0.1:1/{name}/v1", "server_url": "http://127.0.0.1:1", "served_model_name": "m"}
            for name in ("base", "compressed")
        ],
        "tokenizer_path": str(MODEL),
        "prompt_tokens": 64,
        "output_tokens": 32,
        "concurrency": [1, 4],
        "seconds": 5,
        "replicates": 2,
        "seed": 42,
        "output_path": "runs/r",
    }
    return LoadTestJob(**{**fields, **changes})


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(STANDINS))
    monkeypatch.setenv("PATH", os.pathsep.join([str(STANDINS / "commands"), os.environ["PATH"]]))

    def replay(*names: str) -> None:
        monkeypatch.setenv("OCTET_STANDIN_REPORTS", os.pathsep.join(str(DATA / f"{name}.json.gz") for name in names))

    replay("concurrent")
    return replay


def test_load_test_leaves_points_of_every_block_and_server(job_run: JobRun, reports: Any) -> None:
    assert load_test(job(), job_run.context).report_path == "runs/r/load.json"
    made = job_run.read("runs/r/load.json")
    assert (made["backend"], made["tool_versions"]["guidellm"]) == ("guidellm", "0.8.1")
    places = [(p["block"], p["order"], p["variant"], p["concurrency"]) for p in made["points"]]
    assert sorted({(block, variant, streams) for block, _, variant, streams in places}) == [
        (block, variant, streams) for block in (0, 1) for variant in ("base", "compressed") for streams in (1, 4)
    ]
    first = [variant for block, order, variant, streams in places if order == 0 and streams == 1]
    assert sorted(first) == ["base", "compressed"], "the server that begins alternates"
    assert (job_run.root.path / "runs/r/requests.parquet").read_bytes()[:4] == b"PAR1"
    assert [report.done for report in job_run.reports.seen] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("field", ["prompt_lengths", "output_lengths", "prompts_path"])
def test_load_test_refuses_what_guidellm_is_not_given(job_run: JobRun, field: str) -> None:
    with pytest.raises(OctetError, match="use load.backend native"):
        load_test(job(**{field: "uniform:1,9"}), job_run.context)


@pytest.mark.parametrize("changes", [{"max_requests": 5}, {"max_errors": 1}, {"max_error_rate": 0.1}, {"limits": {"ttft_ms": 5}}, {"http2": True}, {"keep_alive": False}])
def test_load_test_refuses_options_that_guidellm_is_not_given(job_run: JobRun, changes: dict[str, Any]) -> None:
    with pytest.raises(OctetError, match="use load.backend native"):
        load_test(job(**changes), job_run.context)


def test_load_test_0_8_gets_the_arguments_of_run(job_run: JobRun, reports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTET_API_KEY", "hunter2")
    load_test(job(replicates=1), job_run.context)
    calls = job_run.calls("guidellm")
    assert [(call["scenario"], call["mode"]) for call in calls] == [({"spec": {"backend": {"api_key": "hunter2"}}}, "0o600")] * 2
    arguments = calls[0]["arguments"]
    assert arguments[0] == "run" and "hunter2" not in json.dumps(arguments)
    values = dict(zip(arguments[1::2], arguments[2::2]))
    assert json.loads(values["--profile"]) == {"kind": "concurrent", "streams": [1, 4], "warmup": 0.2}
    assert json.loads(values["--backend"])["request_format"] == "/v1/completions"
    assert json.loads(values["--backend"])["target"] in ("http://127.0.0.1:1/base", "http://127.0.0.1:1/compressed")
    assert values["--constraint"] == "kind=max_duration,seconds=6.25"
    assert values["--seed"] == "kind=static,value=42"
    assert values["--metrics"] == "kind=generative,sample_size=0"


def test_load_test_0_5_gets_the_arguments_of_benchmark(job_run: JobRun, reports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STANDINS.with_name("standins05")))
    load_test(job(replicates=1), job_run.context)
    arguments = job_run.calls("guidellm")[0]["arguments"]
    assert arguments[:2] == ["benchmark", "run"]
    assert arguments[arguments.index("--rate") + 1] == "1,4"
    assert arguments[arguments.index("--processor") + 1] == str(MODEL)


def test_load_test_0_5_0_cannot_send_a_key_and_says_so(job_run: JobRun, reports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STANDINS.with_name("standins05")))
    monkeypatch.setenv("OCTET_API_KEY", "hunter2")
    with pytest.raises(OctetError, match="guidellm 0.5.0 cannot send the servers' key"):
        load_test(job(replicates=1), job_run.context)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.5.2", {"backend_kwargs": {"api_key": "k"}}), ("0.6.1", {"backend_kwargs": {"api_key": "k"}}), ("0.7", {"spec": {"backend": {"api_key": "k"}}})],
)
def test_scenario_carries_the_key_as_each_version_reads_it(version: str, expected: Any) -> None:
    assert json.loads(scenario(version, "k")) == expected


def test_point_of_a_recorded_run_has_the_numbers_of_its_report() -> None:
    recorded = report("concurrent")
    for benchmark, entry in zip(benchmarks(recorded), recorded["benchmarks"]):
        origin = entry["start_time"] - 3
        found = rows(benchmark, PLACE, "base", origin)
        succeeded = [row for row in found if row.succeeded]
        made = point(found, benchmark.window_start - origin, benchmark.window_end - origin)
        metrics = entry["metrics"]
        assert made["completed"] == metrics["request_totals"]["successful"]
        assert made["requests_per_second"] == pytest.approx(metrics["requests_per_second"]["successful"]["mean"], rel=1e-6)
        ttft = metrics["time_to_first_token_ms"]["successful"]
        median = guidellm_median([(row.first_token - row.sent) * 1000 for row in succeeded])
        assert median == pytest.approx(ttft["median"], abs=MILLISECONDS)
        assert made["ttft_ms"]["p50"] <= median
        assert made["ttft_ms"]["mean"] == pytest.approx(ttft["mean"], abs=MILLISECONDS)
        latency = metrics["request_latency"]["successful"]
        assert made["latency_ms"]["mean"] == pytest.approx(latency["mean"] * 1000, abs=MILLISECONDS)
        assert made["ttft_ms"]["p95"] is (None if made["completed"] < 59 else made["ttft_ms"]["p95"])


@pytest.mark.parametrize("name", ["errors_mix", "gl5_errors"])
def test_rows_failures_keep_their_status_and_count_as_failed(name: str) -> None:
    recorded = report(name)
    entry = recorded["benchmarks"][0]
    entry["config"]["strategy"].setdefault("streams", 1)
    benchmark = benchmarks(recorded)[0]
    made = rows(benchmark, PLACE, "base", entry["start_time"])
    assert sum(row.succeeded for row in made) == len(benchmark.succeeded)
    assert {row.status for row in made} >= {200, 500, 429}
    assert all(math.isfinite(row.sent) and math.isfinite(row.ended) for row in made)
    assert not any(row.measured for row in made if row.error == "cut")
    figures = point(made, benchmark.window_start - entry["start_time"], benchmark.window_end - entry["start_time"])
    assert 0 < figures["failed"] <= len(benchmark.errored)


def test_load_test_report_that_lost_requests_is_repeated_once(job_run: JobRun, reports: Any) -> None:
    reports("lost_rows", "concurrent")
    load_test(job(replicates=1), job_run.context)
    assert len(job_run.calls("guidellm")) == 3


def test_load_test_requests_lost_twice_fails_with_the_numbers(job_run: JobRun, reports: Any) -> None:
    reports("lost_rows")
    with pytest.raises(OctetError, match="8 created, 5 processed"):
        load_test(job(), job_run.context)


@pytest.mark.parametrize(
    ("said", "kind", "part"),
    [("httpx.ConnectError: All connection attempts failed", "Server", "does not answer"), ("Client error '401 Unauthorized'", "Server", "OCTET_API_KEY")],
)
def test_load_test_tool_fails_gives_a_reason(
    job_run: JobRun, reports: Any, monkeypatch: pytest.MonkeyPatch, said: str, kind: str, part: str
) -> None:
    monkeypatch.setenv("OCTET_STANDIN_FAILURE", said)
    with pytest.raises(OctetError) as error:
        load_test(job(), job_run.context)
    assert (error.value.kind.value, part in error.value.message) == (kind, True)


def test_load_test_not_installed_is_named(job_run: JobRun) -> None:
    if shutil.which("guidellm"):
        pytest.skip("guidellm is installed here")
    with pytest.raises(OctetError, match="guidellm is not installed"):
        load_test(job(), job_run.context)


@pytest.mark.parametrize("content", [{}, {"benchmarks": [{}]}, {"benchmarks": 3}, []])
def test_benchmarks_malformed_report_is_refused(content: Any) -> None:
    with pytest.raises(OctetError, match="has not the known form"):
        benchmarks(content)


def test_passes_blocks_have_seeds_of_their_own() -> None:
    order = passes(2, 3, 7)
    assert [p.block for p in order] == [0, 0, 1, 1, 2, 2]
    assert {p.seed for p in order} == {7, 8, 9}
    assert [order[i].target for i in (0, 2, 4)] in ([0, 1, 0], [1, 0, 1])


def test_probe_reads_gauges_and_hit_rate_of_a_server(job_run: JobRun, reports: Any) -> None:
    queries = iter(range(100, 10**6, 100))

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            count = next(queries)
            page = f'vllm:prefix_cache_queries_total{{e="0"}} {count}\nvllm:prefix_cache_hits_total {count // 4}\nvllm:kv_cache_usage_perc 0.5\n'
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    from octet_loadtest.probe import MetricsProbe

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with MetricsProbe(f"http://127.0.0.1:{server.server_port}") as probe:
            while len(probe._samples) < 3:
                threading.Event().wait(0.01)
        server.shutdown()
    assert probe.during(0, math.inf) == {"prefix_cache_hit_rate": 0.25, "kv_cache_usage": 0.5, "requests_waiting": None}
    assert probe.during(0, 1) == {"prefix_cache_hit_rate": None, "kv_cache_usage": None, "requests_waiting": None}


def test_parse_sums_over_label_sets_and_skips_what_is_no_number() -> None:
    assert parse('# HELP x\nvllm:num_requests_waiting{a="}1"} 2\nvllm:num_requests_waiting{a="2"} 3\nvllm:kv_cache_usage_perc x\n') == {"waiting": 5.0}
