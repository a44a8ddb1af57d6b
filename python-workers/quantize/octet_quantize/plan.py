"""What is to be done with a model: the job, its recipe by name, and the calibration data from the worker's environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from octet_worker_core.data_root import DataRoot
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.messages import QuantizeJob

RECIPES = ("data-free", "model-free", "gptq", "smoothquant-gptq")
CALIBRATED = ("gptq", "smoothquant-gptq")


@dataclass(frozen=True)
class Calibration:
    """Sequences that a calibrated recipe sees."""

    dataset: str = "wikitext"
    config: str = "wikitext-2-raw-v1"
    split: str = "train"
    column: str = "text"
    samples: int = 512
    length: int = 2048

    @staticmethod
    def from_environment(root: DataRoot, environment: Mapping[str, str] | None = None) -> Calibration:
        """``OCTET_CALIBRATION_DATASET`` (a hub id, or a .jsonl file that may be read), ``_CONFIG``, ``_SPLIT``, ``_COLUMN``, ``_SAMPLES``, ``_LENGTH``."""
        source = os.environ if environment is None else environment

        def text(name: str, default: str) -> str:
            return source.get(f"OCTET_CALIBRATION_{name}", default)

        dataset = text("DATASET", Calibration.dataset)
        if dataset.endswith(".jsonl"):
            dataset = str(root.resolve_readable(dataset))
        is_default = dataset == Calibration.dataset
        return Calibration(
            dataset,
            text("CONFIG", Calibration.config if is_default else ""),
            text("SPLIT", Calibration.split),
            text("COLUMN", Calibration.column),
            _number("SAMPLES", text("SAMPLES", str(Calibration.samples))),
            _number("LENGTH", text("LENGTH", str(Calibration.length))),
        )


@dataclass(frozen=True)
class Plan:
    """Paths are full; ``output`` is a staging folder; the child leaves its facts in ``facts``."""

    model: str
    output: str
    facts: str
    scheme: str
    recipe: str
    ignore: list[str]
    calibration: Calibration

    @staticmethod
    def of(job: QuantizeJob, root: DataRoot, output: Path, facts: Path) -> Plan:
        """Refuses what LLM Compressor would not do, or what the job may not touch."""
        if job.recipe not in RECIPES:
            raise OctetError(FailureKind.USAGE, f"recipe '{job.recipe}' is not known to the llm-compressor worker; use {', '.join(RECIPES)}")
        if job.scheme != "W8A8":
            raise OctetError(FailureKind.USAGE, f"scheme '{job.scheme}' is not supported: Octet compares INT8 W8A8")
        model = root.resolve_readable(job.model_path)
        if not (model / "config.json").is_file():
            raise OctetError(FailureKind.MODEL, f"{model} has no config.json: give the folder of a Hugging Face model")
        return Plan(str(model), str(output), str(facts), job.scheme, job.recipe, job.ignore, Calibration.from_environment(root))

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)))

    @staticmethod
    def read(path: Path) -> Plan:
        """What :meth:`write` wrote."""
        content: dict[str, Any] = json.loads(path.read_text())
        content["calibration"] = Calibration(**content["calibration"])
        return Plan(**content)


def _number(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000:
        return int(text)
    raise OctetError(FailureKind.USAGE, f"OCTET_CALIBRATION_{name}='{text}' must be a number from 1 to 1,000,000")
