"""Real language models behind a real Whisper: what llama.cpp says itself, in process and served, and in a session."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from pytest_asrbench.model_adapters.llama_cpp import LlamaCpp
from pytest_asrbench.model_adapters.openai_chat import OpenAIChat

from pytest_asrbench.adapter import Decoding, Passage
from tests.checkpoints.common import ROOT
from tests.checkpoints.real import language_model
from tests.real.llama import THREADS, Llama
from tests.real.models import project

pytest.importorskip("xllamacpp")
pytest.importorskip("faster_whisper")
PROMPT = "Remove the fillers from this text and write nothing else."
SPOKEN = [
    "um I think uh we should go to the the store",
    "the meeting is at five no six uh six thirty",
    "do not uh call her before um Monday",
]
PASSAGES = [Passage(one, PROMPT) for one in SPOKEN]
MOST = 40
DECODING = Decoding("instruct", max_new_tokens=MOST)


@pytest.fixture(scope="module")
def smollm2() -> Iterator[Llama]:
    made = Llama(language_model("smollm2"))
    yield made
    made.close()


def rewritten(adapter: Any) -> list[str]:
    try:
        adapter.load("cpu", "auto")
        return [one.text for one in adapter.rewrite(PASSAGES, DECODING)]
    finally:
        adapter.close()


def test_a_chat_is_what_the_library_says_when_it_is_called_directly(smollm2: Llama) -> None:
    direct = [smollm2.chat(f"{PROMPT}\n\n{text}", MOST) for text in SPOKEN]
    assert rewritten(LlamaCpp(str(language_model("smollm2")), {"threads": THREADS})) == direct
    assert len(set(direct)) == len(SPOKEN)
    assert [smollm2.chat(f"Translate this into French.\n\n{text}", MOST) for text in SPOKEN] != direct


def test_served_it_says_the_same(smollm2: Llama) -> None:
    adapter = OpenAIChat(f"{smollm2.address}/v1", {"body": {"cache_prompt": False}})
    assert rewritten(adapter) == [smollm2.chat(f"{PROMPT}\n\n{text}", MOST) for text in SPOKEN]


def test_a_base_model_goes_on_from_the_words_alone() -> None:
    """Gemma 3 270M has no chat template; with the one that llama.cpp puts in its place it repeats tokens of that."""
    library = Llama(language_model("gemma3"))
    try:
        direct = [library.complete(f"{PROMPT}\n\n{text}\n\n", MOST) for text in SPOKEN]
        assert "<|im_" in library.chat(f"{PROMPT}\n\n{SPOKEN[0]}", MOST)
    finally:
        library.close()
    assert rewritten(LlamaCpp(str(language_model("gemma3")), {"threads": THREADS})) == direct
    assert not any("<|im_" in text for text in direct)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Mapping[str, Any]]:
    """Four clips heard by tiny.en and rewritten by SmolLM2, twice: both in memory, and in turn."""
    folder = tmp_path_factory.mktemp("pipelines")
    (whisper,) = project(folder, "tiny.en", ["faster-whisper"])
    with (folder / "asrbench.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[models.smollm2]\nadapter = "llama-cpp"\nsource = {json.dumps(str(language_model("smollm2")))}\n'
            "options = { threads = 1 }\n"
        )
    (folder / "clean.toml").write_text(f"prompt = {json.dumps(PROMPT)}\n", "utf-8")
    models = f"--asr-models={whisper}+smollm2,{whisper}+smollm2[resident=false],{whisper}"
    tasks = "--asr-task=transcribe,./clean.toml"
    corpus = f"--asr-corpus={ROOT / 'corpora' / 'quickstart'}"
    chosen = "cards-005 or go-forward or lj001-0002 or 3536"
    command = [sys.executable, "-m", "pytest", models, tasks, corpus, "-k", chosen, "--benchmark-quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-4000:]
    found: list[Mapping[str, Any]] = json.loads((folder / "reports" / "results.json").read_text("utf-8"))["outcomes"]
    return found


def of(outcomes: Sequence[Mapping[str, Any]], behind: str, task: str) -> dict[str, Mapping[str, Any]]:
    return {one["snippet"]: one for one in outcomes if one["model"].endswith(behind) and one["task"] == task}


def test_what_was_heard_is_what_whisper_alone_hears(outcomes: Sequence[Mapping[str, Any]]) -> None:
    alone, both = of(outcomes, "faster-whisper", "transcribe"), of(outcomes, "+smollm2", "clean")
    assert len(both) == len(alone) == 4
    assert {name: one["stages"][0]["transcript"] for name, one in both.items()} == {
        name: one["transcript"] for name, one in alone.items()
    }


def test_what_came_of_it_is_what_the_library_makes_of_the_transcript(
    outcomes: Sequence[Mapping[str, Any]], smollm2: Llama
) -> None:
    for one in of(outcomes, "+smollm2", "clean").values():
        first, second = one["stages"]
        asked = f"{PROMPT}\n\n{first['transcript']}"
        assert one["transcript"] == smollm2.chat(asked, second["details"]["max_new_tokens"])


def test_both_models_count(outcomes: Sequence[Mapping[str, Any]]) -> None:
    resident, in_turn = (of(outcomes, behind, "clean") for behind in ("+smollm2", "[resident=false]"))
    for name, one in resident.items():
        parts = one["stages"]
        assert one["seconds"] == [pytest.approx(sum(part["seconds"][0] for part in parts))]
        assert min(part["seconds"][0] for part in parts) > 0
        assert one["peak_ram"] == sum(part["peak_ram"] for part in parts)
        assert in_turn[name]["peak_ram"] == max(part["peak_ram"] for part in in_turn[name]["stages"])
        assert in_turn[name]["transcript"] == one["transcript"]


def test_a_task_without_a_prompt_is_skipped(outcomes: Sequence[Mapping[str, Any]]) -> None:
    assert {one["status"] for one in of(outcomes, "+smollm2", "transcribe").values()} == {"SKIPPED"}
