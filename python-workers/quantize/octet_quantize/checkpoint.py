"""What lies in a checkpoint folder, by the headers of its safetensors files."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from octet_worker_core.failures import FailureKind, OctetError

_LARGEST_HEADER = 100 << 20
_PASSED_ON = (
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)


@dataclass(frozen=True)
class Inventory:
    """Tensor bytes and names."""

    tensor_bytes: int
    names: frozenset[str]

    @property
    def quantized(self) -> int:
        """Weights that have a scale beside them."""
        return sum(1 for name in self.names if name.endswith(".weight") and f"{name}_scale" in self.names)

    @property
    def copied(self) -> int:
        """Tensors that are neither quantized nor a scale."""
        return sum(1 for name in self.names if not name.endswith(".weight_scale")) - self.quantized


def inventory(folder: Path, kind: FailureKind) -> Inventory:
    """Reads headers only; a damaged or missing file is a failure of the given kind."""
    total = 0
    names: set[str] = set()
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise OctetError(kind, f"{folder} has no safetensors file")
    for path in files:
        header, size = _header(path, kind)
        total += size
        names.update(header)
    return Inventory(total, frozenset(names))


def pass_on(model: Path, output: Path) -> None:
    """Tokenizer, chat template and generation settings byte for byte, as the native backend does."""
    for name in _PASSED_ON:
        if (model / name).is_file():
            shutil.copyfile(model / name, output / name)


def _header(path: Path, kind: FailureKind) -> tuple[list[str], int]:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(_LARGEST_HEADER, size - 8):
                raise ValueError(f"its header of {length} bytes does not fit")
            header = json.loads(stream.read(length))
        return [name for name in header if name != "__metadata__"], size - 8 - length
    except (OSError, ValueError, TypeError) as error:
        raise OctetError(kind, f"{path} is not a safetensors file: {error}") from error
