"""Everyday scripts: ordered steps, one of which depends on what is handled; the next step is asked in HellaSwag's form."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .world import GOOD_CLASSES, Entity

#: domain -> label: steps after the pronoun; {x} is the thing handled, "*" the step that depends on its class.
ACTIVITIES = {
    "kitchen": {
        "Cooking soup": "puts a pot on the stove | takes a {x} from the basket | * | cuts it into small pieces | adds salt and water | stirs until the soup is thick | carries the soup to the table",
        "Baking a pie": "warms the oven | looks for a {x} in the pantry | * | lays it on the rolled dough | folds the dough over it | puts the pie into the oven | lets the pie cool by the window",
        "Making a salad": "fills a bowl with cold water | picks out a {x} at the sink | * | mixes it with oil and pepper | tastes a spoonful | puts the salad into a glass dish | calls the family to lunch",
        "Filling jars": "boils six jars in a kettle | chooses a {x} from the crate | * | presses it into the jars | pours hot vinegar over it | screws on the lids | writes the date on each jar",
    },
    "workshop": {
        "Repairing a gift": "clears the workbench | unwraps a broken {x} | * | waits until it holds | rubs it with an old rag | wraps it in new paper | writes a card for the owner",
        "Preparing for the fair": "unlocks the workshop | lifts a {x} from the shelf | * | checks it in the daylight | ties a price tag to it | packs it into the cart | drives to the fair",
        "Teaching an apprentice": "calls the apprentice over | points at a damaged {x} | * | lets the apprentice try | corrects a small mistake | praises the good work | sweeps the floor with the apprentice",
        "Finishing an order": "reads the order once more | fetches the ordered {x} | * | compares it with the drawing | puts a stamp under it | sends a message to the buyer | counts the money",
    },
    "garden": {
        "Working in spring": "puts on rubber boots | walks to the old {x} | * | pulls the weeds around it | spreads fresh soil | waters the bed with a can | hangs the boots on the fence",
        "Helping a neighbour": "opens the gate next door | finds a neglected {x} | * | rakes up what fell down | feeds it with compost | drinks lemonade with the neighbour | closes the gate again",
        "Getting ready for a storm": "looks at the dark clouds | hurries to the {x} | * | carries the chairs inside | locks the garden shed | shuts all windows | listens to the wind",
        "Moving a plant": "digs a deep hole | lifts a {x} out of its pot | * | sets it into the hole | treads the earth firm | pours a bucket of water over it | cleans the spade",
    },
    "stable": {
        "Starting the day": "lights a lantern before dawn | leads a {x} out of the stall | * | fills the trough with hay | brings two pails of water | scrubs the stable floor | goes in for breakfast",
        "Receiving a buyer": "greets the buyer at the barn | brings out a {x} | * | names a fair price | shakes hands on it | signs a paper | opens the barn door wide",
        "Preparing for the show": "brushes the mud away | ties a {x} to the post | * | braids a ribbon into its tail | polishes the bell | leads it into the ring | waves to the crowd",
        "Closing the farm": "looks at the evening sky | calls the {x} from the meadow | * | pushes the gate shut | spreads clean straw | blows out the lamp | walks home in the dark",
    },
}

#: class -> what is done with it, one wording.
CLASS_STEPS = {
    "a root": "peels it with a short knife", "a leaf": "washes it three times over", "a bean": "soaks it for some hours", "a stone fruit": "takes out the hard pit",
    "a wooden ware": "sands it until it is smooth", "an iron ware": "hammers it on the anvil", "a clay ware": "glues it with fine plaster", "a cloth ware": "stitches it with strong thread",
    "a vine": "ties it to a tall pole", "a bush": "clips it round with shears", "a fruit tree": "props up its heavy branches", "a herb": "pinches off its top shoots",
    "a riding beast": "puts a saddle on its back", "a milk beast": "fills a pail with its milk", "a wool beast": "shears its thick fleece", "a draught beast": "lays a yoke on its neck",
}


@dataclass(frozen=True)
class Scene:
    """One run of a script: who does what with which thing."""

    domain: str
    label: str
    actor: str
    pronoun: str
    thing: Entity

    @property
    def fact(self) -> str:
        return f"{self.label}|{self.thing.name}"

    def steps(self) -> list[str]:
        own = CLASS_STEPS[self.thing.values["class"]]
        return [own if step == "*" else step.format(x=self.thing.name) for step in ACTIVITIES[self.domain][self.label].split(" | ")]

    def context(self, count: int) -> str:
        """The first ``count`` steps as sentences."""
        steps = self.steps()[:count]
        return " ".join(f"{self.actor if i == 0 else self.pronoun.capitalize()} {step}." for i, step in enumerate(steps))

    def text(self) -> str:
        return f"{self.label}: {self.context(7)}"


def draw_scene(rng: random.Random, domain: str, label: str, thing: Entity, people: list[Entity]) -> Scene:
    actor = rng.choice(people)
    return Scene(domain, label, actor.name, actor.pronoun, thing)


def class_quartet(rng: random.Random, goods: list[Entity], people: list[Entity], used: set[str]) -> list[dict]:
    """Four scenes of one script with things of the four classes: the class decides which ending follows. Empty when
    the script has no unused thing left."""
    domain = rng.choice(sorted(ACTIVITIES))
    label = rng.choice(sorted(ACTIVITIES[domain]))
    scenes = []
    for cls in GOOD_CLASSES[domain]:
        free = [g for g in goods if g.values["class"] == cls and f"{label}|{g.name}" not in used]
        if not free:
            return []
        scenes.append(draw_scene(rng, domain, label, rng.choice(free), people))
    used |= {scene.fact for scene in scenes}
    return _rows(rng, [(scene, 2) for scene in scenes])


def order_quartet(rng: random.Random, goods: list[Entity], people: list[Entity], used: set[str]) -> list[dict]:
    """One script stopped at four places; the endings are four later steps of that script."""
    domain = rng.choice(sorted(ACTIVITIES))
    label = rng.choice(sorted(ACTIVITIES[domain]))
    free = [g for g in goods if g.values["domain"] == domain and f"{label}|{g.name}" not in used]
    if not free:
        return []
    scene = draw_scene(rng, domain, label, rng.choice(free), people)
    used.add(scene.fact)
    return _rows(rng, [(scene, stop) for stop in rng.sample(range(2, 7), 4)])


def _rows(rng: random.Random, stops: list[tuple[Scene, int]]) -> list[dict]:
    endings = [scene.steps()[stop] + "." for scene, stop in stops]
    labels = rng.sample(range(4), 4)
    rows = []
    for (scene, stop), ending, label in zip(stops, endings, labels, strict=True):
        others = [e for e in endings if e != ending]
        rng.shuffle(others)
        ctx_a, ctx_b = scene.context(stop), scene.pronoun
        rows.append({"ind": 0, "activity_label": scene.label, "ctx_a": ctx_a, "ctx_b": ctx_b, "ctx": f"{ctx_a} {ctx_b}",
                     "endings": others[:label] + [ending] + others[label:], "source_id": f"scripts~{scene.fact}", "split": "val",
                     "split_type": "indomain", "label": str(label)})
    return rows
