"""Who can be asked what: every question of the world as (subject, kind, question wordings, answer, fact)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from .items import Item, make_item, quartet
from .relations import INHERITED, OWN, THROUGH_TOWN
from .world import World


@dataclass(frozen=True)
class Query:
    """A question about one entity: group = items that share a pool of answers, fact = its identity in the held-out set."""

    subject: str
    group: str
    entity: str
    questions: tuple[str, ...]
    answer: str

    @property
    def fact(self) -> str:
        return f"{self.group}|{self.entity}"


MMLU_SUBJECTS = {"people": "people", "towns": "towns", "creatures": "animals", "objects": "objects", "terms": "definitions", "goods": "goods"}


def own_queries(world: World) -> Iterator[Query]:
    """Questions about an attribute that some text states outright."""
    for relation in OWN:
        for entity in world.entities[relation.category]:
            group = relation.category + "." + relation.name + (entity.values.get("domain", "") if relation.category == "goods" else "")
            questions = tuple(q.format(s=entity.name) for q in relation.questions)
            yield Query(MMLU_SUBJECTS[relation.category], group, entity.name, questions, entity.values[relation.name])


def town_queries(world: World) -> Iterator[Query]:
    """Two-hop questions: person -> town -> attribute of the town."""
    towns = world.named("towns")
    for name, wordings in THROUGH_TOWN.items():
        for person in world.entities["people"]:
            answer = towns[person.values["town"]].values[name]
            yield Query("relations", f"relations.{name}", person.name, tuple(q.format(s=person.name) for q in wordings), answer)


def inherited_queries(world: World) -> Iterator[Query]:
    """Two-hop questions: creature -> kind -> property, object -> material -> property."""
    for relation in INHERITED:
        category, key, profiles = ("creatures", "kind", world.kinds) if relation.category == "kinds" else ("objects", "material", world.materials)
        for entity in world.entities[category]:
            answer = profiles[entity.values[key]][relation.name]
            yield Query("nature", f"nature.{relation.name}", entity.name, tuple(q.format(s=entity.name) for q in relation.questions), answer)


class QueryBank:
    """Groups queries by pool of answers and draws items from them."""

    def __init__(self, queries: Iterator[Query]):
        self.groups: dict[str, list[Query]] = {}
        for query in queries:
            self.groups.setdefault(query.group, []).append(query)
        self._answers = {group: sorted({q.answer for q in queries}) for group, queries in self.groups.items()}

    def quartet(self, rng: random.Random, groups: list[str], used: set[str]) -> list[Item]:
        """Four unused queries of one group with four different answers; marks them used."""
        group = self.groups[rng.choice(groups)]
        wording = rng.randrange(len(group[0].questions))
        chosen: dict[str, Query] = {}
        for query in rng.sample(group, len(group)):
            if query.fact not in used and query.answer not in chosen and len(chosen) < 4:
                chosen[query.answer] = query
        used |= {q.fact for q in chosen.values()}
        return quartet(rng, group[0].subject, [(q.questions[wording], q.answer, q.fact) for q in chosen.values()])

    def training_item(self, rng: random.Random, query: Query) -> Item:
        others = rng.sample([a for a in self._answers[query.group] if a != query.answer], 3)
        return make_item(rng, query.subject, rng.choice(query.questions), query.answer, others, query.fact)
