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
    _kill_worker_once(name)
    failure = os.environ.get("OCTET_STANDIN_FAILURE", "")
    if failure == "kill":
        os.kill(os.getpid(), 9)
    if failure:
        sys.stderr.write(f"Traceback (most recent call last):\n{failure}\n")
        sys.exit(1)


def _kill_worker_once(name: str) -> None:
    """Kills the worker with SIGKILL the first time that each tool runs, where $OCTET_STANDIN_KILL_ONCE names a folder."""
    folder = os.environ.get("OCTET_STANDIN_KILL_ONCE")
    if folder is None or name not in ("oneshot", "lm_eval", "guidellm"):
        return
    os.makedirs(folder, exist_ok=True)
    try:
        os.close(os.open(os.path.join(folder, name + ".killed"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    with open(f"/proc/{os.getppid()}/stat", encoding="ascii") as stat:
        worker = int(stat.read().rpartition(")")[2].split()[1])  # The parent of the guard.
    os.kill(worker, 9)
