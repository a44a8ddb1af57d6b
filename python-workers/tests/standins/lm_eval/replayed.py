"""The recorded files of $OCTET_STANDIN_OUTPUTS/plain or /chat under the names that LM Eval gives them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path


def leave(arguments: list[str], output: Path) -> None:
    """All of them."""
    for path in Path(os.environ["OCTET_STANDIN_OUTPUTS"], "chat" if "--apply_chat_template" in arguments else "plain").iterdir():
        stem, _, ending = path.name.removesuffix(".gz").rpartition(".")
        (output / f"{stem}_2026-11-24T01-02-03.456789.{ending}").write_bytes(gzip.decompress(path.read_bytes()))
