"""The quantize worker against LLM Compressor's recorded artefact of stories260K."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from octet_quantize.checkpoint import inventory
from octet_quantize.handler import quantize
from octet_test_support.jobs import MODEL, REPOSITORY, JobRun
from octet_worker_core.context import Interrupted
from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.messages import QuantizeJob

ARTEFACT = REPOSITORY / "tests/Quantizer.Tests/Data/datafree/stories260K"
REPORT = "runs/r/quantize.json"
IGNORE = ["lm_head"]


@pytest.fixture(autouse=True)
def _artefact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTET_STANDIN_ARTEFACT", str(ARTEFACT))


def job(**changes: Any) -> QuantizeJob:
    fields: dict[str, Any] = {
        "run_id": "r",
        "model_path": str(MODEL),
        "output_path": "models/m-int8",
        "report_path": REPORT,
        "scheme": "W8A8",
        "recipe": "data-free",
        "ignore": IGNORE,
    }
    return QuantizeJob(**{**fields, **changes})


def test_quantize_data_free_leaves_the_recorded_artefact_and_the_report(job_run: JobRun) -> None:
    assert quantize(job(), job_run.context).report_path == REPORT
    output = job_run.root.path / "models/m-int8"
    for name in ("model.safetensors", "config.json", "recipe.yaml"):
        assert (output / name).read_bytes() == (ARTEFACT / name).read_bytes()
    assert (output / "tokenizer.json").read_bytes() == (MODEL / "tokenizer.json").read_bytes()
    assert job_run.calls("oneshot")[0]["recipe"] == [{"QuantizationModifier": {"targets": "Linear", "scheme": "W8A8", "ignore": IGNORE}}]
    assert job_run.calls("from_pretrained") == [{"dtype": "auto", "trust_remote_code": False}]
    assert job_run.calls("save_pretrained") == [{"save_compressed": True}]
    report = job_run.read(REPORT)
    # stories260K has 5 layers with 7 linear weights each.
    assert (report["backend"], report["recipe"], report["quantized_tensors"]) == ("llm-compressor", "data-free", 35)
    assert report["bytes_read"] == inventory(MODEL, FailureKind.MODEL).tensor_bytes
    assert report["bytes_written"] == inventory(ARTEFACT, FailureKind.ARTIFACT).tensor_bytes
    assert report["peak_memory_bytes"] > 1 << 20
    assert [path.name for path in (job_run.root.path / "models").iterdir()] == ["m-int8"]


def test_quantize_model_free_ignores_embeddings_too(job_run: JobRun) -> None:
    quantize(job(recipe="model-free"), job_run.context)
    expected = {"scheme": "W8A8", "ignore": ["lm_head", "re:.*embed_tokens$"], "max_workers": 1, "device": "cpu"}
    assert job_run.calls("model_free_ptq") == [expected]


def test_quantize_smoothquant_gptq_is_the_workflow_on_the_calibration_texts(
    job_run: JobRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text("".join(json.dumps({"text": text}) + "\n" for text in ("", "abcdef", "  ", "xy", "never seen")))
    for name, value in (("DATASET", str(texts)), ("SAMPLES", "2"), ("LENGTH", "4")):
        monkeypatch.setenv(f"OCTET_CALIBRATION_{name}", value)
    quantize(job(recipe="smoothquant-gptq"), job_run.context)
    call = job_run.calls("oneshot")[0]
    assert call["recipe"] == [
        {"SmoothQuantModifier": {"smoothing_strength": 0.8}},
        {"GPTQModifier": {"targets": "Linear", "scheme": "W8A8", "ignore": IGNORE}},
    ]
    assert call["rows"] == [{"input_ids": [97, 98, 99, 100]}, {"input_ids": [120, 121]}]
    assert (call["max_seq_length"], call["num_calibration_samples"], call["shuffle"], call["has_processor"]) == (4, 2, False, True)


FAILURES = [
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 1.00 GiB free.", "BackendUnavailable", "2.00 GiB"),
    ("torch.AcceleratorError: CUDA error: out of memory", "BackendUnavailable", "larger one"),
    ("RuntimeError: dispatch_scaled_mm: Int8 not supported on SM120. Use FP8 quantization instead.", "BackendUnavailable", "SM120, Blackwell"),
    (
        "NotImplementedError: No compiled cutlass_scaled_mm for a compute capability less than CUDA device capability: 75",
        "BackendUnavailable",
        "begin at SM75",
    ),
    ("huggingface_hub.errors.GatedRepoError: 403 Client Error.", "Model", "HF_TOKEN"),
    ("DatasetNotFoundError: Dataset 'x' is a gated dataset on the Hub. You must be authenticated to access it.", "Model", "accept its licence"),
    ("ConnectionError: Couldn't reach 'wikitext' on the Hub (ConnectTimeout)", "Dataset", "HF_ENDPOINT"),
    ("OSError: [Errno 28] No space left on device", "Storage", "disk"),
    ("ValueError: odd shape", "Internal", "ValueError: odd shape"),
    ("kill", "BackendUnavailable", "GiB with recipe data-free"),
]


@pytest.mark.parametrize(("said", "kind", "part"), FAILURES)
def test_quantize_tool_fails_gives_a_reason_and_leaves_nothing(
    job_run: JobRun, monkeypatch: pytest.MonkeyPatch, said: str, kind: str, part: str
) -> None:
    monkeypatch.setenv("OCTET_STANDIN_FAILURE", said)
    with pytest.raises(OctetError) as error:
        quantize(job(), job_run.context)
    assert error.value.kind.value == kind
    assert part in error.value.message
    assert list((job_run.root.path / "models").iterdir()) == []


def test_quantize_dataset_unreachable_names_the_remedy(job_run: JobRun) -> None:
    with pytest.raises(OctetError, match="HF_ENDPOINT") as error:
        quantize(job(recipe="gptq"), job_run.context)
    assert error.value.kind is FailureKind.DATASET


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"recipe": "magic"}, "Usage"),
        ({"scheme": "FP8"}, "Usage"),
        ({"model_path": "models/none"}, "Model"),
        ({"model_path": "/etc"}, "Usage"),
        ({"output_path": "../out"}, "Usage"),
        ({"report_path": "/tmp/report.json"}, "Usage"),
    ],
)
def test_quantize_bad_job_is_refused_before_the_tool_starts(job_run: JobRun, changes: dict[str, str], kind: str) -> None:
    with pytest.raises(OctetError) as error:
        quantize(job(**changes), job_run.context)
    assert error.value.kind.value == kind
    assert job_run.calls("oneshot") == []


def test_quantize_cancelled_leaves_nothing(job_run: JobRun) -> None:
    job_run.cancelled.set()
    with pytest.raises(Interrupted):
        quantize(job(), job_run.context)
    assert list((job_run.root.path / "models").iterdir()) == []
