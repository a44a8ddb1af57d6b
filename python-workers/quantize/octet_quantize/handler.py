"""Quantizes one model with LLM Compressor and leaves the checkpoint and quantize.json, as the native backend does."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from octet_quantize.checkpoint import Inventory, inventory, pass_on
from octet_quantize.plan import Plan
from octet_worker_core.context import JobContext
from octet_worker_core.failures import FailureKind
from octet_worker_core.files import staged_folder, write_json
from octet_worker_core.messages import JobResult, QuantizeJob
from octet_worker_core.progress_bars import last_bar
from octet_worker_core.reasons import failure
from octet_worker_core.tool import run_tool
from octet_worker_core.versions import accelerator, tool_versions

QUEUE = "quantize:llm-compressor"
_TOOLS = ("llmcompressor", "compressed-tensors", "transformers", "torch")
_GIB = 1 << 30
_HOST_BYTES_PER_BYTE = 1.6  # Peak resident set over the checkpoint's bytes, as measured with LLM Compressor 0.14.


def versions() -> dict[str, str]:
    """What the worker announces."""
    return {**tool_versions(_TOOLS), **accelerator()}


def quantize(job: QuantizeJob, context: JobContext) -> JobResult:
    """The checkpoint appears under its final name only when it is complete."""
    report = context.root.resolve(job.report_path)
    final = context.root.resolve(job.output_path)
    with tempfile.TemporaryDirectory(prefix="octet-quantize-") as scratch, staged_folder(final) as staging:
        plan = Plan.of(job, context.root, staging, Path(scratch, "facts.json"))
        base = inventory(Path(plan.model), FailureKind.MODEL)
        context.report(f"{job.recipe} of {Path(plan.model).name}", 0, base.tensor_bytes, "bytes")
        facts = _compress(plan, Path(scratch), base, context)
        pass_on(Path(plan.model), staging)
        made = inventory(staging, FailureKind.ARTIFACT)
        context.check()
    write_json(report, _report(job, plan, str(final), base, made, facts))
    return JobResult(report_path=os.path.relpath(report, context.root.path))


def _compress(plan: Plan, scratch: Path, base: Inventory, context: JobContext) -> dict[str, Any]:
    plan.write(scratch / "plan.json")

    def look(output: str) -> None:
        if bar := last_bar(output):
            context.report(bar.name or plan.recipe, bar.done, bar.total, "steps")

    command = [sys.executable, "-m", "octet_quantize.compress", str(scratch / "plan.json")]
    environment = {"TOKENIZERS_PARALLELISM": "false", "TRACEPARENT": context.trace_parent}
    end = run_tool(command, context, environment=environment, on_look=look)
    if end.exit_code != 0:
        needed = base.tensor_bytes * _HOST_BYTES_PER_BYTE / _GIB
        hint = f": this model needs about {needed:.1f} GiB with recipe {plan.recipe}; give the worker more, or use recipe model-free"
        raise failure("LLM Compressor", end, memory_hint=hint)
    facts: dict[str, Any] = json.loads(Path(plan.facts).read_text())
    return facts


def _report(job: QuantizeJob, plan: Plan, output: str, base: Inventory, made: Inventory, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "backend": "llm-compressor",
        "tool_versions": versions(),
        "scheme": job.scheme,
        "recipe": job.recipe,
        "model_path": plan.model,
        "output_path": output,
        "bytes_read": base.tensor_bytes,
        "bytes_written": made.tensor_bytes,
        "seconds": facts["seconds"],
        "peak_memory_bytes": facts["peak_memory_bytes"],
        "peak_gpu_memory_bytes": facts["peak_gpu_memory_bytes"],
        "quantized_tensors": made.quantized,
        "copied_tensors": made.copied,
    }
