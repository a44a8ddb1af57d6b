"""Token ids of the calibration texts. Imported only in the child process."""

from __future__ import annotations

from typing import Any

from octet_quantize.plan import Calibration


def sequences(calibration: Calibration, tokenizer: Any) -> Any:
    """A data set with ``input_ids``: the first texts that are not blank, cut to the length."""
    from datasets import Dataset, load_dataset

    if calibration.dataset.endswith(".jsonl"):
        rows = load_dataset("json", data_files=calibration.dataset, split="train")
    else:
        rows = load_dataset(calibration.dataset, calibration.config or None, split=calibration.split)
    ids: list[list[int]] = []
    for row in rows:
        text = row[calibration.column]
        if not text.strip():
            continue
        encoded = tokenizer(text, truncation=True, max_length=calibration.length)["input_ids"]
        if encoded:
            ids.append(list(encoded))
        if len(ids) == calibration.samples:
            break
    if not ids:
        raise ValueError(f"Couldn't find any text in column {calibration.column} of {calibration.dataset}")
    return Dataset.from_dict({"input_ids": ids})
