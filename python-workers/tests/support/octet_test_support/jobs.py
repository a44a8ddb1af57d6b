"""Runs a handler on a job without a queue, its tool's stand-ins on the path of the child."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from conftest import SOURCES
from octet_worker_core.context import JobContext
from octet_worker_core.data_root import DataRoot
from octet_worker_core.records import Claim, Progress

REPOSITORY = Path(__file__).parents[4]
STANDINS = REPOSITORY / "python-workers/tests/standins"
MODEL = REPOSITORY / "tests/TestSupport/Data/models/stories260K"


class Reports:
    """Every progress report."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def report(self, progress: Progress) -> None:
        self.seen.append(progress)


class JobRun:
    """One data root, one context, and what the stand-ins recorded."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = DataRoot(tmp_path / "root", [MODEL, tmp_path])
        self.reports = Reports()
        self.cancelled = threading.Event()
        self.context = JobContext(
            Claim("j", "q", "w", 1, b"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            self.root,
            self.reports,
            self.cancelled,
            threading.Event(),
            threading.Event(),
        )
        self._calls = tmp_path / "calls.jsonl"
        monkeypatch.setenv("OCTET_STANDIN_CALLS", str(self._calls))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(STANDINS), *SOURCES]))

    def calls(self, name: str) -> list[dict[str, Any]]:
        """The recorded calls of one name."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [call for call in map(json.loads, lines) if call.pop("call") == name]

    def read(self, path: str) -> Any:
        """A JSON file of the data root."""
        return json.loads((self.root.path / path).read_text())


@pytest.fixture
def job_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobRun:
    """For tests of handlers."""
    return JobRun(tmp_path, monkeypatch)
