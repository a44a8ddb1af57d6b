"""Counts tokens with the model's own tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def counter(folder: Path) -> Callable[[str], int]:
    """Loads the tokenizer when first asked; special tokens are not added."""
    loaded: list[Any] = []

    def count(text: str) -> int:
        if not loaded:
            from tokenizers import Tokenizer  # type: ignore[import]

            loaded.append(Tokenizer.from_file(str(folder / "tokenizer.json")))
        return len(loaded[0].encode(text, add_special_tokens=False).ids)

    return count
