"""Modifiers that describe themselves."""

from __future__ import annotations


class GPTQModifier:
    """GPTQ."""

    def __init__(self, targets: str, scheme: str, ignore: list[str]) -> None:
        self.described = {"GPTQModifier": {"targets": targets, "scheme": scheme, "ignore": ignore}}
