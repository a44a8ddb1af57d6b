"""Strict checks of the fifteen IFEval instruction kinds that the mini task uses.

The two kinds of letter case are checked for case alone: the original also asks a language detector.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def _bullets(text: str, num_bullets: int) -> bool:
    stars = re.findall(r"^\s*\*[^\*].*$", text, flags=re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, flags=re.MULTILINE)
    return len(stars) + len(dashes) == num_bullets


def _highlights(text: str, num_highlights: int) -> bool:
    single = [h for h in re.findall(r"\*[^\n\*]*\*", text) if h.strip("*").strip()]
    double = [h for h in re.findall(r"\*\*[^\n\*]*\*\*", text) if h.removeprefix("**").removesuffix("**").strip()]
    return len(single) + len(double) >= num_highlights


def _two(text: str) -> bool:
    parts = text.split("******")
    inner_empty = any(not part.strip() for part in parts[1:-1])
    valid = [part for part in parts if part.strip()]
    return not inner_empty and len(valid) == 2 and valid[0].strip() != valid[1].strip()


def _postscript(text: str, postscript_marker: str) -> bool:
    patterns = {"P.P.S": r"\s*p\.\s?p\.\s?s.*$", "P.S.": r"\s*p\.\s?s\..*$"}
    pattern = patterns.get(postscript_marker, r"\s*" + postscript_marker.lower() + r".*$")
    return bool(re.findall(pattern, text.lower(), flags=re.MULTILINE))


def _json(text: str) -> bool:
    text = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except ValueError:
        return False
    return True


def _quoted(text: str) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == '"' and text[-1] == '"'


CHECKS: dict[str, Callable[..., bool]] = {
    "punctuation:no_comma": lambda text: "," not in text,
    "change_case:english_lowercase": str.islower,
    "change_case:english_capital": str.isupper,
    "startend:end_checker": lambda text, end_phrase: text.strip().strip('"').lower().endswith(end_phrase.strip().lower()),
    "detectable_format:number_bullet_lists": _bullets,
    "keywords:existence": lambda text, keywords: all(re.search(k, text, flags=re.IGNORECASE) for k in keywords),
    "keywords:forbidden_words": lambda text, forbidden_words: not any(re.search(rf"\b{w}\b", text, flags=re.IGNORECASE) for w in forbidden_words),
    "startend:quotation": _quoted,
    "detectable_format:title": lambda text: any(t.lstrip("<").rstrip(">").strip() for t in re.findall(r"<<[^\n]+>>", text)),
    "detectable_content:postscript": _postscript,
    "combination:two_responses": _two,
    "combination:repeat_prompt": lambda text, prompt_to_repeat: text.strip().lower().startswith(prompt_to_repeat.strip().lower()),
    "detectable_format:constrained_response": lambda text: any(option in text for option in OPTIONS),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:json_format": _json,
}


def follows(response: str, instructions: list[str], kwargs: list[dict]) -> list[bool]:
    """Strict verdict per instruction; an empty response fails all. Null arguments are left out."""
    return [bool(response.strip()) and CHECKS[kind](response, **{k: v for k, v in args.items() if v})
            for kind, args in zip(instructions, kwargs, strict=True)]
