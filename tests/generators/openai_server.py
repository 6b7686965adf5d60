"""A local server that speaks OpenAI's protocol and serves a small model for real; it can be told
to fail in the ways in which servers fail.

``python -m tests.generators.openai_server FOLDER`` serves a model folder on port 8000.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prover.generators.neural.decoding import Candidate, Decoding, sample

_WAIT_SECONDS = 30.0


@dataclass
class Behaviour:
    """How the server behaves.

    ``faults`` are used up one a request: a status (with a ``Retry-After`` if it is a pair),
    ``"slow"``, ``"malformed"``, ``"empty"``, ``"garbage"`` or ``"hangup"``. ``refused`` are fields
    of a request that are answered with 400; ``together`` holds requests back until so many are
    there.
    """

    key: str = ""
    faults: deque[Any] = field(default_factory=deque)
    refused: frozenset[str] = frozenset()
    single: bool = False
    logprobs: bool = True
    usage: bool = True
    context: int = 10_000
    together: int = 1


class ModelServer:
    """Serves a model under a free port of this machine; use it in a ``with`` statement."""

    def __init__(self, model: Any, words: Any, behaviour: Behaviour | None = None) -> None:
        self.model, self.words = model, words
        self.behaviour = behaviour or Behaviour()
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.most_at_once = 0
        self._at_once, self._arrived = 0, threading.Condition()
        self._generating = threading.Lock()
        self._released = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def arrive(self) -> None:
        """Count a request in, and hold it until as many are there as the behaviour wants."""
        with self._arrived:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self._arrived.notify_all()
            self._arrived.wait_for(lambda: self.most_at_once >= self.behaviour.together,
                                   _WAIT_SECONDS)

    def leave(self) -> None:
        """Count a request out."""
        with self._arrived:
            self._at_once -= 1

    def hold(self) -> None:
        """Answer nothing until the server ends."""
        self._released.wait(_WAIT_SECONDS)

    def complete(self, prompt: str, body: dict[str, Any]) -> tuple[int, list[Candidate]]:
        """Tokens of the prompt, and as many continuations as are asked for."""
        ids = self.words(prompt)["input_ids"]
        n = 1 if self.behaviour.single else body.get("n", 1)
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or 16
        options = Decoding(1, min(limit, 64), body.get("temperature", 1.0) or 0.01)
        with self._generating:
            drawn = sample(self.model, [ids] * n, options, end=[self.words.eos_token_id], pad=0,
                           seeds=[body.get("seed", 0) + i for i in range(n)])
        return len(ids), [group[0] for group in drawn]


class _Handler(BaseHTTPRequestHandler):
    owner: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nobody wants to read it."""

    def do_POST(self) -> None:
        """Answer a request."""
        text = self.rfile.read(int(self.headers["Content-Length"]))
        self.owner.arrive()
        try:
            self._answer(json.loads(text))
        except (BrokenPipeError, ConnectionResetError):
            return  # the client has gone
        finally:
            self.owner.leave()

    def _answer(self, body: dict[str, Any]) -> None:
        owner, behaviour = self.owner, self.owner.behaviour
        owner.bodies.append(body)
        owner.paths.append(self.path)
        if behaviour.key and self.headers.get("Authorization") != f"Bearer {behaviour.key}":
            said = f"Incorrect API key provided: {self.headers.get('Authorization', 'none')}"
            return self._error(401, said, code="invalid_api_key")
        if self._fault():
            return None
        if body.get("model") != "tiny":
            return self._error(404, f"The model `{body.get('model')}` does not exist.")
        for name in sorted(behaviour.refused & body.keys()):
            if name != "n" or body["n"] > 1:
                return self._error(400, f"Unsupported parameter: '{name}' is not supported.")
        prompt = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        read = len(owner.words(prompt)["input_ids"])
        if read > behaviour.context:
            return self._error(400, f"This model's maximum context length is {behaviour.context} "
                               f"tokens, but you asked for {read}.",
                               code="context_length_exceeded")
        return self._completion(prompt, body)

    def _fault(self) -> bool:
        if not self.owner.behaviour.faults:
            return False
        fault = self.owner.behaviour.faults.popleft()
        if fault == "slow":
            self.owner.hold()
        elif fault == "hangup":
            self.close_connection = True
            self.connection.close()
        elif fault == "malformed":
            self._send(200, b"<html>It works!</html>")
        elif fault == "empty":
            self._json(200, {"choices": [{"message": {"content": None}}, {"text": 7}, 3]})
        elif fault == "garbage":
            self._json(200, {"choices": "none", "usage": None})
        elif isinstance(fault, tuple):
            self._error(fault[0], "slow down", {"Retry-After": fault[1]})
        else:
            self._error(fault, "something is wrong here")
        return True

    def _completion(self, prompt: str, body: dict[str, Any]) -> None:
        read, found = self.owner.complete(prompt, body)
        choices = [self._choice(i, c, body) for i, c in enumerate(found)]
        answer: dict[str, Any] = {"object": "completion", "model": "tiny", "choices": choices}
        if self.owner.behaviour.usage:
            answer["usage"] = {"prompt_tokens": read,
                               "completion_tokens": sum(c.generated for c in found)}
        self._json(200, answer)

    def _choice(self, index: int, candidate: Candidate, body: dict[str, Any]) -> dict[str, Any]:
        text = self.owner.words.decode(list(candidate.tokens))
        share = candidate.log_prob / max(1, candidate.generated)
        logged: dict[str, Any] | None = None
        choice: dict[str, Any] = {
            "index": index, "finish_reason": "stop" if candidate.complete else "length"}
        wanted = body.get("logprobs") and self.owner.behaviour.logprobs
        if "messages" in body:
            choice["message"] = {"role": "assistant", "content": text}
            if wanted:
                logged = {"content": [{"logprob": share}] * candidate.generated}
        else:
            choice["text"] = text
            if wanted:
                logged = {"token_logprobs": [share] * candidate.generated}
        return {**choice, "logprobs": logged}

    def _error(
        self, status: int, message: str, headers: dict[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        self._json(status, {"error": {"message": message, "code": code}}, headers)

    def _json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), "application/json", headers)

    def _send(
        self, status: int, content: bytes, kind: str = "text/html",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)),
                            **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve the model of a folder until interrupted."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = sys.argv[1]
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    with ModelServer(model, AutoTokenizer.from_pretrained(folder)) as server:
        print(f"openai:tiny@{server.url}", flush=True)
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
