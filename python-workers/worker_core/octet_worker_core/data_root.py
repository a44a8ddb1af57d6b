"""The one folder that services and workers share. Every path of a message must resolve inside it, or inside a read-only root."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from octet_worker_core.failures import FailureKind, OctetError


class DataRoot:
    """Resolves the paths of messages; links are followed, so that none leads outside."""

    def __init__(self, path: str | Path, read_only_roots: Iterable[str | Path] = ()) -> None:
        self.path = Path(path).absolute()
        self.path.mkdir(parents=True, exist_ok=True)
        self.path = self.path.resolve()
        self._read_only = tuple(Path(root).resolve() for root in read_only_roots)

    @property
    def cache(self) -> Path:
        """Where tools keep what they download."""
        return self.path / "cache"

    def resolve(self, relative: str) -> Path:
        """Full path of a writable place."""
        full = self._full(relative)
        if not full.is_relative_to(self.path):
            raise OctetError(FailureKind.USAGE, f"path '{relative}' leaves the data root {self.path}; use a path inside it")
        return full

    def resolve_readable(self, path: str) -> Path:
        """Full path of something to read: inside the data root or a read-only root."""
        full = self._full(path)
        if not any(full.is_relative_to(root) for root in (self.path, *self._read_only)):
            raise OctetError(
                FailureKind.USAGE, f"path '{path}' is outside the data root {self.path} and every folder this run may read"
            )
        return full

    def _full(self, path: str) -> Path:
        if not path or "\0" in path:
            raise OctetError(FailureKind.USAGE, "a path of the job is empty or holds a zero character")
        try:
            return (self.path / path).resolve()
        except (OSError, RuntimeError) as error:
            raise OctetError(FailureKind.USAGE, f"path '{path[:200]}' cannot be resolved: {error}") from error
