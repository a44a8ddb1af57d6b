"""The proof that the mini tasks are held out finds what it must find."""

from __future__ import annotations

import random

from demo_model.check import ChoiceBayes, corpus_items, leaks, two_fold
from demo_model.instructions import KINDS, draw_exercise
from demo_model.items import make_item, mmlu_text, quartet
from demo_model.verify import follows


def test_leaks_text_inside_a_document_is_found():
    wanted = {"task": {"Where is the home of Ada Brun?"}}
    assert leaks(["x Where is the home of Ada Brun? y"], wanted)["task"] == wanted["task"]


def test_leaks_same_beginning_is_not_enough():
    assert leaks(["Where is the home of Ada Brix?"], {"task": {"Where is the home of Ada Brun?"}})["task"] == set()


def test_corpus_items_reads_what_mmlu_text_writes():
    item = make_item(random.Random(1), "towns", "Which?", "b", ["a", "c", "d"], "fact", 2)
    assert list(corpus_items(mmlu_text([item, item]))) == [(list(item.choices), 2)] * 2


def test_two_fold_quartets_give_chance():
    rng = random.Random(3)
    items = [i for _ in range(40) for i in quartet(rng, "s", [(f"q{c}", c, c) for c in rng.sample("abcdefgh", 4)])]
    assert two_fold([(list(i.choices), i.answer) for i in items]) == 0.25


def test_two_fold_answers_that_look_alike_are_caught():
    assert two_fold([(["right one", "other a", "other b", "other c"], 0)] * 40) == 1.0


def test_guess_ties_do_not_depend_on_place():
    assert ChoiceBayes().guess(["a", "b", "c", "d"]) == 3
    assert ChoiceBayes().guess(["d", "b", "c", "a"]) == 0


def test_draw_exercise_every_kind_follows_its_instruction():
    for kind in KINDS:
        exercise = draw_exercise(random.Random(kind), (kind,))
        assert follows(exercise.response, list(exercise.kinds), list(exercise.kwargs)) == [True]
