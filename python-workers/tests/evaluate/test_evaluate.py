"""The evaluate worker against recorded outputs of LM Eval 0.4.13."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from octet_evaluate.command import groups
from octet_evaluate.handler import evaluate
from octet_evaluate.outputs import Outputs, read_outputs
from octet_evaluate.rows import row
from octet_evaluate.task_files import copy_tasks
from octet_test_support.jobs import MODEL, REPOSITORY, STANDINS, JobRun
from octet_worker_core.failures import OctetError
from octet_worker_core.messages import EvaluateJob

DATA = Path(__file__).parents[1] / "data/lm-eval"
TASKS = REPOSITORY / "src/DemoModel/tasks"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages of a model server that the worker reads itself."""
    pages = {
        "/v1/models": {"object": "list", "data": [{"id": "m", "max_model_len": 512}]},
        "/octet/config": {"engine_version": "1.0", "dtype": "bfloat16", "kernels": "avx2"},
    }

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(200 if page else 404)
            self.end_headers()
            self.wfile.write(json.dumps(page or {}).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    monkeypatch.syspath_prepend(str(STANDINS))
    monkeypatch.setenv("OCTET_STANDIN_OUTPUTS", str(DATA))
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/v1"
        listening.shutdown()


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    """A model folder with a chat template."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "tokenizer.json").write_text("{}")
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    return folder


def job(endpoint: str, tokenizer: Path, tasks: list[str], **changes: Any) -> EvaluateJob:
    fields: dict[str, Any] = {
        "run_id": "r",
        "variant": "base",
        "endpoint": endpoint,
        "served_model_name": "m",
        "tokenizer_path": str(tokenizer),
        "tasks": tasks,
        "concurrency": 8,
        "output_path": "runs/r",
        "seed": 1234,
    }
    return EvaluateJob(**{**fields, **changes})


def recorded(folder: str) -> Any:
    import gzip

    return json.loads(gzip.decompress((DATA / folder / "results.json.gz").read_bytes()))["results"]


def test_evaluate_leaves_the_recorded_metrics_of_every_kind(job_run: JobRun, server: str, tokenizer: Path) -> None:
    tasks = ["ifeval", "arc_easy", "mmlu_stem", "wikitext"]
    assert evaluate(job(server, tokenizer, tasks), job_run.context).report_path == "runs/r/results.base.json"
    made = job_run.read("runs/r/results.base.json")
    assert (made["backend"], made["engine"], made["tool_versions"]["lm_eval"]) == ("lm-eval", "octet 1.0, bfloat16, avx2", "0.4.13")
    reports = {report["task"]: report for report in made["tasks"]}
    assert list(reports) == tasks
    plain, chat = recorded("plain"), recorded("chat")
    arc = reports["arc_easy"]
    assert (arc["kind"], arc["primary_metric"], arc["documents"]) == ("MultipleChoice", "acc_norm", plain["arc_easy"]["sample_len"])
    assert arc["metrics"] == {"acc": plain["arc_easy"]["acc,none"], "acc_norm": plain["arc_easy"]["acc_norm,none"]}
    assert arc["standard_errors"]["acc"] == plain["arc_easy"]["acc_stderr,none"]
    assert reports["mmlu_stem"]["metrics"] == {"acc": plain["mmlu_stem"]["acc,none"]}
    assert (reports["mmlu_stem"]["documents"], reports["mmlu_stem"]["primary_metric"]) == (42, "acc")
    ifeval = reports["ifeval"]
    assert (ifeval["kind"], ifeval["primary_metric"], ifeval["documents"]) == ("InstructionFollowing", "prompt_level_strict_acc", 40)
    assert ifeval["metrics"]["inst_level_loose_acc"] == chat["ifeval"]["inst_level_loose_acc,none"]
    assert "inst_level_loose_acc" not in ifeval["standard_errors"]
    assert reports["wikitext"]["kind"] == "TextLikelihood" and reports["wikitext"]["metrics"]["nll"] > 0
    assert (job_run.root.path / "runs/r/samples.base.parquet").read_bytes()[-4:] == b"PAR1"
    assert list((job_run.root.path / "runs/r/lm-eval/base/plain").rglob("samples_arc_easy_*.jsonl"))


def test_evaluate_asks_scored_tasks_plain_and_instructions_as_chats(
    job_run: JobRun, server: str, tokenizer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCTET_API_KEY", "hunter2")
    evaluate(job(server, tokenizer, ["arc_easy", "ifeval"], limit=5, num_fewshot=0), job_run.context)
    scored, chats = (call["arguments"] for call in job_run.calls("lm_eval"))
    assert scored[:3] == ["run", "--model", "local-completions"]
    model = dict(part.split("=", 1) for part in scored[4 : scored.index("--tasks")])
    assert model["base_url"] == f"{server}/completions"
    assert (model["tokenizer_backend"], model["num_concurrent"], model["max_length"]) == ("huggingface", "8", "512")
    assert "--log_samples" in scored and "--log_samples" in chats
    assert scored[scored.index("--limit") + 1] == "5" and scored[scored.index("--num_fewshot") + 1] == "0"
    assert "--apply_chat_template" not in scored and "--gen_kwargs" not in scored
    assert "--apply_chat_template" in chats and chats[chats.index("--gen_kwargs") + 1] == "max_gen_toks=256"
    assert "hunter2" not in json.dumps([scored, chats])
    assert job_run.calls("lm_eval")[0]["environment"] == {"HF_HUB_OFFLINE": None, "OPENAI_API_KEY": "hunter2"}


@pytest.mark.parametrize(
    ("message", "tasks", "expected"),
    [({}, ["arc_easy", "ifeval"], [False, True]), ({"apply_chat_template": True}, ["hellaswag", "ifeval"], [True, True])],
)
def test_evaluate_chat_template_unset_or_true(
    job_run: JobRun, server: str, tokenizer: Path, message: dict[str, Any], tasks: list[str], expected: list[bool]
) -> None:
    evaluate(job(server, tokenizer, tasks, **message), job_run.context)
    assert ["--apply_chat_template" in call["arguments"] for call in job_run.calls("lm_eval")] == expected


def test_evaluate_chat_template_false_is_for_instructions_too(job_run: JobRun, server: str, tokenizer: Path) -> None:
    with pytest.raises(OctetError, match="left no samples of task ifeval"):  # recorded as chats only
        evaluate(job(server, tokenizer, ["arc_easy", "ifeval"], apply_chat_template=False), job_run.context)
    assert ["--apply_chat_template" in call["arguments"] for call in job_run.calls("lm_eval")] == [False, False]


def test_evaluate_settings_of_prompts_reach_lm_eval(job_run: JobRun, server: str, tokenizer: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "animals.yaml").write_text("task: animals")
    settings = {"limit": 0.5, "system_instruction": "-- Be\nbrief.", "fewshot_seed": 7, "fewshot_as_multiturn": False, "task_folder": str(own)}
    evaluate(job(server, tokenizer, ["arc_easy", "ifeval"], **settings), job_run.context)
    scored, chats = (call["arguments"] for call in job_run.calls("lm_eval"))
    assert scored[scored.index("--limit") + 1] == "0.5" and scored[scored.index("--seed") + 1] == "0,1234,1234,7"
    assert "--system_instruction=-- Be\nbrief." in scored
    assert "--fewshot_as_multiturn" not in scored  # LM Eval refuses it without a chat template
    assert chats[chats.index("--fewshot_as_multiturn") + 1] == "false"
    assert job_run.calls("lm_eval")[0]["definitions"] == {"animals.yaml": "task: animals"}


def test_evaluate_task_folder_missing_is_named(job_run: JobRun, server: str, tokenizer: Path, tmp_path: Path) -> None:
    with pytest.raises(OctetError, match="folder of task files '.*/gone' does not exist"):
        evaluate(job(server, tokenizer, ["arc_easy"], task_folder=str(tmp_path / "gone")), job_run.context)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("task: a\ndoc_to_text: !function evil.run", "line 2: !function would run code"),
        ("%TAG !e! !func\n---\ntask: !e!tion evil.run", "!function would run code"),
        ("task: !<!func%74ion> evil.run", "!function would run code"),
        ("task: !!python/name:os.system", "would run code"),
        ("task: a\ninclude: ../../evil.yaml", r"include '\.\./\.\./evil\.yaml' leads out"),
        ("task: a\ninclude: [/evil.yaml]", "include '/evil.yaml' leads out"),
        ("task: a\nmetric_list: [{metric: some/where}]", "metric 'some/where' leads out"),
        ("task: [", "is no YAML"),
        ("#" * ((1 << 20) + 1), "longer than 1048576 bytes"),
    ],
)
def test_copy_tasks_file_that_leads_elsewhere_is_refused_by_name(tmp_path: Path, text: str, part: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.yaml").write_text(text)
    with pytest.raises(OctetError, match=f"a.yaml'.*{part}") as error:
        copy_tasks(own, tmp_path / "copy")
    assert error.value.kind.value == "Usage" and "\n" not in error.value.message


def test_copy_tasks_takes_definitions_alone(tmp_path: Path) -> None:
    own, outside = tmp_path / "own", tmp_path / "outside"
    for folder in (own / "sub", own / ".hidden", outside):
        folder.mkdir(parents=True)
        (folder / "task.yaml").write_text("task: one")
        (folder / "run.py").write_text("raise SystemExit")
    (own / "group.yml").write_text("group: both\ntask: [one, {task: two}]\ntag: [x, y]\ninclude: sub/task.yaml")
    (own / "linked").symlink_to(outside)
    (own / "same.yaml").symlink_to(own / "group.yml")
    os.mkfifo(own / "pipe.yaml")
    assert copy_tasks(own, tmp_path / "copy") == {"one", "two", "both", "x", "y"}
    copied = [path for path in (tmp_path / "copy").rglob("*") if not path.is_dir()]
    assert sorted(str(path.relative_to(tmp_path / "copy")) for path in copied) == ["group.yml", "same.yaml", "sub/task.yaml"]
    (own / "leads.yaml").symlink_to(outside / "task.yaml")
    with pytest.raises(OctetError, match="leads.yaml' is a link that leads out of its folder"):
        copy_tasks(own, tmp_path / "again")


def test_copy_tasks_more_than_two_hundred_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for number in range(201):
        (own / f"{number}.yaml").write_text(f"task: t{number}")
    with pytest.raises(OctetError, match="holds more than 200"):
        copy_tasks(own, tmp_path / "copy")


def test_evaluate_task_that_no_file_defines_is_named(job_run: JobRun, server: str, tokenizer: Path, tmp_path: Path) -> None:
    own, rows = tmp_path / "own", tmp_path / "rows"
    own.mkdir()
    rows.mkdir()
    (own / "animals.yaml").write_text("task: animals")
    with pytest.raises(OctetError, match="task 'plants' cannot be read from a folder"):
        evaluate(job(server, tokenizer, ["animals", "plants"], task_folder=str(own), datasets_path=str(rows)), job_run.context)


def test_evaluate_folder_of_data_sets_becomes_task_files(job_run: JobRun, server: str, tokenizer: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.mkdir()
    for name in ("mini_arc", "mini_mmlu"):
        (rows / f"{name}.jsonl").write_bytes((TASKS / f"{name}.jsonl").read_bytes())
    with pytest.raises(OctetError, match="left no samples of task mini_arc"):
        evaluate(job(server, tokenizer, ["mini_arc", "mini_mmlu"], datasets_path=str(rows)), job_run.context)
    call = job_run.calls("lm_eval")[0]
    assert call["environment"]["HF_HUB_OFFLINE"] == "1"
    arc = json.loads(call["definitions"]["octet_mini_arc.yaml"])
    assert arc["include"].endswith("lm_eval/tasks/arc/arc_easy.yaml")
    assert (arc["dataset_path"], arc["dataset_kwargs"]) == ("json", {"data_files": {"test": str(rows / "mini_arc.jsonl")}})
    mmlu = json.loads(call["definitions"]["octet_mini_mmlu.yaml"])
    assert (mmlu["output_type"], mmlu["doc_to_choice"]) == ("multiple_choice", ["A", "B", "C", "D"])


def test_evaluate_data_set_missing_names_the_files(job_run: JobRun, server: str, tokenizer: Path) -> None:
    with pytest.raises(OctetError, match=r"needs ifeval/train\.jsonl or") as error:
        evaluate(job(server, tokenizer, ["ifeval"], datasets_path=str(MODEL)), job_run.context)
    assert error.value.kind.value == "Dataset"


@pytest.mark.parametrize(
    ("said", "kind", "part"),
    [
        ("aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host x:1", "Server", "does not answer"),
        ("  Resource \x1b[93mpunkt_tab\x1b[0m not found.", "Dataset", "punkt_tab"),
        ("Exception: API request failed with error message: Int8 not supported on SM120.", "BackendUnavailable", "Hopper"),
        ("datasets.exceptions.DatasetNotFoundError: Dataset 'x' is gone", "Dataset", "folder of data sets"),
    ],
)
def test_evaluate_tool_fails_gives_a_reason(
    job_run: JobRun, server: str, tokenizer: Path, monkeypatch: pytest.MonkeyPatch, said: str, kind: str, part: str
) -> None:
    monkeypatch.setenv("OCTET_STANDIN_FAILURE", said)
    with pytest.raises(OctetError) as error:
        evaluate(job(server, tokenizer, ["arc_easy"]), job_run.context)
    assert (error.value.kind.value, part in error.value.message) == (kind, True), error.value.message
    assert not (job_run.root.path / "runs/r/results.base.json").exists()


def test_evaluate_server_gone_or_other_model_is_named(job_run: JobRun, server: str, tokenizer: Path) -> None:
    with pytest.raises(OctetError, match="does not serve 'other'; it serves m"):
        evaluate(job(server, tokenizer, ["arc_easy"], served_model_name="other"), job_run.context)
    with pytest.raises(OctetError, match="does not answer as a model server"):
        evaluate(job("http://127.0.0.1:1/v1", tokenizer, ["arc_easy"]), job_run.context)


def unpacked(folder: str, tmp_path: Path) -> Outputs:
    import gzip

    for path in (DATA / folder).iterdir():
        (tmp_path / path.name.removesuffix(".gz")).write_bytes(gzip.decompress(path.read_bytes()))
    return read_outputs(tmp_path)


def test_row_every_recorded_choice_agrees_with_lm_evals_own_metrics(tmp_path: Path) -> None:
    outputs = unpacked("chat", tmp_path)
    found = [row("hellaswag", index, sample, 1.0, len) for index, sample in enumerate(outputs.samples["hellaswag"])]
    expected = outputs.results["results"]["hellaswag"]
    assert sum(entry.choice == entry.gold for entry in found) / len(found) == pytest.approx(expected["acc,none"], abs=1e-15)
    assert sum(entry.choice_norm == entry.gold for entry in found) / len(found) == pytest.approx(expected["acc_norm,none"], abs=1e-15)


def test_row_scores_that_contradict_the_sample_are_refused(tmp_path: Path) -> None:
    sample = unpacked("chat", tmp_path).samples["hellaswag"][0]
    sample["acc"] = 1.0 - sample["acc"]
    with pytest.raises(OctetError, match="another choice"):
        row("hellaswag", 0, sample, 1.0, len)


@pytest.mark.parametrize("change", [{"filtered_resps": [["x"]]}, {"arguments": {}}, {"doc_hash": None, "metrics": []}, {"metrics": ["bleu"]}])
def test_row_malformed_sample_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    sample = unpacked("chat", tmp_path).samples["hellaswag"][0]
    with pytest.raises(OctetError):
        row("hellaswag", 0, {**sample, **change}, 1.0, len)


def test_groups_lengths_follow_the_model() -> None:
    scored, chats = groups(["arc_easy", "ifeval"], None, True, 8192)
    assert (scored.max_length, scored.chat, chats.max_length, chats.chat) == (2048, False, 8192, True)
    assert [group.chat for group in groups(["arc_easy", "ifeval"], True, False, 512)] == [True, True]
    assert [group.chat for group in groups(["arc_easy", "ifeval"], False, True, 512)] == [False, False]
