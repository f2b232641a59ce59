"""--asr-repeats: each clip is decoded several times, and a session tells which answers changed."""

from __future__ import annotations

import json

import pytest

from tests.bench import Bench, sentence, text

# A model that, asked again, says less of every second clip.
FORGETFUL = """
from collections import Counter

from pytest_asrbench.adapter import Transcript
from pytest_asrbench.model_adapters.stub import Stub


class Forgetful(Stub):
    def __init__(self, source, options):
        super().__init__(source, {name: value for name, value in options.items() if name != "beam"})
        self._asked = Counter()

    def transcribe(self, batch, decoding):
        answers = []
        for utterance, answer in zip(batch, super().transcribe(batch, decoding)):
            name = utterance.audio.name
            words = answer.text.split()
            kept = len(words) - self._asked[name] * (name[-1] in "13")
            answers.append(Transcript(" ".join(words[:kept])))
            self._asked[name] += 1
        return answers
"""

STOP = """
def pytest_asrbench_outcome(outcome, config):
    if outcome.snippet == "c2":
        raise KeyboardInterrupt
"""


@pytest.fixture
def forgetful(bench: Bench) -> Bench:
    """Four clips, and the model `forgetful`."""
    bench.clips(4)
    bench.script(count=4)
    (bench.path / "forgetful.py").write_text(FORGETFUL, "utf-8")
    (bench.path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", "utf-8")
    bench.model_table('[models.forgetful]\nadapter = "forgetful:Forgetful"\nsource = "./good.json"\n')
    return bench


def test_each_clip_is_decoded_n_times_and_what_changes_is_told(forgetful: Bench) -> None:
    result = forgetful.run("--asr-models=forgetful,stub:./good.json", "--asr-repeats=3", "--asr-warmup=0")
    told = text(result)
    assert "forgetful on clips: 2 of 4 transcripts changed in 3 rounds (c1, c3): WER 0.00 % to 16.67 %" in told
    assert "stub:./good.json on clips: each of 4 transcripts was the same in 3 rounds" in told
    outcomes = forgetful.results()["outcomes"]
    assert [len(one["seconds"]) for one in outcomes] == [3] * 8
    words = sentence(1).split()
    assert outcomes[1]["variants"] == [" ".join(words[:kept]) for kept in (6, 5, 4)]
    assert outcomes[1]["variant_errors"] == [0, 1, 2]
    assert outcomes[0]["variants"] == []
    assert [one["changed"] for one in forgetful.results()["findings"]["invariance"]] == [2, 0]
    page = (forgetful.path / "reports" / "report.html").read_text("utf-8")
    assert "2 of 4 transcripts changed in 3 rounds" in page


def test_later_rounds_count_as_well(forgetful: Bench) -> None:
    result = forgetful.run("--asr-models=forgetful", "--asr-sweeps=2", "--asr-warmup=0")
    assert "forgetful on clips: 2 of 4 transcripts changed in 3 rounds (c1, c3)" in text(result)
    assert forgetful.results()["outcomes"][3]["variant_errors"] == [0, 1, 2]


def test_what_stays_is_not_told_unless_it_was_asked(forgetful: Bench) -> None:
    assert "the same in" not in text(forgetful.run("--asr-models=stub:./good.json", "--asr-rounds=3"))


def test_forms_of_one_model_are_compared(forgetful: Bench) -> None:
    forgetful.script("rounded", count=4, clips={2: {"text": "this is clip"}})
    forgetful.model_table('[models.twin]\nadapter = "stub"\nsource = "./rounded.json"\nof = "forgetful"\n')
    result = forgetful.run("--asr-models=forgetful,forgetful[beam=2],twin,stub:./good.json")
    found = forgetful.results()["findings"]["invariance"]
    assert [(one["model"], one["other"], one["by"], one["changed"]) for one in found] == [
        ("forgetful", "forgetful[beam=2]", ["beam"], 0),
        ("forgetful", "twin", [], 1),
        ("forgetful[beam=2]", "twin", ["beam"], 1),
    ]
    assert "forgetful and twin on clips (nothing that is known): 1 of 4 transcripts differ, 1 in words (c2)" in text(
        result
    )


def test_a_resumed_run_keeps_the_answers_of_its_rounds(forgetful: Bench) -> None:
    forgetful.apart = True
    (forgetful.path / "conftest.py").write_text(STOP, "utf-8")
    forgetful.run("--asr-models=forgetful", "--asr-repeats=2", "--asr-warmup=0")
    kept = [e["outcome"] for e in forgetful.journal() if e["event"] == "outcome"]
    assert [one["variant_errors"] for one in kept][1] == [0, 1]
    (forgetful.path / "conftest.py").unlink()
    result = forgetful.run("--asr-models=forgetful", "--asr-repeats=2", "--asr-warmup=0", "--asr-resume")
    assert "2 of 4 transcripts changed in 2 rounds (c1, c3)" in text(result)
    json.dumps(forgetful.results())
