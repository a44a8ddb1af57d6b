"""Modifiers of LLM Compressor. Imported only in the child process."""

from __future__ import annotations

import importlib
from typing import Any

from octet_quantize.plan import Plan

_SMOOTHING_STRENGTH = 0.8
_SMOOTHQUANT_MODULES = ("llmcompressor.modifiers.smoothquant", "llmcompressor.modifiers.transform.smoothquant")


def modifiers(plan: Plan) -> Any:
    """The recipe of ``oneshot``."""
    if plan.recipe == "data-free":
        from llmcompressor.modifiers.quantization import QuantizationModifier

        return QuantizationModifier(targets="Linear", scheme=plan.scheme, ignore=plan.ignore)
    from llmcompressor.modifiers.gptq import GPTQModifier

    gptq = GPTQModifier(targets="Linear", scheme=plan.scheme, ignore=plan.ignore)
    if plan.recipe == "gptq":
        return [gptq]
    return [_smoothquant()(smoothing_strength=_SMOOTHING_STRENGTH), gptq]


def _smoothquant() -> Any:
    """The class moved between versions."""
    for name in _SMOOTHQUANT_MODULES[:-1]:
        try:
            return importlib.import_module(name).SmoothQuantModifier
        except ImportError:
            continue
    return importlib.import_module(_SMOOTHQUANT_MODULES[-1]).SmoothQuantModifier
