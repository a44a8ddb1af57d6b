"""A closed loop of streamed completions and its report in the form of GuideLLM 0.8.1 (the members that Octet reads)."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from typing import Any


def report_of(arguments: list[str], key: str) -> dict[str, Any]:
    """Every number of streams of a concurrent profile, one after the other."""
    values = dict(zip(arguments[1:-1:2], arguments[2::2]))
    assert arguments[0] == "run" and arguments[-1] == "--disable-console-interactive"
    backend, profile, data = (json.loads(values[name]) for name in ("--backend", "--profile", "--data"))
    assert (backend["kind"], profile["kind"], data["kind"]) == ("openai_http", "concurrent", "synthetic_text")
    kind, seconds = values["--constraint"].split(",")
    assert kind == "kind=max_duration" and json.loads(values["--tokenizer"])["kind"] == "huggingface_auto"
    backend["api_key"] = key
    seed = int(values["--seed"].rpartition("=")[2])
    length = float(seconds.removeprefix("seconds="))
    runs = [Loop(backend, data, streams, length, profile["warmup"], seed).run() for streams in profile["streams"]]
    return {"metadata": {"version": 2, "guidellm_version": "0.8.1"}, "config": {}, "benchmarks": runs}


class Loop:
    """One number of streams for a time."""

    def __init__(self, backend: dict[str, Any], data: dict[str, Any], streams: int, seconds: float, warm_up: float, seed: int) -> None:
        self._backend = backend
        self._data = data
        self._streams = streams
        self._seconds = seconds
        self._warm_up = warm_up
        self._seed = seed
        self._lock = threading.Lock()
        self._sent = 0
        self._rows: dict[str, list[dict[str, Any]]] = {"successful": [], "incomplete": [], "errored": []}

    def run(self) -> dict[str, Any]:
        """The benchmark's entry."""
        start = time.time()
        threads = [threading.Thread(target=self._stream, args=(start + self._seconds,)) for _ in range(self._streams)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = {name: len(rows) for name, rows in self._rows.items()}
        return {
            "type_": "generative_benchmark",
            "config": {"strategy": {"type_": "concurrent", "streams": self._streams}},
            "scheduler_state": {"created_requests": self._sent, "processed_requests": sum(made.values())},
            "scheduler_metrics": {
                "measure_start_time": start + self._seconds * self._warm_up,
                "measure_end_time": start + self._seconds,
                "requests_made": made,
            },
            "requests": self._rows,
        }

    def _stream(self, end: float) -> None:
        while time.time() < end:
            with self._lock:
                number, self._sent = self._sent, self._sent + 1
            times: dict[str, Any] = {"targeted_start": time.time()}
            times["resolve_start"] = times["request_start"] = time.time()
            row: dict[str, Any] = {"info": {"timings": times, "error": None}}
            try:
                kind = self._request(number, end, times, row)
            except (OSError, http.client.HTTPException) as error:
                kind, row["info"]["error"] = "errored", f"{type(error).__name__}: {error}"
            times["resolve_end"] = row["request_end_time"] = time.time()
            with self._lock:
                self._rows[kind].append(row)

    def _request(self, number: int, end: float, times: dict[str, Any], row: dict[str, Any]) -> str:
        place = urllib.parse.urlsplit(self._backend["target"])
        prompt = [3 + (self._seed + number * 7 + index) % 200 for index in range(self._data["prompt_tokens"])]
        body = {"model": self._backend["model"], "prompt": prompt, "max_tokens": self._data["output_tokens"], "ignore_eos": True}
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._backend['api_key']}"}
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request("POST", place.path + self._backend["request_format"], json.dumps(body), headers)
            response = connection.getresponse()
            if response.status != 200:
                row["info"]["error"] = f"Server error '{response.status} x' for url"
                return "errored"
            for line in response:
                if not line.startswith(b"data: ") or line.strip() == b"data: [DONE]":
                    continue
                event = json.loads(line[6:])
                if event["choices"] and event["choices"][0]["text"]:
                    times.setdefault("first_token_iteration", time.time())
                    times["last_token_iteration"] = time.time()
                if event.get("usage"):
                    row |= {f"{name}_tokens": event["usage"][key] for name, key in (("prompt", "prompt_tokens"), ("output", "completion_tokens"))}
                if time.time() > end:
                    return "incomplete"
            return "successful"
        finally:
            connection.close()
