"""Streams of transcribe.cpp, with a stand-in for the library's stream: what is final, and what may still change."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.transcribe_cpp import TranscribeCpp
from pytest_asrbench.model_adapters.transcribe_cpp_stream import TranscribeCppStream

from pytest_asrbench.adapter import Decoding, Partial, Streaming
from pytest_asrbench.engine.host import contract
from pytest_asrbench.errors import UnsuitedError
from tests.checkpoints.common import audio

SILENCE = audio(np.zeros(1600, np.float32))


class Script:
    """The library's stream: after each piece it has the next of these texts, each committed and tentative."""

    def __init__(self, *texts: tuple[str, str]) -> None:
        self.texts = list(texts)
        self.fed: list[int] = []
        self.ended = self.idle = False

    def feed(self, samples: Any) -> None:
        self.fed.append(len(samples))
        del self.texts[: len(self.fed) > 1]

    def finalize(self) -> None:
        self.ended = True
        self.texts = self.texts[-1:]

    def text(self) -> SimpleNamespace:
        committed, tentative = self.texts[0]
        return SimpleNamespace(committed=committed, tentative=tentative)

    def reset(self) -> None:
        self.idle = True


def heard(script: Script, pieces: int) -> Sequence[Sequence[Partial]]:
    stream = TranscribeCppStream(script)
    said = [stream.feed(SILENCE, last=number == pieces - 1) for number in range(pieces)]
    stream.close()
    return said


def transcript(said: Sequence[Sequence[Partial]]) -> str:
    return " ".join(one.text for partials in said for one in partials if one.final)


def test_committed_words_are_final_and_the_rest_is_tentative() -> None:
    script = Script(("", " go"), (" go forward", " ten me"), (" go forward ten meters", ""))
    said = heard(script, 3)
    assert said == [
        [Partial("go")],
        [Partial("go", final=True), Partial("forward ten me")],
        [Partial("forward ten meters", final=True)],
    ]
    assert transcript(said) == "go forward ten meters"
    assert (script.fed, script.ended, script.idle) == ([1600] * 3, True, True)


def test_a_word_is_not_final_before_it_is_whole() -> None:
    """The library commits itself to tokens; "for" and "ward" joined by a blank would be two words."""
    said = heard(Script((" go for", ""), (" go forward", ""), (" go forward now", "")), 3)
    assert transcript(said) == "go forward now"
    assert said[0] == [Partial("go", final=True), Partial("for")]


def test_a_language_without_blanks_is_final_at_its_end() -> None:
    said = heard(Script(("前", "进"), ("前进", "十米"), ("前进十米", "")), 3)
    assert [one.final for partials in said for one in partials] == [False, False, True]
    assert transcript(said) == "前进十米"


def test_what_is_left_at_the_end_is_said() -> None:
    said = heard(Script((" yes", " no")), 1)
    assert said == [[Partial("yes no", final=True)]]
    assert contract.partials(said[0], last=True)


def test_silence_gives_nothing() -> None:
    assert heard(Script(("", "")), 1) == [[]]


def test_an_empty_last_piece_ends_the_stream() -> None:
    script = Script((" yes", ""))
    stream = TranscribeCppStream(script)
    assert stream.feed(audio(np.zeros(0, np.float32)), last=True) == [Partial("yes", final=True)]
    assert script.fed == []


def model(streams: bool) -> TranscribeCpp:
    """An adapter with a stand-in for what it has loaded."""
    adapter = TranscribeCpp("moonshine-streaming.gguf", {"threads": 1})
    able = SimpleNamespace(supports_streaming=streams, supports_translate=False, max_timestamp_kind="none")
    adapter.model = SimpleNamespace(capabilities=able, arch="moonshine_streaming", supports=lambda _: False)
    adapter.session = SimpleNamespace(stream=lambda **asked: Script((f" {asked['language']}", "")))
    adapter.languages = frozenset({"en"})
    return adapter


def test_a_family_that_listens_is_given_its_language() -> None:
    adapter = model(streams=True)
    assert isinstance(adapter, Streaming)
    stream = adapter.open_stream(Decoding(), language="en-US", prompt=None)
    assert stream.feed(SILENCE, last=True) == [Partial("en", final=True)]


@pytest.mark.parametrize(
    ("streams", "asked", "said"),
    [
        (False, {}, "do not stream"),
        (True, {"language": "de"}, "English-only"),
        (True, {"prompt": "names"}, "takes no prompt"),
    ],
)
def test_what_a_family_lacks_is_not_for_it(streams: bool, asked: dict[str, str], said: str) -> None:
    with pytest.raises(UnsuitedError, match=said):
        model(streams).open_stream(Decoding(), **{"language": None, "prompt": None, **asked})


def test_timestamps_of_a_stream_are_not_for_it() -> None:
    with pytest.raises(UnsuitedError, match="without timestamps"):
        model(streams=True).open_stream(Decoding(timestamps=True), language=None, prompt=None)
