"""LLM Compressor's entry points: they record their arguments; the model of the stand-in transformers replays the artefact."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from standin_calls import record


def oneshot(
    model: Any,
    recipe: Any = None,
    processor: Any = None,
    dataset: Any = None,
    max_seq_length: int = 384,
    num_calibration_samples: int = 512,
    shuffle_calibration_samples: bool = True,
) -> Any:
    """As llmcompressor 0.14, with the parameters that Octet uses."""
    steps = recipe if isinstance(recipe, list) else [recipe]
    record(
        "oneshot",
        recipe=[step.described for step in steps],
        has_processor=processor is not None,
        rows=None if dataset is None else dataset.rows,
        max_seq_length=max_seq_length,
        num_calibration_samples=num_calibration_samples,
        shuffle=shuffle_calibration_samples,
    )
    sys.stderr.write("(1/2): Calibrating: 100%|##########| 2/2 [00:00<00:00]\nCompression lifecycle finalized for 1 modifiers\n")
    return model


def model_free_ptq(model_stub: str, save_directory: str, scheme: str, ignore: list[str], max_workers: int = 1, device: str = "cpu") -> None:
    """As llmcompressor 0.14."""
    record("model_free_ptq", scheme=scheme, ignore=ignore, max_workers=max_workers, device=device)
    shutil.copytree(os.environ["OCTET_STANDIN_ARTEFACT"], save_directory)
