"""Failures that a user can act on, named as in src/Contracts/Runs/FailureKind.cs."""

from __future__ import annotations

from enum import Enum


class FailureKind(Enum):
    """Why a job failed."""

    INTERNAL = "Internal"
    USAGE = "Usage"
    MODEL = "Model"
    ARTIFACT = "Artifact"
    SERVER = "Server"
    RESOURCE_BUSY = "ResourceBusy"
    STORAGE = "Storage"
    DATASET = "Dataset"
    BACKEND_UNAVAILABLE = "BackendUnavailable"
    MEASUREMENT = "Measurement"

    @property
    def may_pass(self) -> bool:
        """Whether another attempt may succeed."""
        return self in _MAY_PASS


_MAY_PASS = frozenset(
    {FailureKind.SERVER, FailureKind.RESOURCE_BUSY, FailureKind.BACKEND_UNAVAILABLE, FailureKind.INTERNAL}
)

_LONGEST_MESSAGE = 2000


class OctetError(Exception):
    """An expected failure with one line that says what, where and what to do."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = one_line(message)


def one_line(message: str) -> str:
    """The message on one line, cut to 2,000 characters."""
    flat = " ".join(message.split())
    return flat if len(flat) <= _LONGEST_MESSAGE else flat[:_LONGEST_MESSAGE] + "..."
