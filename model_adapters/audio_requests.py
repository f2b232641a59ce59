"""The two ways in which OpenAI's interface takes audio: a file to be transcribed, and a part of a chat."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pytest_asrbench.adapter import Decoding, Transcript, Utterance
from pytest_asrbench.errors import UnsuitedError

from . import audio_answers, chats
from .audio_files import KINDS
from .languages import NAMES
from .service_answers import Answer

QUESTION = "Transcribe this recording{language}. Write down what is said, and nothing else."
TRANSLATION = "Translate what is said in this recording into {language}. Write down the translation, and nothing else."
TOKENS, TOKENS_PER_SECOND = 256, 20  # room for an answer: four times as many as anybody says


@dataclass(frozen=True, slots=True)
class Clip:
    """A file to be sent: its bytes, its kind as in `KINDS`, and how many seconds it lasts."""

    data: bytes
    kind: str
    seconds: float


class Way(Protocol):
    """How a clip is sent and its answer read."""

    tasks: ClassVar[tuple[str, ...]]
    follows: ClassVar[tuple[str, ...]]

    def path(self, decoding: Decoding) -> str:
        """Where requests go, below the address."""

    def size(self, clip: Clip) -> int:
        """Bytes that a clip takes in a request."""

    def request(self, clip: Clip, asked: Utterance, decoding: Decoding) -> Mapping[str, Any]:
        """The request, as httpx takes it."""

    def read(self, answer: Answer, clip: Clip, decoding: Decoding) -> Transcript:
        """What the service understood."""


@dataclass(frozen=True, slots=True)
class Form:
    """What both ways are told by a model's entry: its name there, what fields are called instead, what else is sent.

    A field that is called "" is left out.
    """

    model: str
    fields: Mapping[str, str]
    body: Mapping[str, Any]

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that have a value, under the names that the service has for them."""
        named = {self.fields.get(name, name): value for name, value in values.items() if value not in (None, "")}
        return {name: value for name, value in {**named, **self.body}.items() if name}


class Transcriptions:
    """`/audio/transcriptions`: the file in a form, with its language and words that may help, if there are any."""

    tasks: ClassVar[tuple[str, ...]] = ("transcribe", "translate")
    follows: ClassVar[tuple[str, ...]] = ("prompt", "temperature", "timestamps")

    def __init__(self, form: Form, path: str) -> None:
        self._form, self._path = form, path

    def path(self, decoding: Decoding) -> str:
        """Where requests go; a translation, into English, has a place of its own."""
        if decoding.task == "translate" and decoding.target_language not in (None, "en"):
            raise UnsuitedError("the service translates into English alone")
        return self._path or f"audio/{'translations' if decoding.task == 'translate' else 'transcriptions'}"

    def size(self, clip: Clip) -> int:
        """The bytes of the file."""
        return len(clip.data)

    def request(self, clip: Clip, asked: Utterance, decoding: Decoding) -> Mapping[str, Any]:
        """A form with the file in it."""
        values = {
            "model": self._form.model,
            "language": asked.language if decoding.task == "transcribe" else None,
            "prompt": asked.prompt,
            "temperature": decoding.temperature,
            "response_format": "verbose_json" if decoding.timestamps else "json",
        }
        data = {name: _plain(value) for name, value in self._form.filled(values).items()}
        name = self._form.fields.get("file", "file")
        return {"data": data, "files": {name: (f"audio.{clip.kind}", clip.data, KINDS[clip.kind])}}

    def read(self, answer: Answer, clip: Clip, decoding: Decoding) -> Transcript:
        """The transcript in the answer, whatever its form."""
        return audio_answers.transcript(answer, timestamps=decoding.timestamps)


class Chat:
    """`/chat/completions`: the prompt of the task, or a question for the words, and the audio in base64."""

    tasks: ClassVar[tuple[str, ...]] = ("transcribe", "translate", "instruct")
    follows: ClassVar[tuple[str, ...]] = (*chats.FOLLOWS, "temperature", "target_language")

    def __init__(self, form: Form, path: str) -> None:
        self._form, self._path = form, path

    def path(self, decoding: Decoding) -> str:
        """Where requests go."""
        return self._path or chats.PATH

    def size(self, clip: Clip) -> int:
        """The bytes of the file in base64."""
        return -(-len(clip.data) // 3) * 4

    def request(self, clip: Clip, asked: Utterance, decoding: Decoding) -> Mapping[str, Any]:
        """A chat of one message."""
        audio = {"data": base64.b64encode(clip.data).decode("ascii"), "format": clip.kind}
        parts = [{"type": "text", "text": _question(asked, decoding)}, {"type": "input_audio", "input_audio": audio}]
        values = {
            "model": self._form.model,
            "messages": [{"role": "user", "content": parts}],
            "temperature": decoding.temperature or 0.0,
            "max_tokens": _most(clip, decoding),
        }
        return {"json": self._form.filled(values)}

    def read(self, answer: Answer, clip: Clip, decoding: Decoding) -> Transcript:
        """The message of the model; one that reached the limit of its tokens is marked."""
        return chats.transcript(answer.json(), _most(clip, decoding), answer.where)


def _most(clip: Clip, decoding: Decoding) -> int:
    """Most tokens of an answer to a clip."""
    return decoding.max_new_tokens or TOKENS + round(TOKENS_PER_SECOND * clip.seconds)


def _question(asked: Utterance, decoding: Decoding) -> str:
    if asked.prompt:
        return asked.prompt
    if decoding.task == "translate":
        code = decoding.target_language or "en"
        return TRANSLATION.format(language=NAMES.get(code, code))
    language = f", which is in {NAMES.get(asked.language, asked.language)}" if asked.language else ""
    return QUESTION.format(language=language)


def _plain(value: Any) -> Any:
    """A value as a field of a form: texts and lists of them as they are, all else as JSON."""
    return value if isinstance(value, (str, list)) else json.dumps(value)
