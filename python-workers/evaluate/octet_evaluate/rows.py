"""LM Eval's samples as rows of samples.VARIANT.parquet."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.parquet import Cell, Column

MULTIPLE_CHOICE, INSTRUCTIONS, TEXT = "MultipleChoice", "InstructionFollowing", "TextLikelihood"


@dataclass(frozen=True)
class SampleRow:
    """One document answered by one model; the members are those of src/Contracts/Results/Evaluation.cs."""

    task: str
    subject: str
    doc_id: int
    doc_hash: str
    prompt_hash: str
    gold: int
    choice: int
    choice_norm: int
    log_likelihoods: list[float]
    tokens: int
    response: str
    instruction_ids: list[str]
    instruction_strict: list[bool]
    instruction_loose: list[bool]
    score: Optional[float]
    milliseconds: float

    def cells(self) -> list[Cell]:
        """In the order of :data:`COLUMNS`; lists are JSON text, no score is NaN."""
        return [self._cell(getattr(self, column.name)) for column in COLUMNS]

    @staticmethod
    def _cell(value: Any) -> Cell:
        if value is None:
            return math.nan
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, list) else value


COLUMNS = [
    Column(name, kind)
    for name, kind in (
        ("task", str),
        ("subject", str),
        ("doc_id", int),
        ("doc_hash", str),
        ("prompt_hash", str),
        ("gold", int),
        ("choice", int),
        ("choice_norm", int),
        ("log_likelihoods", str),
        ("tokens", int),
        ("response", str),
        ("instruction_ids", str),
        ("instruction_strict", str),
        ("instruction_loose", str),
        ("score", float),
        ("milliseconds", float),
    )
]


def kind_of(sample: dict[str, Any]) -> str:
    """By the metrics that LM Eval computed."""
    metrics = sample["metrics"]
    if "acc" in metrics:
        return MULTIPLE_CHOICE
    if "prompt_level_strict_acc" in metrics:
        return INSTRUCTIONS
    if "byte_perplexity" in metrics:
        return TEXT
    raise OctetError(FailureKind.USAGE, f"a task with the metrics {', '.join(metrics)} cannot be compared by Octet")


def row(task: str, doc_id: int, sample: dict[str, Any], milliseconds: float, count_tokens: Callable[[str], int]) -> SampleRow:
    """``count_tokens`` counts generated and scored tokens, which LM Eval does not keep."""
    try:
        kind = kind_of(sample)
        if kind == MULTIPLE_CHOICE:
            found = _choice(sample)
        elif kind == INSTRUCTIONS:
            found = _instructions(sample, count_tokens)
        else:
            found = _text(sample, count_tokens)
        common: dict[str, Any] = {"gold": -1, "choice": -1, "choice_norm": -1, "log_likelihoods": [], "tokens": 0, "response": "", "score": None}
        lists: dict[str, Any] = {"instruction_ids": [], "instruction_strict": [], "instruction_loose": []}
        return SampleRow(
            task=task,
            subject=str(sample["doc"].get("subject", "")) if isinstance(sample["doc"], dict) else "",
            doc_id=doc_id,
            doc_hash=sample["doc_hash"],
            prompt_hash=sample["prompt_hash"],
            milliseconds=milliseconds,
            **{**common, **lists, **found},
        )
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise OctetError(FailureKind.MEASUREMENT, f"a sample of {task} has not the known form: {type(error).__name__} {error}") from error


def _choice(sample: dict[str, Any]) -> dict[str, Any]:
    sums = [float(answer[0]) for answer in sample["filtered_resps"]]
    texts = [sample["arguments"][f"gen_args_{index}"]["arg_1"] for index in range(len(sums))]
    if all(text.startswith(" ") for text in texts):
        texts = [text[1:] for text in texts]  # The delimiter before a choice; with a chat template there is none.
    gold = int(sample["target"])
    choice = sums.index(max(sums))
    normalized = [total / max(1, len(text)) for total, text in zip(sums, texts)]
    choice_norm = normalized.index(max(normalized))
    primary, chosen = ("acc_norm", choice_norm) if "acc_norm" in sample["metrics"] else ("acc", choice)
    if (choice == gold) != bool(sample["acc"]) or (chosen == gold) != bool(sample[primary]):
        raise ValueError(f"document {sample['doc_id']}: its scores give another choice than LM Eval's {primary}")
    return {"gold": gold, "choice": choice, "choice_norm": choice_norm, "log_likelihoods": sums, "score": float(sample[primary])}


def _instructions(sample: dict[str, Any], count_tokens: Callable[[str], int]) -> dict[str, Any]:
    response = str(sample["filtered_resps"][0])
    return {
        "response": response,
        "tokens": count_tokens(response),
        "instruction_ids": [str(name) for name in sample["doc"]["instruction_id_list"]],
        "instruction_strict": [bool(passed) for passed in sample["inst_level_strict_acc"]],
        "instruction_loose": [bool(passed) for passed in sample["inst_level_loose_acc"]],
        "score": float(sample["prompt_level_strict_acc"]),
    }


def _text(sample: dict[str, Any], count_tokens: Callable[[str], int]) -> dict[str, Any]:
    text = str(sample["arguments"]["gen_args_0"]["arg_0"])
    return {"log_likelihoods": [float(sample["filtered_resps"][0])], "tokens": count_tokens(text)}
