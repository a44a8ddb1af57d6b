"""What a worker announces: versions of its tools, and the accelerator."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from collections.abc import Iterable


def tool_versions(distributions: Iterable[str]) -> dict[str, str]:
    """Installed versions by distribution name, with Python's own; a missing one is left out."""
    found = {"python": platform.python_version()}
    for name in distributions:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def accelerator() -> dict[str, str]:
    """Name, memory, driver and compute capability of the first GPU, by nvidia-smi; empty where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return {}
    query = [program, "--query-gpu=name,memory.total,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        output = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    values = [value.strip() for value in output.strip().splitlines()[0].split(",")] if output.strip() else []
    names = ("gpu", "gpu_memory", "gpu_driver", "gpu_compute_capability")
    return dict(zip(names, values)) if len(values) == len(names) else {}
