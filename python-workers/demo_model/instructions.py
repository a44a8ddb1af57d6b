"""Instruction following: prompts with one to three instructions of IFEval, and answers that follow them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import combinations

from . import phrases, pools
from .verify import OPTIONS, follows

KINDS = tuple(phrases.ASK)
SHORT = {kind.split(":")[1]: kind for kind in KINDS}
CASE = {SHORT["english_lowercase"], SHORT["english_capital"]}

#: Groups of which an answer can follow only one.
_EXCLUSIVE = [
    {"english_lowercase", "english_capital", "constrained_response", "repeat_prompt"},
    {"end_checker", "postscript", "two_responses", "constrained_response", "json_format"},
    {"number_bullet_lists", "two_responses", "number_highlighted_sections", "constrained_response", "json_format"},
    {"quotation", "repeat_prompt", "json_format", "two_responses", "title"},
    {"title", "two_responses", "json_format", "constrained_response"},
    {"json_format", "english_capital", "repeat_prompt"},
    {"constrained_response", "existence", "forbidden_words"},
    {"number_bullet_lists", "existence"}, {"two_responses", "repeat_prompt"},
    {"end_checker", "quotation"}, {"no_comma", "json_format"}, {"number_bullet_lists", "quotation"}, {"existence", "two_responses"},
]

#: kwargs of a hub row: every key, null where the instruction has no such argument.
KWARG_KEYS = ("num_highlights", "relation", "num_words", "num_placeholders", "prompt_to_repeat", "num_bullets", "section_spliter", "num_sections",
              "capital_relation", "capital_frequency", "keywords", "num_paragraphs", "language", "let_relation", "letter", "let_frequency", "end_phrase",
              "forbidden_words", "keyword", "frequency", "num_sentences", "postscript_marker", "first_word", "nth_paragraph")


@dataclass(frozen=True)
class Exercise:
    prompt: str
    kinds: tuple[str, ...]
    kwargs: tuple[dict, ...]
    response: str

    def row(self, key: int) -> dict:
        full = [{k: args.get(k) for k in KWARG_KEYS} for args in self.kwargs]
        return {"key": key, "prompt": self.prompt, "instruction_id_list": list(self.kinds), "kwargs": full}


def compatible(kinds: tuple[str, ...]) -> bool:
    names = {kind.split(":")[1] for kind in kinds}
    return not any(len(names & group) > 1 for group in _EXCLUSIVE)


def pairs() -> list[tuple[str, str]]:
    return [pair for pair in combinations(KINDS, 2) if compatible(pair)]


def draw_exercise(rng: random.Random, kinds: tuple[str, ...]) -> Exercise | None:
    """A prompt with these instructions and an answer that passes every check; None when sixty drafts fail."""
    for _ in range(60):
        topic = rng.choice(pools.TOPICS)
        request = rng.choice(phrases.QUESTIONS if SHORT["constrained_response"] in kinds else phrases.REQUESTS).format(t=topic)
        arguments = {kind: _arguments(rng, kind, request) for kind in kinds}
        order = sorted(kinds, key=lambda k: (k == SHORT["repeat_prompt"], rng.random()))
        prompt = " ".join([request] + [_ask(rng, kind, arguments[kind]) for kind in order])
        response = _answer(rng, topic, request, arguments)
        exercise = Exercise(prompt, tuple(order), tuple(arguments[kind] for kind in order), response)
        if all(follows(response, list(exercise.kinds), list(exercise.kwargs))):
            return exercise
    return None


def _arguments(rng: random.Random, kind: str, request: str) -> dict:
    match kind.split(":")[1]:
        case "end_checker":
            keyword, other = rng.sample(pools.KEYWORDS, 2)
            return {"end_phrase": rng.choice(phrases.ENDINGS).format(k=keyword, j=other)}
        case "number_bullet_lists":
            return {"num_bullets": rng.randint(2, 5)}
        case "number_highlighted_sections":
            return {"num_highlights": rng.randint(1, 3)}
        case "existence":
            return {"keywords": rng.sample(pools.KEYWORDS, rng.randint(1, 3))}
        case "forbidden_words":
            return {"forbidden_words": rng.sample(phrases.FORBIDDABLE, rng.randint(1, 3))}
        case "postscript":
            return {"postscript_marker": rng.choice(("P.S.", "P.P.S"))}
        case "repeat_prompt":
            return {"prompt_to_repeat": request}
        case _:
            return {}


def _ask(rng: random.Random, kind: str, arguments: dict) -> str:
    words = " and ".join(arguments.get("keywords") or arguments.get("forbidden_words") or [])
    return rng.choice(phrases.ASK[kind]).format(words=words, **arguments)


def _answer(rng: random.Random, topic: str, request: str, arguments: dict[str, dict]) -> str:
    short = {kind.split(":")[1]: args for kind, args in arguments.items()}
    text = _body(rng, topic, short)
    if "json_format" in short:
        text = json.dumps({"topic": topic, "text": text})
    if "title" in short:
        text = f"<<{rng.choice(phrases.TITLES).format(t=topic)}>>\n{text}"
    if "postscript" in short:
        text += f"\n{short['postscript']['postscript_marker']} {rng.choice(phrases.POSTSCRIPTS).format(t=topic)}"
    if "end_checker" in short:
        text += ("\n" if "number_bullet_lists" in short else " ") + short["end_checker"]["end_phrase"]
    if "english_lowercase" in short:
        text = text.lower()
    if "english_capital" in short:
        text = text.upper()
    if "quotation" in short:
        text = f'"{text}"'
    return f"{request}\n{text}" if "repeat_prompt" in short else text


def _body(rng: random.Random, topic: str, short: dict[str, dict]) -> str:
    if "constrained_response" in short:
        return rng.choice(OPTIONS)
    if "number_bullet_lists" in short:
        return "\n".join("* " + b.format(t=topic) for b in rng.sample(_bullets(topic, short), short["number_bullet_lists"]["num_bullets"]))
    if "two_responses" in short:
        first, second = _sentences(rng, topic, short, 1), _sentences(rng, topic, short, 1)
        return f"{first[0]}\n******\n{second[0]}"
    count = max(rng.randint(2, 3), short.get("number_highlighted_sections", {}).get("num_highlights", 0))
    sentences = _sentences(rng, topic, short, count)
    for i in range(short.get("number_highlighted_sections", {}).get("num_highlights", 0)):
        sentences[i] = f"*{sentences[i].rstrip('.')}*."
    return " ".join(sentences)


def _bullets(topic: str, short: dict[str, dict]) -> list[str]:
    forbidden = short.get("forbidden_words", {}).get("forbidden_words", [])
    return [b for b in phrases.BULLETS if not any(w in b.split() for w in forbidden)]


def _sentences(rng: random.Random, topic: str, short: dict[str, dict], count: int) -> list[str]:
    forbidden = short.get("forbidden_words", {}).get("forbidden_words", [])
    free = [s for s in phrases.SENTENCES if not any(w in s.lower() for w in forbidden) and not ("no_comma" in short and "," in s)]
    sentences = [s.format(t=topic) for s in rng.sample(free, count)]
    for keyword in short.get("existence", {}).get("keywords", []):
        sentences.append(rng.choice(phrases.KEYWORD_SENTENCES).format(k=keyword))
    return sentences
