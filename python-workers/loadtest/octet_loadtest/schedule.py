"""The order of a load test: in every block each server is run once, back to back; who begins alternates from a random start."""

from __future__ import annotations

import random
from typing import NamedTuple


class Pass(NamedTuple):
    """One server with the whole grid: ``block`` and ``order`` are 0-based."""

    block: int
    order: int
    target: int
    seed: int


def passes(targets: int, blocks: int, seed: int) -> list[Pass]:
    """ABBA blocks; the passes of one block share the prompts' seed, which no other block has."""
    start = random.Random(seed).randrange(targets)
    return [
        Pass(block, order, (start + block + order) % targets, (seed + block) % (1 << 31)) for block in range(blocks) for order in range(targets)
    ]
