"""Task reports: LM Eval's own metrics and standard errors, and the mean loss of texts."""

from __future__ import annotations

import math
from typing import Any

from octet_evaluate.outputs import Outputs
from octet_evaluate.rows import INSTRUCTIONS, MULTIPLE_CHOICE, TEXT, SampleRow

_PRIMARY = {INSTRUCTIONS: "prompt_level_strict_acc", TEXT: "nll"}


def task_report(task: str, kind: str, rows: list[SampleRow], outputs: Outputs, seconds: float) -> dict[str, Any]:
    """An entry of results.VARIANT.json's tasks."""
    recorded = outputs.results["results"].get(task, {})
    metrics = _numbers(recorded, "")
    if kind == TEXT:
        tokens = sum(row.tokens for row in rows)
        metrics["nll"] = -math.fsum(row.log_likelihoods[0] for row in rows) / tokens
        metrics["tokens"] = float(tokens)
    if kind == MULTIPLE_CHOICE and "acc" not in metrics:
        metrics["acc"] = sum(row.choice == row.gold for row in rows) / len(rows)
    primary = _PRIMARY.get(kind) or ("acc_norm" if "acc_norm" in metrics else "acc")
    return {
        "task": task,
        "kind": kind,
        "primary_metric": primary,
        "documents": len(rows),
        "metrics": metrics,
        "standard_errors": _numbers(recorded, "_stderr"),
        "seconds": seconds,
    }


def _numbers(recorded: dict[str, Any], suffix: str) -> dict[str, float]:
    """``acc,none`` -> acc; standard errors stand beside their metrics as ``acc_stderr,none``, N/A where there is none."""
    found: dict[str, float] = {}
    for key, value in recorded.items():
        name, comma, _ = key.partition(",")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if comma and is_number and name.endswith("_stderr") == bool(suffix):
            found[name.removesuffix("_stderr")] = float(value)
    return found
