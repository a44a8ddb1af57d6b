"""``python -m lm_eval run``: records its arguments and leaves the recorded files of $OCTET_STANDIN_OUTPUTS/plain or /chat."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path

from standin_calls import record

arguments = sys.argv[1:]
definitions: dict[str, str] = {}
if "--include_path" in arguments:
    folder = Path(arguments[arguments.index("--include_path") + 1])
    definitions = {path.name: path.read_text() for path in folder.glob("*.yaml")}
names = ("HF_HUB_OFFLINE", "OPENAI_API_KEY")
record("lm_eval", arguments=arguments, environment={name: os.environ.get(name) for name in names}, definitions=definitions)
sys.stderr.write("Requesting API: 100%|##########| 48/48 [00:01<00:00]\n")
source = Path(os.environ["OCTET_STANDIN_OUTPUTS"], "chat" if "--apply_chat_template" in arguments else "plain")
output = Path(arguments[arguments.index("--output_path") + 1], "model")
output.mkdir(parents=True)
for path in source.iterdir():
    content = gzip.decompress(path.read_bytes())
    stem, _, ending = path.name.removesuffix(".gz").rpartition(".")
    (output / f"{stem}_2026-11-24T01-02-03.456789.{ending}").write_bytes(content)
