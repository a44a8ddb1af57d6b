"""Job messages of src/Contracts/Jobs/JobMessages.cs; tests hold both against ``tests/data/contracts.json``. Works with pydantic 1.10 and 2."""

from __future__ import annotations

import json
from typing import List, Optional, Type, TypeVar, Union  # noqa: UP035 - read at run time by pydantic on every Python

from pydantic import BaseModel, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from octet_worker_core.failures import one_line

Number = Union[StrictFloat, StrictInt]


class Message(BaseModel, frozen=True, extra="ignore"):
    """A message: unknown members are ignored, as in C#."""


class QuantizeJob(Message):
    """Work for a quantize worker. Paths are relative to the data root, or inside a read-only root."""

    run_id: StrictStr
    model_path: StrictStr
    output_path: StrictStr
    report_path: StrictStr
    scheme: StrictStr
    recipe: StrictStr
    ignore: List[StrictStr]


class EvaluateJob(Message):
    """Work for an evaluate worker."""

    run_id: StrictStr
    variant: StrictStr
    endpoint: StrictStr
    served_model_name: StrictStr
    tokenizer_path: StrictStr
    tasks: List[StrictStr]
    num_fewshot: Optional[StrictInt] = None
    limit: Optional[Number] = None
    concurrency: StrictInt
    apply_chat_template: Optional[StrictBool] = None
    system_instruction: Optional[StrictStr] = None
    fewshot_seed: Optional[StrictInt] = None
    fewshot_as_multiturn: Optional[StrictBool] = None
    datasets_path: Optional[StrictStr] = None
    task_folder: Optional[StrictStr] = None
    output_path: StrictStr
    seed: StrictInt


class LoadJobTarget(Message):
    """One server under load."""

    variant: StrictStr
    endpoint: StrictStr
    server_url: StrictStr
    served_model_name: StrictStr
    sleep_url: Optional[StrictStr] = None


class LatencyLimits(Message):
    """What a good request keeps."""

    ttft_ms: Optional[Number] = None
    itl_ms: Optional[Number] = None
    latency_ms: Optional[Number] = None
    max_error_rate: Number = 0.01


class LoadTestJob(Message):
    """Work for a load worker."""

    run_id: StrictStr
    targets: List[LoadJobTarget]
    tokenizer_path: StrictStr
    prompt_tokens: StrictInt
    prompt_lengths: Optional[StrictStr] = None
    output_tokens: StrictInt
    output_lengths: Optional[StrictStr] = None
    prompts_path: Optional[StrictStr] = None
    concurrency: List[StrictInt]
    seconds: Number
    replicates: StrictInt
    seed: StrictInt
    output_path: StrictStr
    max_requests: StrictInt = 0
    max_errors: StrictInt = 0
    max_error_rate: Number = 1
    limits: Optional[LatencyLimits] = None
    http2: StrictBool = False
    keep_alive: StrictBool = True


class JobResult(Message):
    """What a finished job says: where its report lies."""

    report_path: StrictStr


TMessage = TypeVar("TMessage", bound=Message)


class UnreadableError(ValueError):
    """A message that no worker can read."""


def read_message(kind: Type[TMessage], body: bytes) -> TMessage:  # noqa: UP006
    """The message, or one line that names every wrong member."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(one_line(f"it is not JSON: {error}")) from error
    if not isinstance(content, dict):
        raise UnreadableError("it is not a JSON object")
    try:
        return kind(**content)
    except (ValidationError, TypeError) as error:
        raise UnreadableError(_wrong_members(error)) from error


def _wrong_members(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return one_line(str(error))
    found = ["{}: {}".format(".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()]
    return one_line("; ".join(found))
