"""Several utterances in one call of a real model in its own process: each is answered as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_asrbench.adapter import Decoding, Utterance
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.errors import UnsuitedError
from tests.checkpoints.common import audio, clips

pytest.importorskip("torch")
pytest.importorskip("transformers")

LIMIT = Limit(120)


@pytest.fixture(scope="module")
def host(whisper_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildHost]:
    log, target = tmp_path_factory.mktemp("host") / "log", "pytest_asrbench.model_adapters.whisper:Whisper"
    host = ChildHost(HostPlan("whisper", target, str(whisper_checkpoint), {}, "cpu", "auto", log))
    host.load(LIMIT)
    yield host
    host.close()


def texts(host: ChildHost, batch: list[Utterance], decoding: Decoding) -> list[str]:
    (call,) = host.transcribe(batch, decoding, rounds=1, warmup=0, limit=LIMIT)
    assert call.seconds > 0
    return [one.text for one in call.transcripts]


def test_a_batch_of_unlike_utterances_is_answered_in_order(host: ChildHost) -> None:
    known = clips(4)
    told = [("en", None), (None, None), ("en", "The cards are dealt."), ("en", None)]
    batch = [Utterance(audio(clip.samples, clip.id), *asked) for clip, asked in zip(known, told, strict=True)]
    together = texts(host, batch, Decoding())
    assert together == [text for one in batch for text in texts(host, [one], Decoding())]
    assert [together[place] for place in (0, 1, 3)] == [known[place].text for place in (0, 1, 3)]
    shuffled = [batch[place] for place in (3, 2, 1, 0)]
    assert texts(host, shuffled, Decoding()) == together[::-1]


def test_the_decoding_is_that_of_all(host: ChildHost) -> None:
    batch = [Utterance(audio(clip.samples), "en") for clip in clips(2)]
    whole, cut = texts(host, batch, Decoding()), texts(host, batch, Decoding(max_new_tokens=3))
    assert all(len(short) < len(long) and long.startswith(short) for short, long in zip(cut, whole, strict=True))


def test_what_it_cannot_be_asked_is_no_error_of_its(host: ChildHost) -> None:
    batch = [Utterance(audio(clips(1)[0].samples), "en", "Leave the fillers out.")]
    with pytest.raises(
        UnsuitedError, match="whisper: it cannot be asked to do what a prompt says, only to transcribe or translate"
    ):
        texts(host, batch, Decoding("instruct"))
    with pytest.raises(UnsuitedError, match="it does not follow timestamps = True"):
        texts(host, batch, Decoding(timestamps=True))
    with pytest.raises(UnsuitedError, match="does not know the language 'tlh'"):
        texts(host, [Utterance(audio(clips(1)[0].samples), "tlh")], Decoding())
