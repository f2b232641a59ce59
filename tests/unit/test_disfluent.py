"""The corpora of disfluent speech in this repository: whole, licensed, their clean texts edits of what is said."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.loading import Corpus
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.metrics import normalizers

CORPORA = Path(__file__).parents[2] / "corpora"
NAMES = ("disfluent", "disfluent-synthetic")
LEAST = {  # clips of each kind, in both corpora
    **{"filler": 15, "repetition": 8, "false-start": 4, "cut-off": 3, "correction": 8, "cue-word": 5},
    **{"deliberate-repeat": 5, "spoken-punctuation": 3, "question": 2, "instruction": 4, "fillers-alone": 3},
    **{"number": 8, "negation": 4, "name": 4, "long": 4, "fluent": 15},
}
LICENCES = {"MIT", "CC-BY-SA-4.0", "CC0-1.0"}


@cache
def corpus(name: str) -> Corpus:
    return loading.load(CORPORA / name)


@cache
def facts(name: str) -> dict[str, dict[str, Any]]:
    lines = (CORPORA / name / "manifest.jsonl").read_text("utf-8").splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}


def words(text: str) -> list[str]:
    return normalizers.load("verbatim").apply(text, "en").split()


def is_edit(clean: list[str], said: list[str]) -> bool:
    """Whether `clean` is what is left of `said` when words are taken out."""
    rest = iter(said)
    return all(word in rest for word in clean)


SNIPPETS = [pytest.param(one, id=f"{name}/{one.id}") for name in NAMES for one in corpus(name).snippets]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_clip_can_be_heard_and_its_clean_text_leaves_words_out_and_nothing_else(snippet: Snippet) -> None:
    assert snippet.problem is None
    decoded = snippet.decode(16_000, snippet.id).audio
    assert decoded.seconds == pytest.approx(snippet.duration, abs=0.05)
    assert np.abs(decoded.numpy()).max() > 0.01
    said, clean = words(snippet.reference()), words(snippet.reference("clean"))
    assert is_edit(clean, said)
    assert len(said) / decoded.seconds < 6  # nobody speaks faster
    fluent, alone = "fluent" in snippet.tags, "fillers-alone" in snippet.tags
    if "spoken-punctuation" not in snippet.tags:
        assert (clean == said) is fluent
    assert (not clean) is alone


def test_there_are_clips_of_every_kind() -> None:
    assert sum(len(corpus(name).snippets) for name in NAMES) >= 60
    kinds = Counter(tag for name in NAMES for one in corpus(name).snippets for tag in one.tags)
    assert {kind: kinds[kind] for kind, least in LEAST.items() if kinds[kind] < least} == {}
    long = [one for one in corpus("disfluent-synthetic").snippets if "long" in one.tags]
    assert [len(words(one.reference())) >= 200 for one in long] == [True] * 3


def test_synthesised_speech_is_told_and_stands_apart() -> None:
    assert {"synthetic" in one.tags for one in corpus("disfluent-synthetic").snippets} == {True}
    assert {"synthetic" in one.tags for one in corpus("disfluent").snippets} == {False}
    assert corpus("disfluent").name != corpus("disfluent-synthetic").name


@pytest.mark.parametrize("name", NAMES)
def test_every_clip_has_a_source_and_a_licence_with_its_notice(name: str) -> None:
    notice = (CORPORA / name / "LICENSES.md").read_text("utf-8")
    for one in facts(name).values():
        assert one["source"]
        assert one["licence"] in LICENCES
        assert one["licence"].replace("-", " ") in notice.replace("-", " ")
    audio = {path.name for path in (CORPORA / name / "audio").iterdir()}
    assert audio == {one["audio_filepath"].removeprefix("audio/") for one in facts(name).values()}


def speak() -> ModuleType:
    """The script that makes the synthetic corpus."""
    spec = importlib.util.spec_from_file_location("speak", CORPORA / "disfluent-synthetic" / "speak.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_manifest_is_what_the_script_makes() -> None:
    made = speak()
    known = facts("disfluent-synthetic")
    assert {one["id"]: made.entry(one, known[one["id"]]["duration"]) for one in made.clips()} == known


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite speaks the script")
def test_the_recordings_are_what_the_script_makes(tmp_path: Path) -> None:
    for clip, wav in speak().spoken(tmp_path):
        ours, _ = soundfile.read(CORPORA / "disfluent-synthetic" / "audio" / f"{clip['id']}.ogg")
        theirs, _ = soundfile.read(wav)
        assert len(ours) == pytest.approx(len(theirs), abs=800), clip["id"]
        assert np.corrcoef(ours[: len(theirs)], theirs[: len(ours)])[0, 1] > 0.9, clip["id"]
