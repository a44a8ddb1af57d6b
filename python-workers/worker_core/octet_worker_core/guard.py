"""
``python -m octet_worker_core.guard PARENT COMMAND...``: runs a command and ends its whole process group when PARENT dies, even by
kill -9. The caller starts the guard in a session of its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """The command's exit code; 128 plus the number for a signal."""
    parent = int(arguments[0])
    signal.signal(signal.SIGUSR1, _end_group)
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)  # The command decides; the caller kills the group afterwards.
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGUSR1)
    except (OSError, AttributeError):
        pass  # Elsewhere than on Linux the loop below notices, a second later.
    child = subprocess.Popen(arguments[1:])
    while True:
        if os.getppid() != parent:
            _end_group(0, None)
        try:
            code = child.wait(_POLL_SECONDS)
            return 128 - code if code < 0 else code
        except subprocess.TimeoutExpired:
            continue


def _end_group(_number: int, _frame: object) -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
