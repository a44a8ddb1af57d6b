"""Where the stand-ins record their calls, and how they are told to fail."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def record(name: str, **arguments: Any) -> None:
    """One line in $OCTET_STANDIN_CALLS; fails as $OCTET_STANDIN_FAILURE says."""
    with open(os.environ["OCTET_STANDIN_CALLS"], "a", encoding="utf-8") as stream:
        stream.write(json.dumps({"call": name, **arguments}) + "\n")
    failure = os.environ.get("OCTET_STANDIN_FAILURE", "")
    if failure == "kill":
        os.kill(os.getpid(), 9)
    if failure:
        sys.stderr.write(f"Traceback (most recent call last):\n{failure}\n")
        sys.exit(1)
