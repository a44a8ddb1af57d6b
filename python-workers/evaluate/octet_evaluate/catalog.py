"""The tasks that a local folder of data sets can feed, with the places of their rows (as src/Evaluator/Tasks/Definitions has them)."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from octet_worker_core.failures import FailureKind, OctetError

_MMLU_TEXT = "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"
_MMLU_DESCRIPTION = "The following are multiple choice questions (with answers) about {{subject.replace('_', ' ')}}.\n\n"
_MEAN: dict[str, Any] = {"aggregation": "mean", "higher_is_better": True}


@dataclass(frozen=True)
class LocalTask:
    """``stock`` is a file below lm_eval/tasks to include; ``split`` the split that its documents come from."""

    name: str
    files: tuple[str, ...]
    split: str
    stock: Optional[str]
    own: dict[str, Any]


_MMLU = {
    "doc_to_text": _MMLU_DESCRIPTION + _MMLU_TEXT,
    "doc_to_target": "answer",
    "doc_to_choice": ["A", "B", "C", "D"],
    "output_type": "multiple_choice",
    "metric_list": [{"metric": "acc", **_MEAN}],
}
_TEXT = {
    "doc_to_text": "",
    "doc_to_target": "{{text}}",
    "output_type": "loglikelihood_rolling",
    "metric_list": [{"metric": "word_perplexity"}, {"metric": "byte_perplexity"}, {"metric": "bits_per_byte"}],
}
_SHORT_ANSWERS = {"generation_kwargs": {"until": [], "do_sample": False, "temperature": 0.0, "max_gen_toks": 96}}

TASKS = {
    task.name: task
    for task in (
        LocalTask("arc_easy", ("arc_easy/test.jsonl", "arc/ARC-Easy-Test.jsonl"), "test", "arc/arc_easy.yaml", {}),
        LocalTask("arc_challenge", ("arc_challenge/test.jsonl", "arc/ARC-Challenge-Test.jsonl"), "test", "arc/arc_challenge.yaml", {}),
        LocalTask("hellaswag", ("hellaswag/validation.jsonl", "hellaswag/hellaswag_val.jsonl"), "validation", "hellaswag/hellaswag.yaml", {}),
        LocalTask("ifeval", ("ifeval/train.jsonl", "ifeval/input_data.jsonl"), "train", "ifeval/ifeval.yaml", {}),
        LocalTask("mmlu", ("mmlu/test.jsonl",), "test", None, _MMLU),
        LocalTask("mini_mmlu", ("mini_mmlu.jsonl",), "test", None, _MMLU),
        LocalTask("mini_arc", ("mini_arc.jsonl",), "test", "arc/arc_easy.yaml", {}),
        LocalTask("mini_hellaswag", ("mini_hellaswag.jsonl",), "validation", "hellaswag/hellaswag.yaml", {}),
        LocalTask("mini_ifeval", ("mini_ifeval.jsonl",), "train", "ifeval/ifeval.yaml", _SHORT_ANSWERS),
        LocalTask("mini_heldout", ("mini_heldout.jsonl",), "test", None, _TEXT),
    )
}

GENERATION_TASKS = ("ifeval", "mini_ifeval")
"""Tasks whose documents are chats: they go through the chat template where the model has one."""

_LARGEST_ROWS = 1 << 30


def write_tasks(names: list[str], datasets: Path, stock: Path, folder: Path) -> None:
    """Leaves one task file a name, and the rows it reads, in the folder (JSON is YAML)."""
    for name in names:
        task = TASKS.get(name)
        if task is None:
            raise OctetError(FailureKind.USAGE, f"task '{name}' cannot be read from a folder; known are {', '.join(sorted(TASKS))}")
        found = next((datasets / file for file in task.files if (datasets / file).is_file()), None)
        if found is None:
            raise OctetError(FailureKind.DATASET, f"task '{name}' needs {' or '.join(task.files)} in {datasets}")
        (folder / f"octet_{name}.yaml").write_text(json.dumps(_definition(task, _plain(found, folder), stock), indent=1))


def _definition(task: LocalTask, rows: Path, stock: Path) -> dict[str, Any]:
    included = {"include": str(stock / task.stock)} if task.stock else {}
    splits: dict[str, Optional[str]] = {"training_split": None, "validation_split": None, "test_split": None, "fewshot_split": None}
    splits[f"{task.split}_split" if task.split != "train" else "test_split"] = task.split
    return {
        **included,
        "task": task.name,
        "tag": None,
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": {task.split: str(rows)}},
        **splits,
        **task.own,
        "metadata": {"version": 1.0},
    }


def _plain(path: Path, folder: Path) -> Path:
    """The rows as they are, or unpacked."""
    if path.suffix != ".gz":
        return path
    with gzip.open(path, "rb") as stream:
        content = stream.read(_LARGEST_ROWS)
    plain = folder / path.stem
    plain.write_bytes(content)
    return plain
