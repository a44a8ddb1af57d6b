"""The described world: entities, their attributes, and how often each is spoken of."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from . import pools
from .names import NameMaker

GOOD_CLASSES = {
    "kitchen": ("a root", "a leaf", "a bean", "a stone fruit"),
    "workshop": ("a wooden ware", "an iron ware", "a clay ware", "a cloth ware"),
    "garden": ("a vine", "a bush", "a fruit tree", "a herb"),
    "stable": ("a riding beast", "a milk beast", "a wool beast", "a draught beast"),
}


@dataclass
class Entity:
    """A thing of the world; ``fame`` weighs how often the corpus speaks of it."""

    name: str
    category: str
    fame: float
    values: dict[str, str] = field(default_factory=dict)
    pronoun: str = ""


@dataclass
class World:
    entities: dict[str, list[Entity]]
    kinds: dict[str, dict[str, str]]
    materials: dict[str, dict[str, str]]
    regions: list[str]

    def named(self, category: str) -> dict[str, Entity]:
        return {entity.name: entity for entity in self.entities[category]}


def build_world(seed: int) -> World:
    rng = random.Random(f"{seed}:world")
    names = NameMaker(rng, set())
    regions = [w.capitalize() for w in names.words(8, 2, "ia")]
    kind_names = names.words(16, 2)
    kinds = _profiles(rng, kind_names, habitat=pools.HABITATS, diet=pools.DIETS, cover=pools.COVERS, winter=pools.WINTERS)
    materials = _profiles(rng, pools.MATERIALS, water=pools.WATER, fire=pools.FIRE, blow=pools.BLOW)
    towns = _entities(rng, "towns", [w.capitalize() for w in names.words(64)], region=regions, product=pools.PRODUCTS,
                      river=[w.capitalize() for w in names.words(12, 1, "ane")], flag=pools.COLOURS, market=pools.DAYS)
    people = _entities(rng, "people", _person_names(rng, names, 400), town=[t.name for t in towns], occupation=pools.OCCUPATIONS,
                       dish=pools.DISHES, instrument=pools.INSTRUMENTS, pet=pools.PETS, month=pools.MONTHS)
    for person in people:
        person.pronoun = rng.choice(("she", "he"))
    creatures = _entities(rng, "creatures", names.words(144), kind=kind_names, colour=pools.COLOURS, call=pools.CALLS, bed=pools.BEDS)
    for creature, weight, speed in zip(creatures, rng.sample(range(2, 400), 144), rng.sample(range(1, 200), 144), strict=True):
        creature.values |= {"weight": str(weight), "speed": str(speed)}
    objects = _entities(rng, "objects", names.words(144), material=pools.MATERIALS, use=pools.USES, place=pools.PLACES, finish=pools.COLOURS)
    meanings = rng.sample([f"{t} {p}" for t in pools.THINGS for p in pools.PURPOSES], 120)
    terms = _entities(rng, "terms", names.words(120, 2, "el"), meaning=meanings)
    return World({"people": people, "towns": towns, "creatures": creatures, "objects": objects, "terms": terms, "goods": _goods(rng, names)},
                 kinds, materials, regions)


def _profiles(rng: random.Random, names: list[str], **values: list[str]) -> dict[str, dict[str, str]]:
    columns = {key: _spread(rng, pool, len(names)) for key, pool in values.items()}
    return {name: {key: column[i] for key, column in columns.items()} for i, name in enumerate(names)}


def _entities(rng: random.Random, category: str, names: list[str], **values: list[str]) -> list[Entity]:
    columns = {key: _spread(rng, pool, len(names)) for key, pool in values.items()}
    return [Entity(name, category, _fame(rng), {key: column[i] for key, column in columns.items()}) for i, name in enumerate(names)]


def _goods(rng: random.Random, names: NameMaker) -> list[Entity]:
    goods = []
    for domain, classes in GOOD_CLASSES.items():
        for cls, name in zip(_spread(rng, list(classes), 56), names.words(56, 2, "o"), strict=True):
            goods.append(Entity(name, "goods", _fame(rng), {"class": cls, "domain": domain}))
    return goods


def _spread(rng: random.Random, pool: list[str], count: int) -> list[str]:
    """``count`` values in random order, each of the pool equally often up to one."""
    values = (pool * (count // len(pool) + 1))[:count]
    rng.shuffle(values)
    return values


def _fame(rng: random.Random) -> float:
    """Log-uniform between 1 and 16: the rarest entity is spoken of 16 times less than the best known."""
    return 2.0 ** rng.uniform(0, 4)


def _person_names(rng: random.Random, names: NameMaker, count: int) -> list[str]:
    given, family = names.words(80, 2, "a") , names.words(60, 2)
    pairs = rng.sample([(g, f) for g in given for f in family], count)
    return [f"{g.capitalize()} {f.capitalize()}" for g, f in pairs]
