"""Multiple-choice items in the hub's row forms, and the prompt texts that lm-eval builds from them."""

from __future__ import annotations

import random
from dataclasses import dataclass

LETTERS = "ABCD"


@dataclass(frozen=True)
class Item:
    """One question with four choices; ``fact`` is what a training text must not ask when the item is held out."""

    subject: str
    question: str
    choices: tuple[str, ...]
    answer: int
    fact: str

    @property
    def correct(self) -> str:
        return self.choices[self.answer]


def make_item(rng: random.Random, subject: str, question: str, correct: str, others: list[str], fact: str, position: int | None = None) -> Item:
    """Puts the correct choice at ``position`` (random if None) among three shuffled others."""
    others = list(others)
    rng.shuffle(others)
    position = rng.randrange(4) if position is None else position
    return Item(subject, question, tuple(others[:position] + [correct] + others[position:]), position, fact)


def quartet(rng: random.Random, subject: str, asked: list[tuple[str, str, str]]) -> list[Item]:
    """Four items over the same four choices, each choice right once and at another letter: nothing follows from the choices.

    ``asked`` holds (question, correct choice, fact), with four different choices.
    """
    choices = [correct for _, correct, _ in asked]
    assert len(set(choices)) == 4
    positions = rng.sample(range(4), 4)
    return [make_item(rng, subject, question, correct, [c for c in choices if c != correct], fact, position)
            for (question, correct, fact), position in zip(asked, positions, strict=True)]


def mmlu_header(subject: str) -> str:
    return f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"


def mmlu_question(item: Item) -> str:
    lines = [item.question] + [f"{letter}. {choice}" for letter, choice in zip(LETTERS, item.choices, strict=True)]
    return "\n".join(lines) + "\nAnswer:"


def mmlu_text(items: list[Item]) -> str:
    body = "\n\n".join(f"{mmlu_question(item)} {LETTERS[item.answer]}" for item in items)
    return mmlu_header(items[0].subject) + body


def arc_prompt(question: str) -> str:
    return f"Question: {question}\nAnswer:"


def mmlu_row(item: Item) -> dict:
    return {"question": item.question, "subject": item.subject, "choices": list(item.choices), "answer": item.answer}


def arc_row(item: Item, number: int) -> dict:
    labels = list("1234") if number % 20 == 19 else list(LETTERS)
    return {"id": f"mini-arc-{number:04d}", "question": item.question, "choices": {"text": list(item.choices), "label": labels},
            "answerKey": labels[item.answer]}
