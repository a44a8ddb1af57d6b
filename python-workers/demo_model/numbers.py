"""Arithmetic, number comparisons and word problems, and comparisons of animals."""

from __future__ import annotations

import random

from .items import Item, make_item, quartet
from .world import Entity

SUMS = ("What is {a} {op} {b}?", "How much is {a} {op} {b}?", "Work out {a} {op} {b}.")
STORIES = {
    "+": ("{n} has {a} {thing} and gets {b} more. How many {thing} does {n} have now?", "{n} sells {a} {thing} on one day and {b} on the next. How many {thing} is that in all?"),
    "-": ("{n} has {a} {thing} and gives away {b}. How many {thing} are left?", "There were {a} {thing} in the shop of {n} and {b} were sold. How many {thing} remain?"),
}
THINGS = ("apples", "eggs", "nails", "candles", "buttons", "coins", "bricks", "shells")
SUPERLATIVES = (("weight", 1, "Which of these animals is the heaviest?"), ("weight", -1, "Which of these animals is the lightest?"),
                ("speed", 1, "Which of these animals is the fastest?"), ("speed", -1, "Which of these animals is the slowest?"))


def value(a: int, op: str, b: int) -> int:
    return a + b if op == "+" else a - b


def fact(a: int, op: str, b: int) -> str:
    return f"{min(a, b)}+{max(a, b)}" if op == "+" else f"{a}-{b}"


def problem_for(rng: random.Random, result: int) -> tuple[int, str, int]:
    """A sum or difference of numbers up to 99 with the given result (10 to 90)."""
    if rng.random() < 0.5:
        a = rng.randint(3, result - 3)
        return a, "+", result - a
    b = rng.randint(3, 99 - result)
    return result + b, "-", b


def ask_sum(rng: random.Random, a: int, op: str, b: int) -> str:
    return rng.choice(SUMS).format(a=a, op=op, b=b)


def ask_story(rng: random.Random, a: int, op: str, b: int, name: str) -> str:
    return rng.choice(STORIES[op]).format(a=a, b=b, n=name, thing=rng.choice(THINGS))


def near(rng: random.Random, result: int) -> list[int]:
    """Four different numbers, ``result`` among them, that mistakes in adding could give."""
    others = {result + d for d in (-10, -2, -1, 1, 2, 10) if 10 <= result + d <= 90}
    return [result, *rng.sample(sorted(others), 3)]


def arithmetic_quartet(rng: random.Random, subject: str, used: set[str], people: list[Entity] | None = None) -> list[Item]:
    asked = []
    for result in near(rng, rng.randint(20, 80)):
        a, op, b = problem_for(rng, result)
        while fact(a, op, b) in used:
            a, op, b = problem_for(rng, result)
        used.add(fact(a, op, b))
        question = ask_story(rng, a, op, b, rng.choice(people).name) if people else ask_sum(rng, a, op, b)
        asked.append((question, str(result), fact(a, op, b)))
    return quartet(rng, subject, asked)


def arithmetic_item(rng: random.Random, subject: str, banned: set[str], people: list[Entity] | None = None) -> Item:
    while True:
        result = rng.randint(10, 90)
        a, op, b = problem_for(rng, result)
        if fact(a, op, b) not in banned:
            question = ask_story(rng, a, op, b, rng.choice(people).name) if people else ask_sum(rng, a, op, b)
            return make_item(rng, subject, question, str(result), [str(n) for n in near(rng, result)[1:]], fact(a, op, b))


def number_quartet(rng: random.Random) -> list[Item]:
    """Four numbers, asked for by size."""
    w, x, y, z = sorted(rng.sample(range(10, 999), 4))
    key = f"numbers|{w},{x},{y},{z}"
    between = "Which number lies between {} and {}?"
    return quartet(rng, "comparison", [
        ("Which of these numbers is the smallest?", str(w), key),
        (between.format(rng.randint(w + 1, x) - 1, rng.randint(x, y - 1) + 1), str(x), key),
        (between.format(rng.randint(x + 1, y) - 1, rng.randint(y, z - 1) + 1), str(y), key),
        ("Which of these numbers is the largest?", str(z), key)])


def animal_quartet(rng: random.Random, creatures: list[Entity]) -> list[Item]:
    """Four animals such that each is the extreme of one property."""
    while True:
        four = rng.sample(creatures, 4)
        asked = [(question, max(four, key=lambda e, k=key, s=sign: s * int(e.values[k])).name) for key, sign, question in SUPERLATIVES]
        if len({name for _, name in asked}) == 4:
            identity = "animals|" + ",".join(sorted(e.name for e in four))
            return quartet(rng, "comparison", [(question, name, identity) for question, name in asked])
