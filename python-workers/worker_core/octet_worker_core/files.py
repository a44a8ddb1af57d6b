"""Files that appear complete or not at all."""

from __future__ import annotations

import fcntl
import glob
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LOCK = ".lock"


def write_bytes(path: Path, content: bytes) -> None:
    """Temporary file beside it, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Indented, UTF-8; a number that is not finite is an error."""
    write_bytes(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False).encode())


@contextmanager
def staged_folder(final: Path) -> Iterator[Path]:
    """A folder that takes its final name only when the block ends well; an older one under that name is replaced.

    What a killed process left behind for the same folder is removed first: a living writer holds the lock of its own.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(final)
    staging = final.with_name(f".{final.name}.{uuid.uuid4().hex}.partial")
    lock = staging.with_name(staging.name + _LOCK)
    with lock.open("xb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield staging
            _sync(staging)
            if final.exists():
                shutil.rmtree(final)
            staging.replace(final)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            lock.unlink(missing_ok=True)


def _remove_abandoned(final: Path) -> None:
    for lock in final.parent.glob(f".{glob.escape(final.name)}.*.partial{_LOCK}"):
        try:
            with lock.open("rb") as free:
                fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCK)), ignore_errors=True)
                lock.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # Its writer lives, or has just ended.


def _sync(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
