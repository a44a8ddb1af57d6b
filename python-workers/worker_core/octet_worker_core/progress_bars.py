"""Reads the progress bars (tqdm) that Python tools write."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

_BAR = re.compile(r"(?:([^\r\n|%]*?):\s*)?\d{1,3}%\|[^|\r\n]*\|\s*(\d{1,12})/(\d{1,12})")
_LONGEST_NAME = 80


class Bar(NamedTuple):
    """One state of one bar."""

    name: str
    done: int
    total: int


def last_bar(output: str) -> Optional[Bar]:
    """The newest bar in the output, or None."""
    found = None
    for found in _BAR.finditer(output):
        continue
    if found is None:
        return None
    name = (found[1] or "").strip()[-_LONGEST_NAME:]
    return Bar(name, int(found[2]), int(found[3]))
