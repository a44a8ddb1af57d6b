"""``python -m lm_eval run``: records its arguments, then replays $OCTET_STANDIN_OUTPUTS or, without it, asks the endpoint."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lm_eval import measured, replayed
from standin_calls import record

arguments = sys.argv[1:]
definitions: dict[str, str] = {}
if "--include_path" in arguments:
    folder = Path(arguments[arguments.index("--include_path") + 1])
    definitions = {path.name: path.read_text() for path in folder.glob("*.yaml")}
names = ("HF_HUB_OFFLINE", "OPENAI_API_KEY")
record("lm_eval", arguments=arguments, environment={name: os.environ.get(name) for name in names}, definitions=definitions)
sys.stderr.write("Requesting API: 100%|##########| 48/48 [00:01<00:00]\n")
output = Path(arguments[arguments.index("--output_path") + 1], "model")
output.mkdir(parents=True)
if "OCTET_STANDIN_OUTPUTS" in os.environ:
    replayed.leave(arguments, output)
else:
    measured.leave(arguments, definitions, output)
