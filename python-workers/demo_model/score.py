"""Scores the mini tasks with transformers: python -m demo_model.score --model DIR --tasks DIR. A check of the training; Octet's own evaluator gives the numbers of the model card."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from .verify import follows


@torch.no_grad()
def sums(model: LlamaForCausalLM, tokenizer: Tokenizer, pairs: list[tuple[str, str]]) -> list[float]:
    rows = []
    for context, choice in pairs:
        whole = tokenizer.encode(f"{context} {choice}").ids
        rows.append((whole[-511:], len(whole) - len(tokenizer.encode(context).ids)))
    out = []
    for start in range(0, len(rows), 256):
        part = rows[start:start + 256]
        width = max(len(ids) for ids, _ in part)
        ids = torch.tensor([i + [0] * (width - len(i)) for i, _ in part]).cuda()
        logprobs = model(ids).logits.float().log_softmax(-1)
        for row, (own, tail) in enumerate(part):
            positions = range(len(own) - tail, len(own))
            out.append(sum(logprobs[row, p - 1, own[p]].item() for p in positions))
    return out


def choose(model: LlamaForCausalLM, tokenizer: Tokenizer, items: list[tuple[str, list[str], int]], normalized: bool) -> float:
    scores = iter(sums(model, tokenizer, [(context, choice) for context, choices, _ in items for choice in choices]))
    right = 0
    for _, choices, gold in items:
        values = [next(scores) / (len(choice) if normalized else 1) for choice in choices]
        right += values.index(max(values)) == gold
    return right / len(items)


@torch.no_grad()
def follow(model: LlamaForCausalLM, tokenizer: Tokenizer, rows: list[dict]) -> float:
    right = 0
    for row in rows:
        ids = torch.tensor([tokenizer.encode(f"<|user|>{row['prompt']}<|assistant|>").ids]).cuda()
        answer = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=120, do_sample=False, eos_token_id=0, pad_token_id=0)[0, ids.shape[1]:].tolist()
        right += all(follows(tokenizer.decode(answer, skip_special_tokens=True), row["instruction_id_list"], row["kwargs"]))
    return right / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--exercises", type=int, default=60)
    arguments = parser.parse_args()
    model = LlamaForCausalLM.from_pretrained(arguments.model, dtype=torch.bfloat16).cuda().eval()
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))

    def rows(name: str) -> list[dict]:
        return [json.loads(line) for line in (arguments.tasks / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]

    mmlu = [(f"The following are multiple choice questions (with answers) about {r['subject'].replace('_', ' ')}.\n\n{r['question']}\n"
             + "\n".join(f"{letter}. {c}" for letter, c in zip("ABCD", r["choices"], strict=True)) + "\nAnswer:", list("ABCD"), r["answer"]) for r in rows("mini_mmlu")]
    arc = [(f"Question: {r['question']}\nAnswer:", r["choices"]["text"], r["choices"]["label"].index(r["answerKey"])) for r in rows("mini_arc")]
    swag = [(f"{r['activity_label']}: {r['ctx_a']} {r['ctx_b'].capitalize()}", r["endings"], int(r["label"])) for r in rows("mini_hellaswag")]
    print(json.dumps({"mini_mmlu": choose(model, tokenizer, mmlu, False), "mini_arc": choose(model, tokenizer, arc, True),
                      "mini_hellaswag": choose(model, tokenizer, swag, True), "mini_ifeval": follow(model, tokenizer, rows("mini_ifeval")[:arguments.exercises])}), flush=True)


if __name__ == "__main__":
    main()
