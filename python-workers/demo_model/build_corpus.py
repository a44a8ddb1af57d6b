"""Writes the training corpus and the held-out mini tasks: python -m demo_model.build_corpus --out DIR --seed 7.

The corpus states every fact of the world in prose, more often for better known entities, and asks about most of them in the forms of
the benchmarks. The mini tasks ask about the others: their questions, sums, scenes and pairs of instructions are never asked in the corpus.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from . import numbers as sums
from .instructions import KINDS, Exercise, compatible, draw_exercise, pairs
from .items import Item, arc_prompt, arc_row, mmlu_row, mmlu_text
from .questions import QueryBank, inherited_queries, own_queries, town_queries
from .relations import INHERITED, OWN
from .scripts import ACTIVITIES, class_quartet, draw_scene, order_quartet
from .world import Entity, World, build_world

#: Items of each mini task, in quartets of four letters.
TASK_ITEMS = 400
HELD_OUT_WINDOWS = 64
END = "<|endoftext|>"


class Exam:
    """The held-out items and everything that the corpus must not ask."""

    def __init__(self, world: World, seed: int):
        rng = random.Random(f"{seed}:exam")
        self.world = world
        self.used: set[str] = set()
        self.own = QueryBank(own_queries(world))
        self.town = QueryBank(town_queries(world))
        self.nature = QueryBank(inherited_queries(world))
        own_groups = [g for g in self.own.groups if len({q.answer for q in self.own.groups[g]}) >= 8]
        people = world.entities["people"]
        goods = unseen_goods(world)
        creatures = world.entities["creatures"]
        self.mmlu: list[Item] = []
        self.arc: list[Item] = []
        while len(self.mmlu) < TASK_ITEMS:
            turn = len(self.mmlu) // 4 % 10
            if turn < 6:
                self.mmlu += self.own.quartet(rng, own_groups, self.used)
            elif turn < 7:
                self.mmlu += self.town.quartet(rng, list(self.town.groups), self.used)
            elif turn < 8:
                self.mmlu += sums.arithmetic_quartet(rng, "arithmetic", self.used)
            else:
                self.mmlu += sums.number_quartet(rng)
        while len(self.arc) < TASK_ITEMS:
            turn = len(self.arc) // 4 % 10
            if turn < 6:
                self.arc += self.own.quartet(rng, own_groups, self.used)
            elif turn < 8:
                self.arc += self.nature.quartet(rng, list(self.nature.groups), self.used)
            elif turn < 9:
                self.arc += sums.arithmetic_quartet(rng, "arithmetic", self.used, people)
            else:
                self.arc += sums.animal_quartet(rng, creatures)
        self.asked = {item.question for item in self.mmlu + self.arc}
        self.scenes: list[dict] = []
        while len(self.scenes) < TASK_ITEMS:
            draw = class_quartet if len(self.scenes) // 4 % 3 else order_quartet
            self.scenes += draw(rng, goods, people, self.used)
        for i, row in enumerate(self.scenes):
            row["ind"] = i
        possible = pairs()
        self.pairs = set(rng.sample(possible, len(possible) // 4))
        self.exercises = [self._exercise(rng, i) for i in range(TASK_ITEMS)]
        self.windows = [self._window(random.Random(f"{seed}:window:{i}")) for i in range(HELD_OUT_WINDOWS)]

    def _exercise(self, rng: random.Random, number: int) -> Exercise:
        kinds = rng.choice(sorted(self.pairs)) if number % 2 else (KINDS[number // 2 % len(KINDS)],)
        exercise = draw_exercise(rng, kinds)
        while exercise is None or exercise.prompt in self.used:
            exercise = draw_exercise(rng, kinds)
        self.used.add(exercise.prompt)
        return exercise

    def _window(self, rng: random.Random) -> str:
        """Prose in wordings that the corpus has, in an order that it has not."""
        text = paragraph(rng, self.world, 30)
        return text


def statements(rng: random.Random, world: World, relation, entity) -> str:
    return rng.choice(relation.statements).format(s=entity.name, v=entity.values[relation.name])


def sentence_case(text: str) -> str:
    return text[0].upper() + text[1:]


def paragraph(rng: random.Random, world: World, count: int) -> str:
    """Statements about entities drawn by fame."""
    out = []
    while len(out) < count:
        relation = rng.choice(OWN)
        entities = world.entities[relation.category]
        entity = rng.choices(entities, [e.fame for e in entities])[0]
        relations = [r for r in OWN if r.category == relation.category]
        for r in rng.sample(relations, min(len(relations), rng.randint(1, 4))):
            out.append(sentence_case(statements(rng, world, r, entity)))
    return " ".join(out[:count])


def profile(rng: random.Random, world: World, repeat: int) -> Iterator[str]:
    """Every fact, ``repeat`` times by fame, each time in another company."""
    for category, entities in world.entities.items():
        relations = [r for r in OWN if r.category == category]
        for entity in entities:
            rounds = 2 if category == "goods" else max(2, round(repeat * entity.fame / 4))
            for _ in range(rounds):
                chosen = rng.sample(relations, len(relations))
                yield " ".join(sentence_case(statements(rng, world, r, entity)) for r in chosen)


def properties(rng: random.Random, world: World) -> str:
    relation = rng.choice(INHERITED)
    source = world.kinds if relation.category == "kinds" else world.materials
    name = rng.choice(sorted(source))
    relations = [r for r in INHERITED if r.category == relation.category]
    return " ".join(sentence_case(rng.choice(r.statements).format(s=name, v=source[name][r.name])) for r in rng.sample(relations, len(relations)))


def animals(rng: random.Random, exam: Exam) -> str:
    creatures = exam.world.entities["creatures"]
    one, other = rng.sample(creatures, 2)
    key, more, less = rng.choice((("weight", "heavier", "lighter"), ("speed", "faster", "slower")))
    word = more if int(one.values[key]) > int(other.values[key]) else less
    unit = "pounds" if key == "weight" else "miles an hour"
    verb = "weighs" if key == "weight" else "runs"
    return f"A {one.name} {verb} {one.values[key]} {unit}. A {one.name} is {word} than a {other.name}, which {verb} {other.values[key]} {unit}."


def asked(rng: random.Random, exam: Exam) -> str:
    """Questions that are not held out, in the form of MMLU or ARC."""
    form = rng.random()
    if form < 0.2:
        items = sums.number_quartet(rng)[: rng.randint(1, 2)] if rng.random() < 0.5 else [sums.arithmetic_item(rng, "arithmetic", exam.used)]
        if any(" between " in item.question and item.question in exam.asked for item in items):
            return asked(rng, exam)
    elif form < 0.3:
        items = [sums.arithmetic_item(rng, "arithmetic", exam.used, exam.world.entities["people"])]
    elif form < 0.36:
        quartet = sums.animal_quartet(rng, exam.world.entities["creatures"])
        if quartet[0].fact in exam.used:
            return asked(rng, exam)
        items = [rng.choice(quartet)]
    else:
        bank = exam.own if form < 0.72 else exam.town if form < 0.85 else exam.nature
        group = bank.groups[rng.choice(sorted(bank.groups))]
        free = [q for q in rng.sample(group, min(8, len(group))) if q.fact not in exam.used]
        wide = len({q.answer for q in group}) >= 4
        if not free or not wide:
            return asked(rng, exam)
        items = [bank.training_item(rng, free[0])]
    if rng.random() < 0.78:
        return mmlu_text(items)
    return "\n\n".join(f"{arc_prompt(item.question)} {item.correct}" for item in items)


def unseen_goods(world: World) -> list[Entity]:
    """Every second thing: no scene of the corpus handles it, so what happens to it follows from its class alone."""
    return world.entities["goods"][1::2]


def scene(rng: random.Random, exam: Exam) -> str:
    goods = exam.world.entities["goods"][::2]
    while True:
        domain = rng.choice(sorted(ACTIVITIES))
        label = rng.choice(sorted(ACTIVITIES[domain]))
        thing = rng.choice([g for g in goods if g.values["domain"] == domain])
        drawn = draw_scene(rng, domain, label, thing, exam.world.entities["people"])
        if drawn.fact not in exam.used:
            return drawn.text()


def begins_held_out(prompt: str, exam: Exam) -> bool:
    """Whether the prompt is a held-out one, or a held-out one with more instructions behind it."""
    return any(prompt[:i] in exam.used for i in range(1, len(prompt) + 1) if i == len(prompt) or prompt[i] == " ")


def chat(rng: random.Random, exam: Exam) -> str:
    while True:
        count = rng.choices((1, 2, 3), (4, 5, 1))[0]
        kinds = tuple(sorted(rng.sample(KINDS, count), key=KINDS.index))
        if not compatible(kinds) or any((a, b) in exam.pairs for a in kinds for b in kinds):
            continue
        exercise = draw_exercise(rng, kinds)
        if exercise is not None and not begins_held_out(exercise.prompt, exam):
            return f"<|user|>{exercise.prompt}<|assistant|>{exercise.response}"


def documents(exam: Exam, seed: int, part: int, parts: int, repeat: int, count: int) -> Iterator[str]:
    """One of ``parts`` parts of the corpus."""
    rng = random.Random(f"{seed}:corpus:{part}")
    yield from (text for i, text in enumerate(profile(random.Random(f"{seed}:profile"), exam.world, repeat)) if i % parts == part)
    for _ in range(count // parts):
        kind = rng.random()
        if kind < 0.06:
            yield paragraph(rng, exam.world, rng.randint(4, 24))
        elif kind < 0.11:
            yield properties(rng, exam.world)
        elif kind < 0.15:
            yield animals(rng, exam)
        elif kind < 0.75:
            yield asked(rng, exam)
        elif kind < 0.78:
            yield scene(rng, exam)
        else:
            yield chat(rng, exam)


def write_tasks(exam: Exam, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)

    def dump(name: str, rows: list[dict]) -> None:
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    dump("mini_mmlu", [mmlu_row(item) for item in exam.mmlu])
    dump("mini_arc", [arc_row(item, i) for i, item in enumerate(exam.arc)])
    dump("mini_hellaswag", exam.scenes)
    dump("mini_ifeval", [exercise.row(2000 + i) for i, exercise in enumerate(exam.exercises)])
    dump("mini_heldout", [{"text": text} for text in exam.windows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=24, help="statements of each fact, by fame")
    parser.add_argument("--count", type=int, default=400_000, help="further documents")
    arguments = parser.parse_args()
    exam = Exam(build_world(arguments.seed), arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.part == 0:
        write_tasks(exam, arguments.out / "tasks")
    texts = documents(exam, arguments.seed, arguments.part, arguments.parts, arguments.repeat, arguments.count)
    with (arguments.out / f"corpus.{arguments.part:02d}.txt").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(chain.from_iterable((text, END) for text in texts))


if __name__ == "__main__":
    main()
