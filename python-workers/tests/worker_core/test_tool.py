"""A tool as a child: its end, its output, cancel, deadline, and the death of the worker."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conftest import SOURCES
from octet_test_support.queue_server import eventually
from octet_worker_core.context import Interrupted, JobContext
from octet_worker_core.data_root import DataRoot
from octet_worker_core.records import Claim, Progress
from octet_worker_core.tool import run_tool

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(SOURCES)}
FOREVER = "import sys, time; open(sys.argv[1], 'w').write(str(__import__('os').getpid())); time.sleep(600)"


class Nowhere:
    def report(self, progress: Progress) -> None:
        del progress


def context(tmp_path: Path) -> tuple[JobContext, threading.Event]:
    cancelled = threading.Event()
    claim = Claim("j", "q", "w", 1)
    return JobContext(claim, DataRoot(tmp_path), Nowhere(), cancelled, threading.Event(), threading.Event()), cancelled


def is_running(pid_file: Path) -> bool:
    stat = Path(f"/proc/{pid_file.read_text()}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_run_tool_exit_code_and_output_are_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('x' * 100_000); print('last line', file=sys.stderr); sys.exit(5)"]
    end = run_tool(command, context(tmp_path)[0], environment=ENVIRONMENT)
    assert (end.exit_code, end.timed_out) == (5, False)
    assert end.tail.endswith("last line\n")
    assert len(end.tail) <= 64 * 1024


def test_run_tool_killed_by_a_signal_says_so(tmp_path: Path) -> None:
    end = run_tool([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], context(tmp_path)[0], environment=ENVIRONMENT)
    assert end.exit_code == 128 + 9


def test_run_tool_past_its_deadline_is_ended(tmp_path: Path) -> None:
    end = run_tool(["sleep", "600"], context(tmp_path)[0], environment=ENVIRONMENT, deadline=0.3)
    assert end.timed_out


def test_run_tool_cancelled_ends_the_tool(tmp_path: Path) -> None:
    running, cancelled = context(tmp_path)
    pid_file = tmp_path / "pid"

    def look(_output: str) -> None:
        if pid_file.exists() and pid_file.read_text():
            cancelled.set()

    with pytest.raises(Interrupted):
        run_tool([sys.executable, "-c", FOREVER, str(pid_file)], running, environment=ENVIRONMENT, on_look=look)
    assert not is_running(pid_file)


def test_run_tool_worker_killed_ends_the_tool(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    worker = (
        "import sys; from pathlib import Path; from test_tool import context, FOREVER; from octet_worker_core.tool import run_tool;"
        "run_tool([sys.executable, '-c', FOREVER, sys.argv[1]], context(Path(sys.argv[2]))[0])"
    )
    path = {"PYTHONPATH": os.pathsep.join([*SOURCES, str(Path(__file__).parent)])}
    process = subprocess.Popen([sys.executable, "-c", worker, str(pid_file), str(tmp_path)], env={**os.environ, **path})
    eventually(lambda: pid_file.exists() and pid_file.read_text() != "")
    process.kill()
    process.wait()
    eventually(lambda: not is_running(pid_file))
