"""Modifiers that describe themselves."""

from __future__ import annotations


class QuantizationModifier:
    """Round to nearest."""

    def __init__(self, targets: str, scheme: str, ignore: list[str]) -> None:
        self.described = {"QuantizationModifier": {"targets": targets, "scheme": scheme, "ignore": ignore}}
