"""``python -m octet_quantize.compress PLAN``: the child process that runs LLM Compressor and leaves the artefact and its facts."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from octet_quantize.calibration import sequences
from octet_quantize.plan import CALIBRATED, Plan
from octet_quantize.recipes import modifiers


def main(plan_path: str) -> None:
    """Runs the plan; errors go to stderr as LLM Compressor raised them."""
    plan = Plan.read(Path(plan_path))
    started = time.monotonic()
    if plan.recipe == "model-free":
        _model_free(plan)
    else:
        _oneshot(plan)
    facts = {"seconds": time.monotonic() - started, "peak_memory_bytes": _peak_memory(), "peak_gpu_memory_bytes": _peak_gpu_memory()}
    Path(plan.facts).write_text(json.dumps(facts))


def _oneshot(plan: Plan) -> None:
    from llmcompressor import oneshot
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(plan.model, dtype="auto", trust_remote_code=False)
    arguments: dict[str, Any] = {"model": model, "recipe": modifiers(plan)}
    if plan.recipe in CALIBRATED:
        tokenizer = AutoTokenizer.from_pretrained(plan.model, trust_remote_code=False)
        arguments |= {
            "dataset": sequences(plan.calibration, tokenizer),
            "processor": tokenizer,
            "max_seq_length": plan.calibration.length,
            "num_calibration_samples": plan.calibration.samples,
            "shuffle_calibration_samples": False,
        }
    oneshot(**arguments)
    model.save_pretrained(plan.output, save_compressed=True)


def _model_free(plan: Plan) -> None:
    from llmcompressor import model_free_ptq

    ignore = [*plan.ignore, "re:.*embed_tokens$"]
    device = "cuda:0" if _has_gpu() else "cpu"
    model_free_ptq(model_stub=plan.model, save_directory=plan.output, scheme=plan.scheme, ignore=ignore, max_workers=1, device=device)


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _peak_gpu_memory() -> int:
    import torch

    return int(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else 0


if __name__ == "__main__":
    main(sys.argv[1])
