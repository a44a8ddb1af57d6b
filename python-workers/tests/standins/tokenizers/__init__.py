"""A tokenizer that counts words."""

from __future__ import annotations


class Encoding:
    """Its ids."""

    def __init__(self, count: int) -> None:
        self.ids = list(range(count))


class Tokenizer:
    """One token a word."""

    @staticmethod
    def from_file(path: str) -> Tokenizer:
        assert path.endswith("tokenizer.json")
        return Tokenizer()

    def encode(self, text: str, add_special_tokens: bool) -> Encoding:
        assert not add_special_tokens
        return Encoding(len(text.split()))
