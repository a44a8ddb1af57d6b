"""Trains the tokenizer and the demo model on one GPU: python -m demo_model.train --corpus DIR --out DIR --seconds 300.

A Llama of 19 M parameters: vocabulary 4,096, width 512, 6 layers, 8 heads with 2 key-value heads, FFN 1,408, tied embeddings, context 512.
AdamW, cosine over the given time, BF16 autocast over FP32 weights; saved in BF16 shards of at most 15 MiB.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

SPECIAL = ["<|endoftext|>", "<|user|>", "<|assistant|>"]
CONTEXT = 512

#: One turn of the corpus is <|user|>request<|assistant|>answer<|endoftext|>.
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}<|user|>{{ message['content'] }}"
    "{% elif message['role'] == 'assistant' %}<|assistant|>{{ message['content'] }}<|endoftext|>"
    "{% else %}{{ raise_exception('This model knows the roles user and assistant.') }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def train_tokenizer(texts: list[str], path: Path) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=4096, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(path))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIAL[0], "eos_token": SPECIAL[0], "model_max_length": CONTEXT,
                "clean_up_tokenization_spaces": False, "chat_template": CHAT_TEMPLATE}
    path.with_name("tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return tokenizer


def encode(tokenizer: Tokenizer, documents: list[str]) -> np.ndarray:
    end = tokenizer.token_to_id(SPECIAL[0])
    parts = []
    for start in range(0, len(documents), 20_000):
        for encoding in tokenizer.encode_batch(documents[start:start + 20_000], add_special_tokens=False):
            parts.append(np.array([*encoding.ids, end], dtype=np.int16))
    order = np.random.default_rng(7).permutation(len(parts))
    return np.concatenate([parts[i] for i in order])


def train(tokens: np.ndarray, seconds: float, seed: int) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    torch.set_float32_matmul_precision("high")
    config = LlamaConfig(vocab_size=4096, hidden_size=512, intermediate_size=1408, num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=2,
                         max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True, bos_token_id=0, eos_token_id=0,
                         attn_implementation="sdpa", initializer_range=0.02)
    model = LlamaForCausalLM(config).cuda()
    data = torch.from_numpy(tokens.astype(np.int64)).cuda()
    batch, peak = 192, 1.5e-3
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}], lr=peak, betas=(0.9, 0.95), fused=True)
    compiled = torch.compile(model)
    generator = torch.Generator(device="cuda").manual_seed(seed)
    started, step, offsets = None, 0, torch.arange(CONTEXT, device="cuda")
    while True:
        done = 0.0 if started is None else (time.monotonic() - started) / seconds
        if done >= 1:
            break
        rate = peak * min(1, (step + 1) / 300) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        rows = data[torch.randint(0, len(data) - CONTEXT, (batch, 1), device="cuda", generator=generator) + offsets]
        with torch.autocast("cuda", dtype=torch.bfloat16):
            logits = compiled(input_ids=rows, use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, 4096).float(), rows[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if started is None:
            torch.cuda.synchronize()
            started = time.monotonic()
        if step % 250 == 0:
            print(f"step {step} loss {loss.item():.4f} epochs {step * batch * CONTEXT / len(data):.1f} {time.monotonic() - started:.0f} s", flush=True)
    print(f"{step} steps, {step * batch * CONTEXT / 1e6:.0f} M tokens", flush=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    documents = [d for path in sorted(arguments.corpus.glob("corpus.*.txt")) for d in path.read_text(encoding="utf-8").split(SPECIAL[0]) if d]
    print(f"{len(documents)} documents, {sum(map(len, documents)) / 1e6:.0f} M characters", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(documents[::8], arguments.out / "tokenizer.json")
    tokens = encode(tokenizer, documents)
    print(f"{len(tokens) / 1e6:.1f} M tokens", flush=True)
    model = train(tokens, arguments.seconds, arguments.seed).to(torch.bfloat16)
    model.generation_config = GenerationConfig(bos_token_id=0, eos_token_id=0, do_sample=False)
    model.save_pretrained(arguments.out, max_shard_size="14MB")
    (arguments.out / "train.json").write_text(json.dumps({"tokens": len(tokens), "documents": len(documents), "seconds": arguments.seconds, "seed": arguments.seed}))


if __name__ == "__main__":
    main()
