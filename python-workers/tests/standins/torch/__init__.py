"""A build without GPU."""

from __future__ import annotations


class cuda:
    """No device."""

    @staticmethod
    def is_available() -> bool:
        return False
