"""Any service that speaks OpenAI's chat: llama.cpp's server, vLLM, Ollama, LM Studio, a company's own, OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pytest_asrbench.adapter import REMOTE, AdapterInfo, Decoding, Loaded, Passage, Transcript

from . import chats, endpoint, prices
from .endpoint import Endpoint
from .options import parse_options


class OpenAIChat:
    """A language model behind an address, the source: `http://localhost:8080/v1#MODEL`.

    Options: `endpoint` and `model` (in the source's place), `system` (false; true: the prompt is a system message),
    `api_key_env` (the environment variable that holds the key), `body` (a table of whatever else the service takes:
    `seed`, `reasoning_effort` ...), `timeout` (seconds for an answer), `price`. Sampling is off, unless the task sets a
    temperature.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="openai-chat",
        packages=("httpx2",),
        modules=("httpx2",),
        extra=endpoint.EXTRA,
        tasks=("instruct",),
        follows=(*chats.FOLLOWS, "temperature"),
        modes=("text",),
        remote=True,
        options={**endpoint.OPTIONS, **chats.OPTIONS, "price": {}},
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.options = {**self.info.options, **parse_options("openai-chat", options, self.info.options)}
        address, self.model = endpoint.place(source, self.options)
        self.address = address.removesuffix(f"/{chats.PATH}")
        self.endpoint: Endpoint | None = None
        prices.check(self.options["price"])

    def load(self, device: str, dtype: str) -> Loaded:
        """See that somebody listens at the address; `device` and `dtype` are the service's own affair."""
        self.endpoint = Endpoint(self.address, self.options["api_key"], seconds=self.options["timeout"])
        self.endpoint.reach()
        told = {name: self.options[name] for name in ("body", "system", "price")}
        return Loaded(REMOTE, "unknown", {"endpoint": self.address, "model": self.model, **told})

    def rewrite(self, batch: Sequence[Passage], decoding: Decoding) -> list[Transcript]:
        """Ask for one passage after the other; see `TextAdapter.rewrite`."""
        return [self._answer(passage, decoding) for passage in batch]

    def close(self) -> None:
        """Close the connection."""
        if self.endpoint is not None:
            self.endpoint.close()
            self.endpoint = None

    def _answer(self, passage: Passage, decoding: Decoding) -> Transcript:
        assert self.endpoint is not None
        most = chats.limit(decoding, passage)
        body = {
            **({"model": self.model} if self.model else {}),
            "messages": chats.messages(passage, system=self.options["system"]),
            "temperature": decoding.temperature or 0.0,
            "max_tokens": most,
            **self.options["body"],
        }
        answer = self.endpoint.post(chats.PATH, json=body)
        found = chats.transcript(answer.json(), most, answer.where)
        return replace(found, details={**found.details, **prices.cost(self.options["price"], None, found.details)})
