"""An OpenAI completions endpoint as ``local-completions`` uses it; token ids come from the server's own /tokenize."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any


class Completions:
    """One model behind one address that ends in /v1/completions."""

    def __init__(self, url: str, model: str, seed: int, max_length: int, chat: bool) -> None:
        assert url.endswith("/v1/completions")
        self._url = url
        self._model = model
        self._seed = seed
        self._max_length = max_length
        self._chat = chat

    def score(self, context: str, continuation: str) -> float:
        """Summed logprobs of the continuation's tokens, the context cut on the left where both are too long."""
        whole, known = self._tokens(context + continuation), len(self._tokens(context))
        ids = whole[-(self._max_length - 1) :]
        return self._sum(ids, known - (len(whole) - len(ids)))

    def score_text(self, text: str) -> float:
        """Summed logprobs of every token but the first, in windows as long as the model allows."""
        ids, step = self._tokens(text), self._max_length - 2
        return sum(self._sum(ids[start : start + step + 1], 1) for start in range(0, len(ids) - 1, step))

    def _sum(self, ids: list[int], known: int) -> float:
        body = {"prompt": [ids], "temperature": 0, "max_tokens": 1, "logprobs": 1, "seed": self._seed, "echo": True}
        (answer,) = self._post(self._url, body)["choices"]
        logprobs = answer["logprobs"]["token_logprobs"]
        assert len(logprobs) == len(ids) + 1 and logprobs[0] is None
        return float(sum(logprobs[known:-1]))

    def generate(self, prompt: str, tokens: int) -> str:
        """Greedy text."""
        ids = self._messages(prompt) if self._chat else self._tokens(prompt)
        body = {"prompt": [ids], "temperature": 0.0, "max_tokens": tokens, "seed": self._seed, "stop": []}
        return str(self._post(self._url, body)["choices"][0]["text"])

    def _tokens(self, text: str) -> list[int]:
        return list(self._post(self._tokenize, {"prompt": text, "add_special_tokens": False})["tokens"])

    def _messages(self, text: str) -> list[int]:
        body = {"messages": [{"role": "user", "content": text}], "add_generation_prompt": True}
        return list(self._post(self._tokenize, body)["tokens"])

    @property
    def _tokenize(self) -> str:
        return self._url.removesuffix("/v1/completions") + "/tokenize"

    def _post(self, url: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '')}"}
        request = urllib.request.Request(url, json.dumps({"model": self._model, **body}).encode(), headers)
        with urllib.request.urlopen(request, timeout=300) as response:
            return json.loads(response.read())
