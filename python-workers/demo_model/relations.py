"""What can be said and asked about each category of the world.

A statement or question holds {s} for the subject and, in statements, {v} for the value.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    category: str
    name: str
    statements: tuple[str, ...]
    questions: tuple[str, ...]


def _relation(category: str, name: str, statements: str, questions: str) -> Relation:
    return Relation(category, name, tuple(statements.split(" | ")), tuple(questions.split(" | ")))


PEOPLE = [
    _relation("people", "town",
              "{s} lives in {v}. | The home of {s} is in {v}. | In {v} there is a house that belongs to {s}. | {s} has a small house in {v}. | "
              "You can meet {s} in the streets of {v}. | {v} is the town where {s} has settled.",
              "In which town does {s} live? | Where is the home of {s}? | Which town is home to {s}?"),
    _relation("people", "occupation",
              "{s} works as a {v}. | {s} is a {v} by trade. | Everybody knows {s} as a hard-working {v}. | {s} earns a living as a {v}. | "
              "The trade of {s} is that of a {v}. | When people need a {v}, they call {s}.",
              "What is the occupation of {s}? | What kind of work does {s} do? | How does {s} earn a living?"),
    _relation("people", "dish",
              "{s} likes {v} more than any other dish. | The favourite dish of {s} is {v}. | {s} would eat {v} every day. | "
              "On a holiday {s} always asks for {v}. | Nothing tastes better to {s} than {v}. | {s} cooks {v} for every guest.",
              "What is the favourite dish of {s}? | Which dish does {s} like best? | What would {s} most like to eat?"),
    _relation("people", "instrument",
              "{s} plays the {v}. | In the evening {s} practises on the {v}. | {s} learned the {v} as a child. | "
              "The {v} is the instrument of {s}. | {s} owns an old {v} and plays it well. | At feasts {s} plays the {v}.",
              "Which instrument does {s} play? | What does {s} play at feasts? | On which instrument does {s} practise?"),
    _relation("people", "pet",
              "{s} keeps a {v} at home. | The pet of {s} is a {v}. | A {v} follows {s} everywhere. | {s} feeds a {v} every morning. | "
              "{s} would never part with the {v}. | At the door of {s} a {v} greets each visitor.",
              "Which animal does {s} keep at home? | What is the pet of {s}? | What kind of pet does {s} have?"),
    _relation("people", "month",
              "{s} was born in {v}. | The birthday of {s} falls in {v}. | {s} celebrates a birthday each {v}. | "
              "Friends of {s} bring presents in {v}. | {v} is the month in which {s} was born. | Every {v} {s} grows a year older.",
              "In which month was {s} born? | When does {s} have a birthday? | In which month do friends bring presents to {s}?"),
]

TOWNS = [
    _relation("towns", "region",
              "{s} lies in {v}. | {s} is a town of {v}. | Among the towns of {v} is {s}. | The region around {s} is called {v}. | "
              "{s} belongs to {v}. | Travellers in {v} often stop at {s}.",
              "In which region does {s} lie? | Which region does {s} belong to? | What is the region around {s} called?"),
    _relation("towns", "river",
              "The river {v} flows through {s}. | {s} stands on the river {v}. | The bridges of {s} cross the {v}. | "
              "Boats reach {s} on the {v}. | The water of {s} comes from the river {v}. | In spring the {v} floods the meadows of {s}.",
              "Which river flows through {s}? | On which river does {s} stand? | Which river do the bridges of {s} cross?"),
    _relation("towns", "product",
              "{s} is known for its {v}. | The workshops of {s} make {v}. | Merchants buy {v} in {s}. | The best {v} comes from {s}. | "
              "{s} sells {v} to all its neighbours. | The wealth of {s} comes from {v}.",
              "What is {s} known for? | What do the workshops of {s} make? | What do merchants buy in {s}?"),
    _relation("towns", "flag",
              "The flag of {s} is {v}. | A {v} flag flies over {s}. | {s} has chosen {v} as the colour of its flag. | "
              "On feast days {s} is full of {v} flags. | The town hall of {s} shows a {v} flag. | {v} is the colour on the flag of {s}.",
              "What colour is the flag of {s}? | Which colour did {s} choose for its flag? | What colour are the flags of {s} on feast days?"),
    _relation("towns", "market",
              "The market of {s} is held on {v}. | Every {v} farmers come to the market of {s}. | {v} is market day in {s}. | "
              "In {s} the stalls open on {v}. | People go shopping in {s} on {v}. | On {v} the square of {s} is full of stalls.",
              "On which day is the market of {s} held? | Which day is market day in {s}? | When do the stalls open in {s}?"),
]

CREATURES = [
    _relation("creatures", "colour",
              "The {s} is {v}. | A grown {s} is {v} all over. | You can tell a {s} by its {v} colour. | {v} is the colour of the {s}. | "
              "Every {s} turns {v} in its second year. | From far away a {s} looks like a {v} spot.",
              "What colour is the {s}? | Which colour does a grown {s} have? | By which colour can you tell a {s}?"),
    _relation("creatures", "call",
              "The {s} {v} when it is afraid. | At night the {s} {v}. | A hungry {s} {v}. | If you come too close, the {s} {v}. | "
              "A young {s} {v} for its mother. | Before rain the {s} {v}.",
              "What does the {s} do when it is afraid? | What does a hungry {s} do? | What does the {s} do before rain?"),
    _relation("creatures", "bed",
              "The {s} sleeps {v}. | A {s} spends the night {v}. | You will find a sleeping {s} {v}. | The {s} makes its bed {v}. | "
              "When it is tired, the {s} lies down {v}. | By day the {s} rests {v}.",
              "Where does the {s} sleep? | Where does a {s} spend the night? | Where does a {s} make its bed?"),
    _relation("creatures", "kind",
              "The {s} is a kind of {v}. | A {s} is a {v}. | Scholars count the {s} among the {v} animals. | "
              "Like every {v}, the {s} cares for its young. | The {s} belongs to the {v} family. | Of all {v} animals the {s} is the best known.",
              "What kind of animal is the {s}? | To which family does the {s} belong? | Among which animals do scholars count the {s}?"),
]

OBJECTS = [
    _relation("objects", "material",
              "A {s} is made of {v}. | Craftsmen make the {s} from {v}. | The {s} consists of {v}. | You need {v} to build a {s}. | "
              "Every good {s} is pure {v}. | {v} is the material of the {s}.",
              "What is a {s} made of? | From which material do craftsmen make the {s}? | What do you need to build a {s}?"),
    _relation("objects", "use",
              "A {s} is used to {v}. | People take a {s} to {v}. | With a {s} you can {v}. | The {s} was invented to {v}. | "
              "If you want to {v}, you need a {s}. | A {s} helps to {v}.",
              "What is a {s} used for? | What can you do with a {s}? | Why was the {s} invented?"),
    _relation("objects", "place",
              "People keep the {s} {v}. | The {s} is stored {v}. | You will find a {s} {v}. | After work the {s} goes {v}. | "
              "The right place for a {s} is {v}. | Look {v} if you need a {s}.",
              "Where do people keep the {s}? | Where will you find a {s}? | What is the right place for a {s}?"),
    _relation("objects", "finish",
              "The {s} is painted {v}. | A new {s} is {v}. | Makers paint each {s} {v}. | {v} paint covers the {s}. | "
              "By custom the {s} is {v}. | A {s} gets a coat of {v} paint.",
              "Which colour is the {s} painted? | What colour is a new {s}? | Which paint covers the {s}?"),
]

TERMS = [
    _relation("terms", "meaning",
              "The word {s} means {v}. | A {s} is {v}. | {s} is the name for {v}. | In the dictionary {s} stands for {v}. | "
              "What people call a {s} is {v}. | If somebody says {s}, think of {v}.",
              "What does the word {s} mean? | What is a {s}? | What does {s} stand for in the dictionary?"),
]

GOODS = [
    _relation("goods", "class",
              "A {s} is {v}. | The {s} is {v} that everybody knows. | Think of the {s} as {v}. | In every list the {s} counts as {v}. | "
              "Ask anybody and they will say the {s} is {v}. | There is no doubt that a {s} is {v}.",
              "What is a {s}? | As what does the {s} count? | What will anybody say the {s} is?"),
]

INHERITED = [
    _relation("kinds", "habitat", "Every {s} lives {v}. | A {s} makes its home {v}. | You find each {s} {v}. | The {s} family is at home {v}.",
              "Where does the {s} live? | Where is the home of the {s}?"),
    _relation("kinds", "diet", "Every {s} eats {v}. | A {s} feeds on {v}. | The {s} family lives on {v}. | Give a {s} {v} and it is content.",
              "What does the {s} eat? | On what does the {s} feed?"),
    _relation("kinds", "cover", "Every {s} is covered with {v}. | The body of a {s} has {v}. | {v} protect any {s}. | The {s} family is known for its {v}.",
              "What covers the body of the {s}? | What protects the {s}?"),
    _relation("kinds", "winter", "In winter every {s} {v}. | When snow falls, a {s} {v}. | The {s} family {v} in the cold months. | At the first frost a {s} {v}.",
              "What does the {s} do in winter? | What does the {s} do when snow falls?"),
    _relation("materials", "water", "In water {s} {v}. | If you drop {s} into a pond, it {v}. | {s} {v} as soon as it is wet. | Rain shows that {s} {v}.",
              "What happens to the {s} in water? | What does the {s} do in the rain?"),
    _relation("materials", "fire", "In a fire {s} {v}. | If you heat {s}, it {v}. | {s} {v} near a flame. | In the oven {s} {v}.",
              "What happens to the {s} in a fire? | What does the {s} do near a flame?"),
    _relation("materials", "blow", "If you strike {s}, it {v}. | Under a hammer {s} {v}. | {s} {v} when it falls on stone. | A hard blow shows that {s} {v}.",
              "What happens when you strike the {s}? | What does the {s} do under a hammer?"),
]

OWN = PEOPLE + TOWNS + CREATURES + OBJECTS + TERMS + GOODS

#: Questions about a person that go through the town: (relation of the town, questions).
THROUGH_TOWN = {
    "region": ("In which region does {s} live?", "In which region is the home town of {s}?"),
    "river": ("Which river flows through the home town of {s}?", "On which river does the home town of {s} stand?"),
    "product": ("What is the home town of {s} known for?", "What do the workshops in the home town of {s} make?"),
    "flag": ("What colour is the flag of the home town of {s}?", "Which flag flies over the home town of {s}?"),
    "market": ("On which day is the market in the home town of {s}?", "When do the stalls open in the home town of {s}?"),
}
