"""Settings of a worker from the environment, under the names that the C# services use."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from octet_worker_core.failures import FailureKind, OctetError

_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,7})?))?")


@dataclass(frozen=True)
class Settings:
    """Times are seconds."""

    connection_string: str = field(repr=False)
    data_root: str
    read_only_roots: tuple[str, ...] = ()
    lease: float = 15.0
    poll_interval: float = 1.0
    max_attempts: int = 3
    retry_delay: float = 1.0
    max_retry_delay: float = 60.0
    progress_interval: float = 0.2
    retention: float = 7 * 24 * 3600.0

    def delay_before(self, next_attempt: int) -> float:
        """Wait before an attempt: doubled for each one after the second, bounded."""
        return float(min(self.max_retry_delay, self.retry_delay * 2.0 ** max(0, next_attempt - 2)))

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
        """Reads ``ConnectionStrings__redis``, ``DataRoot``, ``ReadOnlyRoots`` and ``Jobs__*``; reports every error at once."""
        source = os.environ if environment is None else environment
        errors: list[str] = []
        connection = source.get("ConnectionStrings__redis", "")
        if not connection:
            errors.append("ConnectionStrings__redis is missing: give the queue's address, like 127.0.0.1:6379")
        root = source.get("DataRoot", "")
        if not root:
            errors.append("DataRoot is missing: give the folder that all services and workers share")

        def seconds(name: str, default: float, least: float) -> float:
            text = source.get(f"Jobs__{name}")
            value = default if text is None else _seconds(text)
            if value is None or value < least:
                errors.append(f"Jobs__{name}='{text}' must be a time span of at least {least:g} s, like 00:00:15")
                return default
            return value

        settings = Settings(
            connection_string=connection,
            data_root=root,
            read_only_roots=tuple(part for part in source.get("ReadOnlyRoots", "").split(os.pathsep) if part),
            lease=seconds("Lease", 15.0, 0.1),
            poll_interval=seconds("PollInterval", 1.0, 0.001),
            max_attempts=_attempts(source.get("Jobs__MaxAttempts", "3"), errors),
            retry_delay=seconds("RetryDelay", 1.0, 0.0),
            max_retry_delay=seconds("MaxRetryDelay", 60.0, 0.0),
            progress_interval=seconds("ProgressInterval", 0.2, 0.0),
            retention=seconds("Retention", 7 * 24 * 3600.0, 60.0),
        )
        if settings.max_retry_delay < settings.retry_delay:
            errors.append("Jobs__RetryDelay must not be above Jobs__MaxRetryDelay")
        if errors:
            raise OctetError(FailureKind.USAGE, "; ".join(errors))
        return settings


def _seconds(text: str) -> float | None:
    match = _TIME_SPAN.fullmatch(text.strip())
    if match is None:
        return None
    days, hours, minutes, rest = match.groups()
    return int(days or 0) * 86400.0 + int(hours) * 3600.0 + int(minutes) * 60.0 + float(rest or 0)


def _attempts(text: str, errors: list[str]) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 100:
        return int(text)
    errors.append(f"Jobs__MaxAttempts='{text}' must be from 1 to 100")
    return 1
