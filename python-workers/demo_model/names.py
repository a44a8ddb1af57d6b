"""Invented words: unique, pronounceable, unlike English words of the corpus."""

from __future__ import annotations

import random

ONSETS = "b br d dr f fl g gr h k kl l m n p pr r s sk st t tr v w z".split()
VOWELS = "a e i o u ai ea io".split()
CODAS = "l m n r s t k nd rn lt x".split()


class NameMaker:
    """Draws words of two or three syllables; no word is drawn twice."""

    def __init__(self, rng: random.Random, reserved: set[str]):
        self._rng = rng
        self._taken = set(reserved)

    def word(self, syllables: int = 2, ending: str = "") -> str:
        while True:
            parts = [self._rng.choice(ONSETS) + self._rng.choice(VOWELS) for _ in range(syllables)]
            word = "".join(parts) + (ending or self._rng.choice(CODAS))
            if word not in self._taken and len(word) <= 10:
                self._taken.add(word)
                return word

    def words(self, count: int, syllables: int = 2, ending: str = "") -> list[str]:
        return [self.word(syllables, ending) for _ in range(count)]
