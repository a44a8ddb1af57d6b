"""LM Eval's command line for one group of tasks (0.4.10 and later: ``lm_eval run``)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from octet_evaluate.catalog import GENERATION_TASKS

_SCORING_LENGTH = 2048
_LONGEST_ANSWER = 1280
_MINI_ANSWER = 96
_SHORTEST_PROMPT = 256
_SEEDS = "0,1234,1234"
"""LM Eval's own for Python, numpy and torch."""


@dataclass(frozen=True)
class Group:
    """Tasks that share the chat template or its absence, and the longest context."""

    tasks: list[str]
    chat: bool
    max_length: int

    @property
    def generates(self) -> bool:
        """Its documents are answered in words."""
        return any(task in GENERATION_TASKS for task in self.tasks)


def groups(tasks: list[str], chat: Optional[bool], has_template: bool, max_model_len: int) -> list[Group]:
    """Scoring tasks plain and at most 2,048 tokens long as LM Eval's default; instructions as chats with the model's whole length.

    ``chat`` true or false is for every task, ``None`` for instructions only, where the model has a template.
    """
    scored = [task for task in tasks if task not in GENERATION_TASKS]
    generated = [task for task in tasks if task in GENERATION_TASKS]
    made = [
        Group(scored, chat is True, min(_SCORING_LENGTH, max_model_len)),
        Group(generated, has_template if chat is None else chat, max_model_len),
    ]
    return [group for group in made if group.tasks]


@dataclass(frozen=True)
class Invocation:
    """Everything that one call needs."""

    group: Group
    endpoint: str
    model: str
    tokenizer: str
    concurrency: int
    num_fewshot: Optional[int]
    limit: Union[int, float, None]
    seed: int
    include: Optional[Path]
    output: Path
    system_instruction: Optional[str] = None
    fewshot_seed: Optional[int] = None
    fewshot_as_multiturn: Optional[bool] = None


def arguments(call: Invocation) -> list[str]:
    """The whole command. The key travels in OPENAI_API_KEY, never here."""
    model = {
        "model": call.model,
        "base_url": call.endpoint.rstrip("/") + "/completions",
        "tokenizer": call.tokenizer,
        "tokenizer_backend": "huggingface",
        "tokenized_requests": True,
        "num_concurrent": call.concurrency,
        "max_retries": 3,
        "max_length": call.group.max_length,
        "seed": call.seed,
    }
    command = [sys.executable, "-m", "lm_eval", "run", "--model", "local-completions", "--model_args"]
    command += [f"{name}={value}" for name, value in model.items()]
    command += ["--tasks", *call.group.tasks, "--batch_size", "1", "--log_samples", "--output_path", str(call.output)]
    if call.num_fewshot is not None:
        command += ["--num_fewshot", str(call.num_fewshot)]
    if call.limit is not None:
        command += ["--limit", str(call.limit)]
    if call.group.chat:
        command += ["--apply_chat_template"]
        if call.fewshot_as_multiturn is not None:
            command += ["--fewshot_as_multiturn", str(call.fewshot_as_multiturn).lower()]
    if call.system_instruction is not None:
        command += [f"--system_instruction={call.system_instruction}"]
    if call.fewshot_seed is not None:
        command += ["--seed", f"{_SEEDS},{call.fewshot_seed}"]
    if call.group.generates and call.group.max_length < _LONGEST_ANSWER + _SHORTEST_PROMPT:
        # LM Eval cuts prompts to what the longest answer leaves, which would be nothing here.
        longest = _MINI_ANSWER if call.group.tasks == ["mini_ifeval"] else call.group.max_length // 2
        command += ["--gen_kwargs", f"max_gen_toks={min(longest, call.group.max_length // 2)}"]
    if call.include is not None:
        command += ["--include_path", str(call.include)]
    return command
