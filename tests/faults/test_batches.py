"""Several utterances in one call: each has its own text, the call has the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.engine.host.answers import Call
from pytest_asrbench.engine.host.parent import ChildHost
from pytest_asrbench.engine.host.plan import HostPlan, Limit
from pytest_asrbench.errors import AdapterFailedError, UnsuitedError
from tests.bench import Bench, sentence, text

LIMIT = Limit(20)


@pytest.fixture
def host(bench: Bench) -> Iterator[ChildHost]:
    """A stub that says each of the clips right, in 10 ms each, and then goes wrong at clip 2."""
    bench.script("batch", count=4, clips={2: {"fault": "raise", "fault_after": 1}}, seconds=0.01)
    source, log = str(bench.path / "batch.json"), bench.path / "log"
    host = ChildHost(HostPlan("model", "pytest_asrbench.model_adapters.stub:Stub", source, {}, "cpu", "auto", log))
    host.load(LIMIT)
    yield host
    host.close()


def ask(host: ChildHost, *utterances: Utterance, warmup: int = 0, **decoding: Any) -> Call:
    return host.transcribe(utterances, Decoding(**decoding), rounds=1, warmup=warmup, limit=LIMIT)[-1]


def clip(number: int, samples: int = 1_600) -> Audio:
    return Audio(bytes(4 * samples), 16_000, f"clips/c{number}")


def test_each_utterance_of_a_call_keeps_its_text_its_prompt_and_its_length(host: ChildHost) -> None:
    asked = [Utterance(clip(3, 10), "en", "names"), Utterance(clip(0, 0)), Utterance(clip(1, 777), prompt="more names")]
    call = ask(host, *asked, timestamps=True)
    assert [one.text for one in call.transcripts] == [sentence(3), sentence(0), sentence(1)]
    assert [one.details.get("prompt") for one in call.transcripts] == ["names", None, "more names"]
    assert [one.details["segments"][0]["end"] for one in call.transcripts] == [10 / 16_000, 0.0, 777 / 16_000]
    assert call.seconds >= sum(one.details["own_seconds"] for one in call.transcripts) >= 0.03


def test_one_that_fails_costs_its_call_alone(host: ChildHost) -> None:
    assert len(ask(host, *(Utterance(clip(number)) for number in range(4))).transcripts) == 4
    with pytest.raises(AdapterFailedError, match="scripted failure"):
        ask(host, Utterance(clip(0)), Utterance(clip(2)))
    assert ask(host, Utterance(clip(0))).transcripts[0].text == sentence(0)


OLD = """
from pytest_asrbench.model_adapters.stub import Stub

class Old(Stub):
    def transcribe(self, batch, request):
        return super().transcribe(batch, request)
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (OLD, "the adapter old:Old is written for version 1 of the contract with models"),
        (
            "from pytest_asrbench.adapter import Audio, Request\n",
            "which imports Request of pytest_asrbench.adapter, is",
        ),
    ],
)
def test_an_adapter_for_the_contract_before_is_refused_with_a_sentence(bench: Bench, code: str, words: str) -> None:
    bench.pytester.makepyfile(old=code)
    bench.model_table('[models.old]\nadapter = "old:Old"\n')
    result = bench.run("--asr-models=old", "-k", "c0 or c1")
    result.assert_outcomes(errors=1, skipped=1)
    error = bench.rows()[0]["Error"]
    assert words in error
    assert "this is version 2, transcribe(batch of Utterance, decoding): change it as docs/adapters.md shows" in error
    assert "Traceback" not in text(result)


def test_a_model_is_not_given_what_it_does_not_follow(bench: Bench, tmp_path: Path) -> None:
    bench.pytester.makepyfile(
        plain="""
        from dataclasses import replace
        from pytest_asrbench.model_adapters.stub import Stub

        class Plain(Stub):
            info = replace(Stub.info, follows=(), max_batch=2)
        """
    )
    plan = HostPlan("plain", "plain:Plain", None, {}, "cpu", "auto", bench.path / "log", paths=(str(bench.path),))
    host = ChildHost(plan)
    try:
        host.load(LIMIT)
        with pytest.raises(UnsuitedError, match="plain: it does not follow max_new_tokens = 7"):
            ask(host, Utterance(clip(0)), max_new_tokens=7)
        with pytest.raises(AdapterFailedError, match="3 utterances were given in one call, but it takes at most 2"):
            ask(host, *[Utterance(clip(0))] * 3)
        assert len(ask(host, *[Utterance(clip(0))] * 2).transcripts) == 2
    finally:
        host.close()
