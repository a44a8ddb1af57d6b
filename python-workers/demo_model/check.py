"""Proves that the mini tasks are held out and that choices alone do not give answers away: python -m demo_model.check --corpus DIR --tasks DIR.

Exits 1 when a held-out item is found in the corpus, letters are unbalanced, or the choices-only baseline is over 5 points from chance.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

LETTERS = "ABCD"
CHANCE, ALLOWED = 0.25, 0.05


def read_rows(tasks: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (tasks / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") if line]


def needles(tasks: Path) -> dict[str, set[str]]:
    """Per task the texts that the corpus must not hold.

    A question that names its subject must not be asked at all. One that several items share ("Which of these numbers is the smallest?")
    is an item only together with its choices, in either prompt form's wording.
    """
    mmlu, arc = read_rows(tasks, "mini_mmlu"), read_rows(tasks, "mini_arc")
    shared = {q for q, n in Counter(r["question"] for r in mmlu + arc).items() if n > 1}
    return {
        "mini_mmlu": {r["question"] if r["question"] not in shared else _lettered(r["question"], r["choices"]) for r in mmlu},
        "mini_arc": {r["question"] if r["question"] not in shared else _lettered(r["question"], r["choices"]["text"]) for r in arc},
        "mini_hellaswag": {f"{r['activity_label']}: {r['ctx_a']} {r['ctx_b'].capitalize()} {r['endings'][int(r['label'])]}" for r in read_rows(tasks, "mini_hellaswag")},
        "mini_ifeval": {r["prompt"] for r in read_rows(tasks, "mini_ifeval")},
        "mini_heldout": {r["text"] for r in read_rows(tasks, "mini_heldout")},
    }


def _lettered(question: str, choices: list[str]) -> str:
    return "\n".join([question, *(f"{letter}. {c}" for letter, c in zip(LETTERS, choices, strict=True))])


def leaks(texts: Iterable[str], wanted: dict[str, set[str]], window: int = 24) -> dict[str, set[str]]:
    """The needles found in the texts; every position whose first characters start a needle is compared in full."""
    table: dict[str, list[tuple[str, str]]] = {}
    for task, needles_of in wanted.items():
        for needle in needles_of:
            table.setdefault(needle[:window], []).append((task, needle))
    lengths = sorted({len(head) for head in table})
    found: dict[str, set[str]] = {task: set() for task in wanted}
    for text in texts:
        for start in range(len(text)):
            for length in lengths:
                for task, needle in table.get(text[start:start + length], ()):
                    if text.startswith(needle, start):
                        found[task].add(needle)
    return found


class ChoiceBayes:
    """Naive Bayes over words and word pairs of a choice: does it look like a right answer?"""

    def __init__(self) -> None:
        self._counts = {True: Counter(), False: Counter()}
        self._totals = {True: 0, False: 0}

    @staticmethod
    def _features(choice: str) -> list[str]:
        words = choice.lower().split()
        return [*words, *(" ".join(pair) for pair in zip(words, words[1:], strict=False)), f"#{len(words)}"]

    def learn(self, choices: list[str], answer: int) -> None:
        for i, choice in enumerate(choices):
            features = self._features(choice)
            self._counts[i == answer].update(features)
            self._totals[i == answer] += len(features)

    def score(self, choice: str) -> float:
        size = len(self._counts[True] | self._counts[False]) + 1
        return sum(math.log((self._counts[True][f] + 1) / (self._totals[True] + size)) - math.log((self._counts[False][f] + 1) / (self._totals[False] + size))
                   for f in self._features(choice))

    def guess(self, choices: list[str]) -> int:
        """The best-scored choice; ties go by text, never by place, so that four items over the same choices get the same guess."""
        return max(range(len(choices)), key=lambda i: (self.score(choices[i]), choices[i]))


def corpus_items(text: str) -> Iterable[tuple[list[str], int]]:
    """(choices, answer) of the items in MMLU's form that a document holds."""
    lines = text.split("\n")
    for i in range(4, len(lines)):
        if lines[i].startswith("Answer: ") and all(lines[i - 4 + j].startswith(f"{letter}. ") for j, letter in enumerate(LETTERS)):
            yield [lines[i - 4 + j][3:] for j in range(4)], LETTERS.index(lines[i][8])


def task_items(tasks: Path) -> dict[str, list[tuple[list[str], int]]]:
    return {
        "mini_mmlu": [(r["choices"], r["answer"]) for r in read_rows(tasks, "mini_mmlu")],
        "mini_arc": [(r["choices"]["text"], r["choices"]["label"].index(r["answerKey"])) for r in read_rows(tasks, "mini_arc")],
        "mini_hellaswag": [(r["endings"], int(r["label"])) for r in read_rows(tasks, "mini_hellaswag")],
    }


def accuracy(model: ChoiceBayes, items: list[tuple[list[str], int]]) -> float:
    return sum(model.guess(choices) == answer for choices, answer in items) / len(items)


def two_fold(items: list[tuple[list[str], int]]) -> float:
    """Accuracy of a model that learned the task's other half, quartets kept together: stricter than learning from the corpus."""
    folds = [[item for i, item in enumerate(items) if i // 4 % 2 == half] for half in (0, 1)]
    right = 0.0
    for own, other in (folds, folds[::-1]):
        model = ChoiceBayes()
        for choices, answer in other:
            model.learn(choices, answer)
        right += accuracy(model, own) * len(own)
    return right / len(items)


def read_corpus(folder: Path, separator: str) -> Iterable[str]:
    for path in sorted(folder.glob("corpus.*.txt")):
        yield from (text for text in path.read_text(encoding="utf-8").split(separator) if text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--separator", default="<|endoftext|>")
    arguments = parser.parse_args()
    model, failed, documents, characters = ChoiceBayes(), False, 0, 0
    wanted = needles(arguments.tasks)
    found: dict[str, set[str]] = {task: set() for task in wanted}
    for text in read_corpus(arguments.corpus, arguments.separator):
        documents, characters = documents + 1, characters + len(text)
        for task, hits in leaks([text], wanted).items():
            found[task] |= hits
        for choices, answer in corpus_items(text):
            model.learn(choices, answer)
    print(f"corpus: {documents} documents, {characters / 1e6:.1f} M characters")
    for task, needles_of in wanted.items():
        failed |= bool(found[task])
        print(f"{task}: {len(found[task])} of {len(needles_of)} held-out texts in the corpus" + "".join(f"\n  {hit[:160]!r}" for hit in sorted(found[task])[:3]))
    for task, items in task_items(arguments.tasks).items():
        letters = Counter(answer for _, answer in items)
        scores = [accuracy(model, items), two_fold(items)]
        failed |= max(letters.values()) - min(letters.values()) > 1 or any(abs(s - CHANCE) > ALLOWED for s in scores)
        print(f"{task}: {len(items)} items, letters {[letters[i] for i in range(4)]}, choices only {scores[0]:.4f} (learned from the corpus), {scores[1]:.4f} (two-fold)")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
