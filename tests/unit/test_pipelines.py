"""Pipelines by name: two models with a plus between them, and what a record of theirs is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.adapter import Audio, Decoding, Passage, Transcript, Utterance
from pytest_asrbench.engine.host.answers import Call, LoadReport, Memory
from pytest_asrbench.engine.host.plan import Limit
from pytest_asrbench.engine.pipelines.host import Listening, PipelineHost
from pytest_asrbench.errors import HostCrashedError, UnknownModelError, UsageError
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.records import Outcome, Stage, Status
from pytest_asrbench.store.serialized import outcome_from_dict, to_dict

CLIP = Audio(b"\0" * 64_000, 16_000, "clips/c0")
LIMIT = Limit(10.0)


def test_two_models_with_a_plus_between_them() -> None:
    found = Registry().resolve("stub[text=um]+stub[instructed=a+b,seconds=0.1]")
    assert found.name == "stub[text=um]+stub[instructed=a+b,seconds=0.1]"
    assert [(one.adapter, dict(one.options)) for one in found.chain] == [
        ("stub", {"text": "um"}),
        ("stub", {"instructed": "a+b", "seconds": 0.1}),
    ]
    assert found.names[-1] == "stub+stub"
    assert found.hosted


@pytest.mark.parametrize(
    ("spec", "resident", "behind"),
    [
        ("stub+stub", {}, "stub"),
        ("stub+stub[resident=false]", {"resident": False}, "stub"),
        ("stub+stub[text=um,resident=true]", {"resident": True}, "stub[text=um]"),
    ],
)
def test_resident_is_the_pipelines_own_option(spec: str, resident: dict[str, bool], behind: str) -> None:
    found = Registry().resolve(spec)
    assert dict(found.options) == resident
    assert found.chain[-1].name == behind


def test_a_pipeline_may_have_a_name(tmp_path: Path) -> None:
    (tmp_path / "asrbench.toml").write_text(
        '[models.cleaner]\nstages = ["stub[text=um]", "stub"]\nmax_new_tokens = 9\n', "utf-8"
    )
    found = Registry(tmp_path).resolve("cleaner[resident=false]")
    assert ([one.name for one in found.chain], dict(found.options)) == (["stub[text=um]", "stub"], {"resident": False})
    assert (found.names, found.max_new_tokens) == (("cleaner[resident=false]", "cleaner"), 9)


def test_the_language_model_stands_behind_a_file_of_answers() -> None:
    found = Registry().resolve("transcripts:heard.csv+stub")
    assert [one.hosted for one in found.chain] == [False, True]


@pytest.mark.parametrize("spec", ["stub:./c++/script.json", "stub:a+b", 'stub[text="um+stub"]'])
def test_a_plus_may_stand_in_a_path_or_an_option(spec: str) -> None:
    assert Registry().resolve(spec).chain == ()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("stub+smollm", "unknown model 'smollm'"),
        ("stubb+stub", "unknown model 'stubb'"),
        ("stub+stub+stub", "a pipeline has two models"),
        ("stub+stub[resident=maybe]", "no truth value"),
    ],
)
def test_what_is_no_pipeline(spec: str, words: str) -> None:
    with pytest.raises((UsageError, UnknownModelError), match=words):
        Registry().resolve(spec)


def test_a_named_pipeline_has_no_options_of_its_models(tmp_path: Path) -> None:
    (tmp_path / "asrbench.toml").write_text('[models.cleaner]\nstages = ["stub", "stub"]\n', "utf-8")
    with pytest.raises(UsageError, match="no option 'text'"):
        Registry(tmp_path).resolve("cleaner[text=um]")


class Fake:
    """A host that notes what is asked of it; every call takes `seconds` and `memory` bytes."""

    def __init__(self, seen: list[str], name: str, seconds: float, memory: int | None) -> None:
        self.seen, self.name, self.seconds, self.memory = seen, name, seconds, memory
        self.processes = (ord(name),)

    def load(self, limit: Limit) -> LoadReport:
        self.seen.append(f"{self.name} loads")
        return LoadReport(1.0, "cpu", self.name, self.name, 16_000, {}, [], {}, self._memory())

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding, **how: Any) -> list[Call]:
        self.seen.append(f"{self.name} hears {batch[0].prompt} to {decoding.task}")
        return [self._call(n, n < how["warmup"], f"heard {n}") for n in range(how["warmup"] + how["rounds"])]

    def rewrite(self, batch: Sequence[Passage], decoding: Decoding, **how: Any) -> list[Call]:
        if self.memory == 0:
            raise HostCrashedError(f"{self.name} is gone")
        self.seen.append(f"{self.name} reads {batch[0].text}: {batch[0].prompt}, to {decoding.task}")
        return [self._call(0, False, f"from {batch[0].text}")]

    def restrict(self, cores: Sequence[int]) -> None:
        self.seen.append(f"{self.name} on {cores}")

    def close(self, until: float = math.inf) -> None:
        self.seen.append(f"{self.name} ends")

    def kill(self) -> None:
        self.seen.append(f"{self.name} is killed")

    def _call(self, number: int, warmup: bool, text: str) -> Call:
        return Call(number, warmup, self.seconds, self.seconds / 2, [Transcript(text)], self._memory())

    def _memory(self) -> Memory:
        return Memory(self.memory, self.memory, None, None, None)


def pipeline(seen: list[str], memory: int | None = 5, *, resident: bool = True) -> PipelineHost:
    def start(*facts: Any) -> Callable[[], Any]:
        return lambda: Fake(seen, *facts)

    return PipelineHost((start("a", 0.25, 3), start("b", 0.5, memory)), Listening("a hint"), resident=resident)


def ask(host: PipelineHost, rounds: int = 2) -> list[Call]:
    batch = [Utterance(CLIP, "en", "leave the fillers out")]
    return host.transcribe(batch, Decoding("instruct"), rounds=rounds, warmup=1, limit=LIMIT)


def test_each_round_is_heard_and_rewritten_and_its_seconds_add_up() -> None:
    seen: list[str] = []
    host = pipeline(seen)
    report = host.load(LIMIT)
    calls = ask(host)
    assert seen == [
        "b loads",
        "a loads",
        "a hears a hint to transcribe",
        *(f"b reads heard {n}: leave the fillers out, to instruct" for n in range(3)),
    ]
    assert [(one.number, one.warmup, one.transcripts[0].text) for one in calls] == [
        (0, True, "from heard 0"),
        (1, False, "from heard 1"),
        (2, False, "from heard 2"),
    ]
    assert {(one.seconds, one.cpu_seconds, one.memory.peak_ram) for one in calls} == {(0.75, 0.375, 8)}
    assert [part.seconds for part in calls[-1].parts] == [0.25, 0.5]
    assert (report.load_seconds, report.runtime, report.device) == (2.0, "a+b", "cpu")


def test_in_turn_only_one_model_is_there_and_the_larger_one_is_the_peak() -> None:
    seen: list[str] = []
    host = pipeline(seen, resident=False)
    host.load(LIMIT)
    assert seen == ["b loads", "b ends", "a loads"]
    seen.clear()
    assert {one.memory.peak_ram for one in ask(host)} == {5}
    assert [one for one in seen if "reads" not in one] == [
        "a hears a hint to transcribe",
        "a ends",
        "b loads",
        "b ends",
    ]
    assert host.processes == ()


@pytest.mark.parametrize("resident", [True, False])
def test_both_models_are_held_to_the_same_cores(resident: bool) -> None:
    seen: list[str] = []
    host = pipeline(seen, resident=resident)
    host.load(LIMIT)
    host.restrict([2, 3])
    ask(host)
    assert sorted(one for one in seen if " on " in one) == ["a on [2, 3]", "b on [2, 3]" if resident else "b on (2, 3)"]


def test_memory_elsewhere_is_no_part_of_the_sum() -> None:
    host = pipeline([], None)
    host.load(LIMIT)
    assert {one.memory.peak_ram for one in ask(host)} == {3}


def test_when_one_model_is_gone_the_other_one_goes_too() -> None:
    seen: list[str] = []
    host = pipeline(seen, 0)
    host.load(LIMIT)
    with pytest.raises(HostCrashedError, match="b is gone"):
        ask(host)
    assert seen[-2:] == ["a is killed", "b is killed"]


def test_stages_are_kept_and_read_again() -> None:
    stages = (Stage("a", "um yes", seconds=(0.5, 0.25), peak_ram=7), Stage("b", "yes", {"retries": 1}))
    outcome = Outcome("a+b", "clips", "c0", Status.ERROR, stages=stages)
    assert outcome_from_dict(to_dict(outcome)) == outcome
    further = replace(stages[0], transcript="yes", seconds=(0.125,))
    assert (stages[0] + further).seconds == (0.5, 0.25, 0.125)
    assert (stages[0] + further).transcript == "yes"
