"""Evaluates one served model with LM Eval and leaves results.VARIANT.json and samples.VARIANT.parquet, as the native backend does."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from octet_evaluate.catalog import write_tasks
from octet_evaluate.command import Group, Invocation, arguments, groups
from octet_evaluate.endpoint import describe
from octet_evaluate.outputs import Outputs, read_outputs
from octet_evaluate.rows import COLUMNS, SampleRow, kind_of, row
from octet_evaluate.summary import task_report
from octet_evaluate.task_files import copy_tasks
from octet_evaluate.tokens import counter
from octet_worker_core.context import JobContext
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.files import staged_folder, write_bytes, write_json
from octet_worker_core.messages import EvaluateJob, JobResult
from octet_worker_core.parquet import table
from octet_worker_core.progress_bars import last_bar
from octet_worker_core.reasons import Reason, failure
from octet_worker_core.tool import run_tool
from octet_worker_core.versions import accelerator, tool_versions

QUEUE = "evaluate:lm-eval"
_REASONS = (
    Reason(
        r"(ClientConnectorError|ConnectionRefusedError|Cannot connect to host)[^\n]*",
        FailureKind.SERVER,
        "the server does not answer ({0}): look whether it still runs",
    ),
    Reason(
        r"API request failed with error message:? ?([^\n]{0,300})", FailureKind.SERVER, "the server refuses requests: {0}"
    ),
    Reason(
        r"Resource \S*punkt\S* not found", FailureKind.DATASET, "IFEval needs nltk's punkt_tab: install it where nltk of the worker looks"
    ),
    Reason(
        r"(?:KeyError|ValueError): [^\n]*[Tt]asks?[^\n]*not found[^\n]*",
        FailureKind.USAGE,
        "LM Eval does not know one of the tasks: see `lm_eval ls tasks`",
    ),
)


def versions() -> dict[str, str]:
    """What the worker announces."""
    return {**tool_versions(("lm_eval", "transformers", "datasets")), **accelerator()}


def evaluate(job: EvaluateJob, context: JobContext) -> JobResult:
    """One LM Eval run for the scored tasks and one for the generated; LM Eval's own files are kept under ``lm-eval``."""
    started = time.monotonic()
    output = context.root.resolve(job.output_path)
    tokenizer = context.root.resolve_readable(job.tokenizer_path)
    datasets = context.root.resolve_readable(job.datasets_path) if job.datasets_path else None
    folder = context.root.resolve_readable(job.task_folder) if job.task_folder else None
    if folder is not None and not folder.is_dir():
        raise OctetError(FailureKind.USAGE, f"folder of task files '{folder}' does not exist")
    if not job.tasks or job.concurrency < 1:
        raise OctetError(FailureKind.USAGE, "an evaluation needs tasks, and a concurrency above zero")
    model = describe(job.endpoint, job.served_model_name)
    rows: list[SampleRow] = []
    reports: list[dict[str, Any]] = []
    with staged_folder(output / "lm-eval" / job.variant) as kept:
        kept.mkdir()
        for group in groups(list(job.tasks), job.apply_chat_template, _has_template(tokenizer), model.max_model_len):
            begun = time.monotonic()
            outputs = _run(job, group, Places(tokenizer, datasets, folder, kept), context)
            found, made = _collect(group, outputs, time.monotonic() - begun, tokenizer)
            rows += found
            reports += made
    order = list(job.tasks)
    report = {
        "variant": job.variant,
        "backend": "lm-eval",
        "tool_versions": versions(),
        "engine": model.engine,
        "problems": [],  # LM Eval leaves no document out: it ends without results instead.
        "seconds": time.monotonic() - started,
        "tasks": sorted(reports, key=lambda entry: order.index(entry["task"])),
    }
    rows.sort(key=lambda entry: order.index(entry.task))
    write_bytes(output / f"samples.{job.variant}.parquet", table(COLUMNS, [entry.cells() for entry in rows]))
    path = output / f"results.{job.variant}.json"
    write_json(path, report)
    return JobResult(report_path=os.path.relpath(path, context.root.path))


@dataclass(frozen=True)
class Places:
    """Folders of one evaluation; ``tasks`` holds the user's own task files."""

    tokenizer: Path
    datasets: Optional[Path]
    tasks: Optional[Path]
    kept: Path


def _run(job: EvaluateJob, group: Group, places: Places, context: JobContext) -> Outputs:
    with tempfile.TemporaryDirectory(prefix="octet-evaluate-") as scratch:
        include, made = Path(scratch, "tasks"), Path(scratch, "output")
        defined: set[str] = set()
        if places.tasks is None:
            include.mkdir()
        else:
            defined = copy_tasks(places.tasks, include)
        environment = _environment(offline=places.datasets is not None)
        if places.datasets is not None:
            names = [task for task in group.tasks if task not in defined]
            write_tasks(names, places.datasets, _stock_tasks(), include)
        call = Invocation(
            group,
            job.endpoint,
            job.served_model_name,
            str(places.tokenizer),
            job.concurrency,
            job.num_fewshot,
            job.limit,
            job.seed,
            include if places.datasets is not None or places.tasks is not None else None,
            made,
            job.system_instruction,
            job.fewshot_seed,
            job.fewshot_as_multiturn,
        )

        def look(output: str) -> None:
            if bar := last_bar(output):
                context.report(f"{bar.name or 'evaluating'} on {job.variant}", bar.done, bar.total, "requests")

        context.report(f"{', '.join(group.tasks)} on {job.variant}", 0, 0, "requests")
        end = run_tool(arguments(call), context, environment=environment, on_look=look, folder=Path(scratch))
        if end.exit_code != 0:
            raise failure("LM Eval", end, _REASONS)
        outputs = read_outputs(made)
        shutil.copytree(made, places.kept / ("chat" if group.chat else "plain"), dirs_exist_ok=True)
        return outputs


def _collect(group: Group, outputs: Outputs, seconds: float, tokenizer: Path) -> tuple[list[SampleRow], list[dict[str, Any]]]:
    count = counter(tokenizer)
    everything = max(1, sum(len(samples) for samples in outputs.samples.values()))
    rows: list[SampleRow] = []
    reports: list[dict[str, Any]] = []
    for task in group.tasks:
        samples = [sample for leaf in outputs.leaves(task) for sample in outputs.samples[leaf]]
        if not samples:
            raise OctetError(FailureKind.MEASUREMENT, f"LM Eval left no samples of task {task}")
        found = [row(task, index, sample, seconds * 1000 / everything, count) for index, sample in enumerate(samples)]
        rows += found
        reports.append(task_report(task, kind_of(samples[0]), found, outputs, seconds * len(found) / everything))
    return rows, reports


def _environment(*, offline: bool) -> dict[str, str]:
    environment = {"TOKENIZERS_PARALLELISM": "false", "OPENAI_API_KEY": os.environ.get("OCTET_API_KEY", "")}
    return {**environment, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"} if offline else environment


def _has_template(tokenizer: Path) -> bool:
    if (tokenizer / "chat_template.jinja").is_file():
        return True
    try:
        config = json.loads((tokenizer / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and bool(config.get("chat_template"))


def _stock_tasks() -> Path:
    found = importlib.util.find_spec("lm_eval")
    if found is None or not found.submodule_search_locations:
        raise OctetError(FailureKind.BACKEND_UNAVAILABLE, "lm_eval is not installed: install the worker's requirements")
    return Path(next(iter(found.submodule_search_locations)), "tasks")
