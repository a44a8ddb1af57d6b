"""Loads JSON lines; knows no hub."""

from __future__ import annotations

import json
from typing import Any


class Dataset:
    """Rows in memory."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    @staticmethod
    def from_dict(columns: dict[str, list[Any]]) -> Dataset:
        names = list(columns)
        return Dataset([dict(zip(names, values)) for values in zip(*columns.values())])

    def __iter__(self) -> Any:
        return iter(self.rows)


class DatasetNotFoundError(Exception):
    """As the real one is named."""


def load_dataset(path: str, name: str | None = None, *, data_files: str | None = None, split: str) -> Dataset:
    """JSON lines only; anything else is not found, as without a network."""
    if path != "json" or data_files is None:
        raise DatasetNotFoundError(f"Dataset '{path}' doesn't exist on the Hub or cannot be accessed.")
    assert split == "train" and name is None
    with open(data_files, encoding="utf-8") as stream:
        return Dataset([json.loads(line) for line in stream])
