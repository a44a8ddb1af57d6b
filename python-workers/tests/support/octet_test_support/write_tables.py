"""``python -m octet_test_support.write_tables DIR``: every file that the workers leave, for readers in other languages."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from octet_evaluate.outputs import read_outputs
from octet_evaluate.rows import COLUMNS as SAMPLE_COLUMNS
from octet_evaluate.rows import kind_of
from octet_evaluate.rows import row as sample_row
from octet_evaluate.summary import task_report
from octet_loadtest.rows import COLUMNS as REQUEST_COLUMNS
from octet_loadtest.rows import benchmarks
from octet_loadtest.rows import rows as request_rows
from octet_loadtest.schedule import Pass
from octet_loadtest.summary import point
from octet_worker_core.files import write_bytes, write_json
from octet_worker_core.parquet import table

_DATA = Path(__file__).parents[2] / "data"


def main(folder: Path) -> None:
    """Load test and evaluation of the recorded outputs."""
    _load(folder)
    _evaluation(folder)
    write_bytes(folder / "empty.parquet", table(REQUEST_COLUMNS, []))


def _load(folder: Path) -> None:
    rows, points = [], []
    for name in ("concurrent", "errors_mix"):
        report = json.loads(gzip.decompress((_DATA / f"guidellm/{name}.json.gz").read_bytes()))
        origin = report["benchmarks"][0]["start_time"]
        for benchmark in benchmarks(report):
            found = request_rows(benchmark, Pass(len(points), 0, 0, 42), "base", origin)
            rows += found
            points.append(
                {
                    **point(found, benchmark.window_start - origin, benchmark.window_end - origin),
                    "prefix_cache_hit_rate": None,
                    "kv_cache_usage": 0.5,
                    "requests_waiting": None,
                }
            )
    write_bytes(folder / "requests.parquet", table(REQUEST_COLUMNS, [row.cells() for row in rows]))
    facts = {"backend": "guidellm", "tool_versions": {"guidellm": "0.8.1"}, "prompt_tokens": 64, "output_tokens": 32, "seed": 42}
    write_json(folder / "load.json", {**facts, "seconds": 60.0, "points": points})


def _evaluation(folder: Path) -> None:
    unpacked = folder / "lm-eval"
    for path in (_DATA / "lm-eval/chat").iterdir():
        write_bytes(unpacked / path.name.removesuffix(".gz"), gzip.decompress(path.read_bytes()))
    outputs = read_outputs(unpacked)
    rows, reports = [], []
    for task in ("hellaswag", "ifeval"):
        samples = outputs.samples[task]
        found = [sample_row(task, index, sample, 1.5, lambda text: len(text.split())) for index, sample in enumerate(samples)]
        rows += found
        reports.append(task_report(task, kind_of(samples[0]), found, outputs, 2.0))
    write_bytes(folder / "samples.base.parquet", table(SAMPLE_COLUMNS, [row.cells() for row in rows]))
    facts = {"variant": "base", "backend": "lm-eval", "tool_versions": {"lm_eval": "0.4.13"}, "engine": "vllm 0.32.0", "seconds": 4.0}
    write_json(folder / "results.base.json", {**facts, "tasks": reports})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
