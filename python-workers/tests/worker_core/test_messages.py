"""Job messages against the file that the tests of src/Contracts read too: every member has a value there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from octet_worker_core import messages
from octet_worker_core.messages import EvaluateJob, LoadJobTarget, UnreadableError, read_message

RECORDED: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data/contracts.json").read_text())


@pytest.mark.parametrize("name", RECORDED)
def test_read_message_has_every_member_that_csharp_writes(name: str) -> None:
    kind = getattr(messages, name)
    made = read_message(kind, json.dumps(RECORDED[name]).encode())
    read = json.loads(made.json())
    assert read == RECORDED[name]


def test_read_message_targets_have_every_member() -> None:
    (target,) = RECORDED["LoadTestJob"]["targets"]
    assert json.loads(read_message(LoadJobTarget, json.dumps(target).encode()).json()) == target


@pytest.mark.parametrize(
    ("chat", "read"),
    [({}, None), ({"apply_chat_template": None}, None), ({"apply_chat_template": True}, True), ({"apply_chat_template": False}, False)],
)
def test_read_message_chat_template_has_three_states(chat: dict[str, Any], read: bool | None) -> None:
    left = {name: value for name, value in RECORDED["EvaluateJob"].items() if name != "apply_chat_template"}
    assert read_message(EvaluateJob, json.dumps({**left, **chat}).encode()).apply_chat_template is read


@pytest.mark.parametrize("limit", ["5", True, [1]])
def test_read_message_limit_that_is_no_number_is_refused(limit: object) -> None:
    with pytest.raises(UnreadableError, match="limit"):
        read_message(EvaluateJob, json.dumps({**RECORDED["EvaluateJob"], "limit": limit}).encode())
