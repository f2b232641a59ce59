"""Any service that takes audio as OpenAI's does: vLLM, speaches, LocalAI, servers of llama.cpp and whisper.cpp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_asrbench.adapter import REMOTE, AdapterInfo, Decoding, Loaded, Transcript, Utterance
from pytest_asrbench.errors import EndpointError

from . import audio_files, chunking, endpoint, prices
from .audio_requests import Chat, Clip, Form, Transcriptions
from .endpoint import Endpoint
from .options import parse_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "openai"
SUMMED = ("cost", "prompt_tokens", "new_tokens")


class OpenAIAudio:
    """A model behind an address, the source: `http://localhost:8000/v1#MODEL`.

    Options: `endpoint` and `model` (in the source's place), `chat` (false; true sends the audio into a chat, with the
    task's prompt), `path` (where requests go, if not to OpenAI's), `fields` (a table: what the service calls a field),
    `body` (a table: what else it takes), `audio` ("wav", "flac", "mp3"), `max_mb` (25: what the service takes at most),
    `longest_seconds` (0; longer clips are cut at pauses), `timeout` (seconds for an answer), `api_key_env` (the
    variable that holds the key), `price` (a table, see `prices`).
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime=NAME,
        packages=("httpx2",),
        modules=("httpx2", "numpy"),
        extra=endpoint.EXTRA,
        tasks=Chat.tasks,
        follows=tuple(dict.fromkeys((*Transcriptions.follows, *Chat.follows))),
        max_batch=1,
        remote=True,
        options={
            **endpoint.OPTIONS,
            **{"chat": False, "path": "", "fields": {}, "price": {}},
            **{"audio": "wav", "max_mb": 25.0, "longest_seconds": 0.0},
        },
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self.options = {**self.info.options, **parse_options(NAME, options, self.info.options)}
        self.address, self.model = endpoint.place(source, self.options)
        self.endpoint: Endpoint | None = None
        form = Form(self.model, self.options["fields"], self.options["body"])
        self.way = (Chat if self.options["chat"] else Transcriptions)(form, self.options["path"])
        prices.check(self.options["price"])
        vars(self)["info"] = replace(self.info, tasks=self.way.tasks, follows=self.way.follows)

    def load(self, device: str, dtype: str) -> Loaded:
        """See that somebody listens at the address; `device` and `dtype` are the service's own affair."""
        audio_files.check(self.options["audio"])
        self.endpoint = Endpoint(self.address, self.options["api_key"], seconds=self.options["timeout"])
        self.endpoint.reach()
        told = {name: self.options[name] for name in ("chat", "path", "fields", "body", "audio", "price")}
        return Loaded(REMOTE, "unknown", {"endpoint": self.address, "model": self.model, **told})

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> list[Transcript]:
        """Send one clip after the other; see `Adapter.transcribe`. Raises EndpointError for one that is too large."""
        return [self._answer(one, decoding) for one in batch]

    def close(self) -> None:
        """Close the connection."""
        if self.endpoint is not None:
            self.endpoint.close()
            self.endpoint = None

    def _answer(self, asked: Utterance, decoding: Decoding) -> Transcript:
        """The transcript of a clip, of its pieces where it is longer than the service is to have it."""
        samples, rate = asked.audio.numpy(), asked.audio.sample_rate
        longest = self.options["longest_seconds"] or asked.audio.seconds
        pieces = chunking.split(samples, rate, longest) if asked.audio.seconds > longest else [samples]
        clips = [self._clip(piece, asked) for piece in pieces]  # all, before the first is sent
        return _joined([self._ask(clip, asked, decoding) for clip in clips], [clip.seconds for clip in clips])

    def _clip(self, samples: NDArray[np.float32], asked: Utterance) -> Clip:
        rate, kind = asked.audio.sample_rate, self.options["audio"]
        clip = Clip(audio_files.encoded(samples, rate, kind), kind, len(samples) / rate)
        size = self.way.size(clip) / 1e6
        if size > self.options["max_mb"]:
            raise EndpointError(
                f"{asked.audio.name} takes {size:.1f} MB as {kind}, more than the {self.options['max_mb']:g} that "
                f'{self.address} is sent: take audio = "flac", or longest_seconds = 600, which cuts at pauses, or '
                "raise max_mb in the model's options if the service takes more"
            )
        return clip

    def _ask(self, clip: Clip, asked: Utterance, decoding: Decoding) -> Transcript:
        assert self.endpoint is not None
        answer = self.endpoint.post(self.way.path(decoding), **self.way.request(clip, asked, decoding))
        found = self.way.read(answer, clip, decoding)
        return replace(
            found, details={**found.details, **prices.cost(self.options["price"], clip.seconds, found.details)}
        )


def _joined(parts: Sequence[Transcript], seconds: Sequence[float]) -> Transcript:
    """The transcripts of a clip's pieces as one, their tokens and costs summed. seconds: how long each piece lasts."""
    if len(parts) == 1:
        return parts[0]
    told = {name: [one.details[name] for one in parts if name in one.details] for name in SUMMED}
    details: dict[str, Any] = {
        name: sum(values) for name, values in told.items() if len(values) == len(parts) and None not in values
    }
    starts = accumulate(seconds, initial=0.0)
    segments = [
        {"start": one["start"] + start, "end": one["end"] + start, "text": one["text"]}
        for part, start in zip(parts, starts, strict=False)
        for one in part.details.get("segments", ())
    ]
    details |= {"pieces": len(parts), **({"segments": segments} if segments else {})}
    return Transcript(chunking.join([one.text for one in parts]), details)
