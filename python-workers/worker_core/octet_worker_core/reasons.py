"""Errors that several tools share, mapped to reasons a user can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from octet_worker_core.failures import FailureKind, OctetError
from octet_worker_core.tool import ToolEnd

_KILLED = 128 + 9


class Reason(NamedTuple):
    """A pattern of a tool's output, and what it means. ``{0}`` is the first group."""

    pattern: str
    kind: FailureKind
    message: str


_GPU_MEMORY = r"(?:torch\.)?(?:cuda\.)?OutOfMemoryError:? ?(CUDA out of memory\.[^\n]{0,400})"

_GPU: tuple[Reason, ...] = (
    Reason(_GPU_MEMORY, FailureKind.BACKEND_UNAVAILABLE, "the GPU has not enough memory: {0} Free the GPU or take a larger one"),
    Reason(
        r"CUDA error: out of memory",
        FailureKind.BACKEND_UNAVAILABLE,
        "the GPU has not enough memory, and CUDA does not say how much was missing: free the GPU or take a larger one",
    ),
    Reason(
        r"(?:Int8 not supported on SM(\d+)[^\n]*)",
        FailureKind.BACKEND_UNAVAILABLE,
        "vLLM has no INT8 kernel for this GPU (SM{0}, Blackwell): take an Ampere, Ada or Hopper GPU, or serve on the CPU",
    ),
    Reason(
        r"No compiled cutlass_scaled_mm for a compute capability less than CUDA device capability: (\d+)",
        FailureKind.BACKEND_UNAVAILABLE,
        "the GPU is too old for INT8 W8A8 (vLLM's kernels begin at SM{0}): take a Turing GPU or later, or serve on the CPU",
    ),
)

SHARED: tuple[Reason, ...] = (
    Reason(
        r"(?:GatedRepoError|gated (?:repo|dataset)|Access to model [^\n]* is restricted)[^\n]*",
        FailureKind.MODEL,
        "the model or data set is gated: accept its licence on the hub and give HF_TOKEN to the worker",
    ),
    Reason(
        r"(?:401 Client Error|Invalid (?:username or password|user token))[^\n]*",
        FailureKind.MODEL,
        "the hub refuses the token: give a valid HF_TOKEN to the worker",
    ),
    Reason(
        r"(?:DatasetNotFoundError|Couldn't (?:reach|find)|LocalEntryNotFoundError|OfflineModeIsEnabled)([^\n]{0,300})",
        FailureKind.DATASET,
        "a data set cannot be reached ({0}): check the network, HF_ENDPOINT and HF_TOKEN, or give a local folder of data sets",
    ),
    Reason(
        r"(?:RepositoryNotFoundError|is not a local folder and is not a valid model identifier)[^\n]*",
        FailureKind.MODEL,
        "the hub does not know this model, or it is private: check the id and HF_TOKEN",
    ),
    Reason(
        r"trust_remote_code",
        FailureKind.MODEL,
        "the model brings its own code (trust_remote_code), which Octet refuses: take a model that transformers supports itself",
    ),
    Reason(
        r"(?:no kernel image is available for execution on the device|CUDA capability sm_\d+ is not compatible)",
        FailureKind.BACKEND_UNAVAILABLE,
        "the GPU is not supported by the installed PyTorch: take a GPU or an image whose CUDA builds match",
    ),
    Reason(r"No space left on device", FailureKind.STORAGE, "the disk of the worker is full: free space below the data root and the cache"),
    Reason(
        r"ModuleNotFoundError: No module named '([\w.]+)'",
        FailureKind.BACKEND_UNAVAILABLE,
        "the worker's Python lacks the module {0}: install the worker's requirements",
    ),
)


def failure(tool: str, end: ToolEnd, own: Sequence[Reason] = (), memory_hint: str = "") -> OctetError:
    """The reason why a tool ended badly; the last line it wrote when no pattern fits."""
    if end.timed_out:
        return OctetError(FailureKind.MEASUREMENT, f"{tool} did not end within {end.seconds:.0f} s and was stopped")
    for reason in (*_GPU, *own, *SHARED):
        if match := re.search(reason.pattern, end.tail):
            groups = [" ".join((group or "").split()) for group in match.groups()]
            return OctetError(reason.kind, f"{tool}: " + reason.message.format(*groups, *[""] * 2))
    if end.exit_code == _KILLED:
        return OctetError(FailureKind.BACKEND_UNAVAILABLE, f"{tool} was killed, most likely by the system for lack of memory{memory_hint}")
    lines = [line.strip() for line in end.tail.splitlines() if line.strip()]
    return OctetError(FailureKind.INTERNAL, f"{tool} ended with exit code {end.exit_code}: {lines[-1] if lines else 'it wrote nothing'}")
