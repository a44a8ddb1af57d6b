"""Makes the workers importable without an installation."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
SOURCES = [str(_HERE / name) for name in ("worker_core", "quantize", "evaluate", "loadtest", "tests/support")] + [str(_HERE)]
sys.path[:0] = SOURCES
