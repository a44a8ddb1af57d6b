"""Reads what LM Eval leaves: results_*.json and samples_TASK_*.jsonl."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octet_worker_core.failures import FailureKind, OctetError

_SAMPLES = re.compile(r"samples_(.+?)(?:_\d{4}-\d\d-\d\dT[\d.\-:]+)?\.jsonl")


@dataclass(frozen=True)
class Outputs:
    """``samples`` by LM Eval's task name, in the order of their documents."""

    results: dict[str, Any]
    samples: dict[str, list[dict[str, Any]]]

    def leaves(self, task: str) -> list[str]:
        """The tasks below a group, or the task itself; in the order of LM Eval's results."""
        below = self.results.get("group_subtasks", {}).get(task) or []
        if not below:
            return [task] if task in self.samples else []
        return [leaf for child in below for leaf in self.leaves(child)]


def read_outputs(folder: Path) -> Outputs:
    """The only run below the folder."""
    results = sorted(folder.rglob("results*.json"))
    if len(results) != 1:
        raise OctetError(FailureKind.MEASUREMENT, f"LM Eval ended well but left {len(results)} results files")
    samples: dict[str, list[dict[str, Any]]] = {}
    try:
        for path in sorted(folder.rglob("samples_*.jsonl")):
            match = _SAMPLES.fullmatch(path.name)
            if match:
                lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
                samples[match[1]] = sorted(lines, key=lambda line: int(line["doc_id"]))
        return Outputs(json.loads(results[0].read_text(encoding="utf-8")), samples)
    except (ValueError, KeyError, TypeError) as error:
        raise OctetError(FailureKind.MEASUREMENT, f"LM Eval's output cannot be read: {type(error).__name__} {error}") from error
