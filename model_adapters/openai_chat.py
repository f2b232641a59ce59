"""Any service that speaks OpenAI's chat: llama.cpp's server, vLLM, Ollama, LM Studio, a company's own, OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pytest_asrbench.adapter import REMOTE, AdapterInfo, Decoding, Loaded, Passage, Transcript

from . import chats
from .endpoint import Endpoint
from .options import parse_options

PATH = "chat/completions"


class OpenAIChat:
    """A language model behind an address, the source: `http://localhost:8080/v1`.

    Options: `model` (its name there), `system` (false; true sends the prompt as a system message), `api_key_env` (the
    environment variable that holds the key), `body` (a table of whatever else the service takes: `seed`,
    `reasoning_effort` ...). Sampling is off, unless the task sets a temperature.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="openai-chat",
        packages=("httpx2",),
        modules=("httpx2",),
        extra="openai-chat",
        tasks=("instruct",),
        follows=(*chats.FOLLOWS, "temperature"),
        modes=("text",),
        remote=True,
        options={**chats.OPTIONS, "model": "", "api_key": "", "body": {}},
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.source = source.rstrip("/").removesuffix(f"/{PATH}") if source else source
        self.options = {**self.info.options, **parse_options("openai-chat", options, self.info.options)}
        self.endpoint: Endpoint | None = None

    def load(self, device: str, dtype: str) -> Loaded:
        """See that somebody listens at the address; `device` and `dtype` are the service's own affair."""
        self.endpoint = Endpoint(self.source, self.options["api_key"], extra=self.info.extra)
        self.endpoint.reach()
        details = {"endpoint": self.endpoint.url, "model": self.options["model"], "body": self.options["body"]}
        return Loaded(REMOTE, "unknown", {**details, "system": self.options["system"]})

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
            **({"model": self.options["model"]} if self.options["model"] else {}),
            "messages": chats.messages(passage, system=self.options["system"]),
            "temperature": decoding.temperature or 0.0,
            "max_tokens": most,
            **self.options["body"],
        }
        return chats.transcript(self.endpoint.post(PATH, json=body), most, f"{self.endpoint.url}/{PATH}")
