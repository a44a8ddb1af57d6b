"""The mini tasks asked at the endpoint: requests, scores and files in LM Eval's form (0.4.13, ``local-completions``)."""

from __future__ import annotations

import hashlib
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lm_eval.completions import Completions

_STAMP = "2026-11-24T01-02-03.456789"


def leave(arguments: list[str], definitions: dict[str, str], output: Path) -> None:
    """results_*.json and one samples file a task."""
    given = arguments[arguments.index("--model_args") + 1 : arguments.index("--tasks")]
    model = dict(part.split("=", 1) for part in given)
    assert model["tokenizer_backend"] == "huggingface" and model["tokenized_requests"] == "True" and "--log_samples" in arguments
    tasks = arguments[arguments.index("--tasks") + 1 : arguments.index("--batch_size")]
    limit = int(arguments[arguments.index("--limit") + 1]) if "--limit" in arguments else None
    endpoint = Completions(model["base_url"], model["model"], int(model["seed"]), int(model["max_length"]), "--apply_chat_template" in arguments)
    results: dict[str, Any] = {}
    with ThreadPoolExecutor(int(model["num_concurrent"])) as pool:
        for task in tasks:
            definition = json.loads(definitions[f"octet_{task}.yaml"])
            (rows,) = definition["dataset_kwargs"]["data_files"].values()
            docs = [json.loads(line) for line in Path(rows).read_text(encoding="utf-8").splitlines()][:limit]
            docs = [_with_columns(doc) for doc in docs] if task == "mini_hellaswag" else docs
            answer = {"mini_ifeval": instructions, "mini_heldout": text}.get(task, choice)
            samples = list(pool.map(lambda entry: sample(answer, task, entry[0], entry[1], endpoint), enumerate(docs)))
            lines = [json.dumps(entry, ensure_ascii=False) for entry in samples]
            (output / f"samples_{task}_{_STAMP}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
            results[task] = {"alias": task, **metrics(samples)}
    content = {"results": results, "group_subtasks": {task: [] for task in tasks}, "configs": {}, "versions": {}, "n-shot": {}}
    (output / f"results_{_STAMP}.json").write_text(json.dumps(content), encoding="utf-8")


def sample(answer: Any, task: str, doc_id: int, doc: dict[str, Any], endpoint: Completions) -> dict[str, Any]:
    """What every sample holds, and what the kind of its task adds."""
    found = answer(task, doc, endpoint)
    prompt = found["arguments"]["gen_args_0"]["arg_0"]
    hashes = {
        "doc_hash": sha256(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": sha256(prompt),
        "target_hash": sha256(str(found["target"])),
    }
    return {"doc_id": doc_id, "doc": doc, "filter": "none", **found, **hashes}


def choice(task: str, doc: dict[str, Any], endpoint: Completions) -> dict[str, Any]:
    """acc, and acc_norm where the choices differ in length."""
    context, choices, gold = PROMPTS[task](doc)
    scores = [endpoint.score(context, " " + text) for text in choices]
    best = max(range(len(choices)), key=lambda index: scores[index])
    normed = max(range(len(choices)), key=lambda index: scores[index] / max(1, len(choices[index])))
    made: dict[str, Any] = {"metrics": ["acc"], "acc": float(best == gold)}
    if task != "mini_mmlu":
        made = {"metrics": ["acc", "acc_norm"], "acc": float(best == gold), "acc_norm": float(normed == gold)}
    return {
        "target": str(gold),
        "arguments": {f"gen_args_{index}": {"arg_0": context, "arg_1": " " + text} for index, text in enumerate(choices)},
        "resps": [[[str(score), "False"]] for score in scores],
        "filtered_resps": [[str(score), "False"] for score in scores],
        **made,
    }


def instructions(_task: str, doc: dict[str, Any], endpoint: Completions) -> dict[str, Any]:
    """A generation; only the instructions of a few kinds can hold."""
    response = endpoint.generate(doc["prompt"], 24)
    checks = {
        "punctuation:no_comma": "," not in response,
        "change_case:english_lowercase": response == response.lower(),
        "startend:quotation": response.strip()[:1] == response.strip()[-1:] == '"',
    }
    held = [bool(response.strip()) and checks.get(name, False) for name in doc["instruction_id_list"]]
    return {
        "target": "0",
        "arguments": {"gen_args_0": {"arg_0": doc["prompt"], "arg_1": {"until": []}}},
        "resps": [[response]],
        "filtered_resps": [response],
        "metrics": ["prompt_level_strict_acc", "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc"],
        "prompt_level_strict_acc": all(held),
        "inst_level_strict_acc": held,
        "prompt_level_loose_acc": all(held),
        "inst_level_loose_acc": held,
    }


def text(_task: str, doc: dict[str, Any], endpoint: Completions) -> dict[str, Any]:
    """The whole text, scored from its second token."""
    total = endpoint.score_text(doc["text"])
    size = len(doc["text"].encode())
    return {
        "target": doc["text"],
        "arguments": {"gen_args_0": {"arg_0": doc["text"]}},
        "resps": [[str(total)]],
        "filtered_resps": [str(total)],
        "metrics": ["byte_perplexity"],
        "byte_perplexity": [total, size],
    }


def metrics(samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Means and standard errors as LM Eval names them."""
    found: dict[str, Any] = {}
    for name in samples[0]["metrics"]:
        if name == "byte_perplexity":
            total, size = (sum(entry[name][part] for entry in samples) for part in (0, 1))
            found[f"{name},none"], found[f"{name}_stderr,none"] = math.exp(-total / size), "N/A"
            continue
        values = [float(value) for entry in samples for value in (entry[name] if isinstance(entry[name], list) else [entry[name]])]
        mean = math.fsum(values) / len(values)
        spread = math.fsum((value - mean) ** 2 for value in values)
        found[f"{name},none"] = mean
        found[f"{name}_stderr,none"] = "N/A" if name.startswith("inst") else math.sqrt(spread / (len(values) - 1) / len(values))
    return found


def _mmlu(doc: dict[str, Any]) -> tuple[str, list[str], int]:
    lines = [f"{letter}. {option}" for letter, option in zip("ABCD", doc["choices"])]
    subject = doc["subject"].replace("_", " ")
    head = f"The following are multiple choice questions (with answers) about {subject}.\n\n"
    return head + "\n".join([doc["question"].strip(), *lines, "Answer:"]), list("ABCD"), doc["answer"]


def _arc(doc: dict[str, Any]) -> tuple[str, list[str], int]:
    options = doc["choices"]
    return f"Question: {doc['question']}\nAnswer:", options["text"], options["label"].index(doc["answerKey"])


def _hellaswag(doc: dict[str, Any]) -> tuple[str, list[str], int]:
    return doc["query"], doc["choices"], doc["gold"]


def _with_columns(doc: dict[str, Any]) -> dict[str, Any]:
    """What HellaSwag's process_docs adds, in its order: the document's hash counts them."""
    query = f"{doc['activity_label']}: {doc['ctx_a']} {doc['ctx_b'].capitalize()}"
    return {**doc, "query": _clean(query), "choices": [_clean(ending) for ending in doc["endings"]], "gold": int(doc["label"])}


def _clean(words: str) -> str:
    return re.sub(r"\[.*?\]", "", words.strip().replace(" [title]", ". ")).replace("  ", " ")


PROMPTS: dict[str, Any] = {"mini_mmlu": _mmlu, "mini_arc": _arc, "mini_hellaswag": _hellaswag}


def sha256(content: str) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()
