"""Settings, connection strings, paths and messages: bad input gets a precise error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCES
from octet_test_support.sender import JOB
from octet_worker_core.connection import connect
from octet_worker_core.data_root import DataRoot
from octet_worker_core.failures import OctetError
from octet_worker_core.files import staged_folder, write_json
from octet_worker_core.messages import QuantizeJob, UnreadableError, read_message
from octet_worker_core.settings import Settings


def test_settings_every_error_is_reported_at_once() -> None:
    with pytest.raises(OctetError) as error:
        Settings.from_environment({"Jobs__Lease": "soon", "Jobs__MaxAttempts": "0"})
    for part in ("ConnectionStrings__redis", "DataRoot", "Jobs__Lease='soon'", "Jobs__MaxAttempts='0'"):
        assert part in error.value.message


def test_settings_time_spans_of_dotnet_are_read() -> None:
    environment = {"ConnectionStrings__redis": "h:1", "DataRoot": "/d", "Jobs__Lease": "00:01:30.5", "Jobs__Retention": "2.00:00:00"}
    settings = Settings.from_environment(environment)
    assert (settings.lease, settings.retention) == (90.5, 172800.0)


def test_settings_delay_doubles_up_to_its_bound() -> None:
    settings = Settings("h", "/d", retry_delay=1.0, max_retry_delay=5.0)
    assert [settings.delay_before(attempt) for attempt in (2, 3, 4, 5)] == [1.0, 2.0, 4.0, 5.0]


def test_settings_shown_hides_the_secret() -> None:
    assert "hunter2" not in repr(Settings("h:1,password=hunter2", "/d"))


def test_connect_form_of_stackexchange_redis_is_understood() -> None:
    options = connect("localhost:6390,password=a=b,ssl=True,abortConnect=false").connection_pool.connection_kwargs
    assert (options["host"], options["port"], options["password"]) == ("localhost", 6390, "a=b")


@pytest.mark.parametrize("text", ["h:x", "h:1,k:2", "h:1,defaultDatabase=a"])
def test_connect_malformed_string_is_refused(text: str) -> None:
    with pytest.raises(OctetError, match="ConnectionStrings__redis"):
        connect(text)


def test_data_root_paths_that_leave_it_are_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to(tmp_path)
    root = DataRoot(tmp_path / "root", [tmp_path / "models"])
    assert root.resolve("runs/a") == tmp_path / "root/runs/a"
    assert root.resolve_readable(str(tmp_path / "models/m")) == tmp_path / "models/m"
    for path in ("..", "runs/../../x", "/etc/passwd", "link/x", "", "a\0b", str(tmp_path / "models/m"), str(tmp_path / "root2")):
        with pytest.raises(OctetError):
            root.resolve(path)
    with pytest.raises(OctetError, match="outside the data root"):
        root.resolve_readable("/etc/passwd")


@pytest.mark.parametrize(
    ("change", "named"),
    [({"scheme": 8}, "scheme"), ({"ignore": [1]}, "ignore"), ({"run_id": None}, "run_id"), ({"ignore": None}, "ignore")],
)
def test_read_message_wrong_member_is_named(change: dict[str, object], named: str) -> None:
    import json

    with pytest.raises(UnreadableError, match=named):
        read_message(QuantizeJob, json.dumps({**JOB, **change}).encode())


def test_read_message_unknown_member_is_ignored() -> None:
    import json

    assert read_message(QuantizeJob, json.dumps({**JOB, "later": 1}).encode()).scheme == "W8A8"


def test_read_message_deep_nesting_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        read_message(QuantizeJob, b"[" * 200_000)


def test_staged_folder_failure_leaves_the_old_one(tmp_path: Path) -> None:
    final = tmp_path / "m"
    with staged_folder(final) as staging:
        staging.mkdir()
        (staging / "a").write_text("1")
    with pytest.raises(RuntimeError), staged_folder(final) as staging:
        staging.mkdir()
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert (final / "a").read_text() == "1"


def test_write_json_not_finite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "x.json", {"v": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_staged_folder_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal, sys\n"
        "from octet_worker_core.files import staged_folder\n"
        "with staged_folder(pathlib.Path(sys.argv[1])) as staging:\n"
        "    staging.mkdir()\n"
        "    (staging / 'half').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "model")], env={**os.environ, "PYTHONPATH": os.pathsep.join(SOURCES)}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [path.name for path in tmp_path.glob(".model.*.partial")]
    other = tmp_path / ".other.1.partial"
    other.mkdir()

    with staged_folder(tmp_path / "model") as staging:
        staging.mkdir()
        with staged_folder(tmp_path / "model") as second:  # The first one's writer lives: its folder stays.
            second.mkdir()
        assert staging.exists()

    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, "model"]
