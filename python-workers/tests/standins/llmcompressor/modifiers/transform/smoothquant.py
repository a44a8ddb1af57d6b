"""Where SmoothQuant lives in current versions."""

from __future__ import annotations


class SmoothQuantModifier:
    """SmoothQuant."""

    def __init__(self, smoothing_strength: float) -> None:
        self.described = {"SmoothQuantModifier": {"smoothing_strength": smoothing_strength}}
