"""What the adapters of language models share: how a passage is asked, how long an answer may be, and how it is read.

An answer is kept as it is: a preamble, a refusal, a block of thoughts or a stray token is what the model said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_asrbench.adapter import Decoding, Passage, Transcript
from pytest_asrbench.errors import EndpointError

PATH = "chat/completions"
FOLLOWS = ("prompt", "max_new_tokens")
OPTIONS: Mapping[str, Any] = {"system": False}
SPARE_TOKENS = 64
CHARACTERS_PER_TOKEN = 2  # fewer than any tokeniser needs for running text: a rewritten text has room to double


def messages(passage: Passage, *, system: bool) -> list[dict[str, str]]:
    """The passage as a chat: the prompt with the text below it, or the prompt as a system message before the text."""
    if system and passage.prompt:
        return [{"role": "system", "content": passage.prompt}, {"role": "user", "content": passage.text}]
    return [{"role": "user", "content": words(passage)}]


def words(passage: Passage) -> str:
    """The prompt with the text below it."""
    return "\n\n".join(filter(None, (passage.prompt, passage.text)))


def limit(decoding: Decoding, passage: Passage) -> int:
    """Most tokens of an answer: those that were asked for, else as many as a text twice as long would have."""
    return decoding.max_new_tokens or SPARE_TOKENS + len(passage.text) // CHARACTERS_PER_TOKEN


def template_digest(template: object) -> str:
    """A chat template in 16 characters, for the record; "none" where the words are sent as they are."""
    return hashlib.blake2s(str(template).encode(), digest_size=8).hexdigest() if template else "none"


def transcript(answer: Any, most: int | None, where: str) -> Transcript:
    """Read an answer as OpenAI's chat has it, or the older completion; `most` is the limit of its tokens, if any was
    told.
    Thoughts and a refusal that stand in fields of their own are details, or the text where there is no other. Raises
    EndpointError for what is no answer.
    """
    try:
        choice = answer["choices"][0]
        message = choice.get("message") or {"content": choice["text"]}
        content = _joined(message.get("content"))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise EndpointError(f"{where} gave no answer in the form of OpenAI's chat: {str(answer)[:200]!r}") from error
    refusal = message.get("refusal")
    told = {"refusal": refusal, "reasoning": message.get("reasoning_content") or message.get("reasoning")}
    limit = {} if most is None else {"max_new_tokens": most}
    details: dict[str, Any] = {**limit, **{name: value for name, value in told.items() if value}}
    if isinstance(usage := answer.get("usage"), Mapping):
        details |= {"new_tokens": usage.get("completion_tokens"), "prompt_tokens": usage.get("prompt_tokens")}
    if choice.get("finish_reason") == "length":
        details["stopped_by_token_limit"] = 1
    return Transcript(content or str(refusal or ""), details)


def _joined(content: Any) -> str:
    """The text of a message, which some servers give in parts, and none where there is nothing but thoughts."""
    if isinstance(content, str):
        return content
    parts: Sequence[Any] = content or ()
    return "".join(part["text"] for part in parts if part.get("type", "text") == "text")
