"""The Open ASR Leaderboard's rules: its public cases, and its count of words written together or apart.

The first cases are those by which NVIDIA NeMo pins its copy of the leaderboard's normaliser
(tests of nemo.collections.asr.parts.utils.hf_asr_normalizer, Apache-2.0).
"""

from __future__ import annotations

import builtins
import importlib.util
from typing import Any

import pytest

from pytest_asrbench.errors import MissingDependencyError
from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.leaderboard import Leaderboard
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.metrics.normalizers import profiles
from pytest_asrbench.metrics.normalizers.leaderboard import spelt_out
from pytest_asrbench.records import Counts

NEMO = [
    ("Mr. Smith paid $1,000.", "mister smith paid $1000"),
    ("She'd gone, ain't that right, y'all?", "she had gone aint that right you all"),
    ("It's twenty-three percent!", "it is 23%"),
    ("colour organisation defence", "color organization defense"),
    ("um, it was [inaudible] (laughs) fine", "it was fine"),
    ("The B B C reported it", "the bbc reported it"),
    ("5 G rollout", "5g rollout"),
    ("Wi-Fi and e-mail", "wifi and email"),
    ("et cetera", "etc"),
    ("at 3 p.m.", "at 3 pm"),
    ("a big cat", "a big cat"),
    ("", ""),
    ("   ", ""),
    ("[noise]", ""),
]
# What its code says of fillers, possessives, names, "oh" and the clock.
OTHERS = [
    ("Uhhh, uh-huh, ah-ha! Ermm... hmmph", ""),
    ("the dog's bone, and it's his", "the dog s bone and it is his"),
    ("Kathryn and Stephen", "catherine and steven"),
    ("Oh no", "oh no"),
    ("oh oh", "oh oh"),
    ("four oh one", "401"),
    ("oh seven nine eight", "0798"),
    ("oh seven up", "oh 7 up"),
    ("double oh seven", "007"),
    ("a hundred and oh well", "a 100 oh well"),
    ("minus oh dear", "-oh dear"),
    ("ohh ooo", "oh oh"),
    ("half past three", "3 30"),
    ("a quarter to one o'clock", "12 45"),
    ("twenty-five minutes before nine", "8 35"),
    ("at three o'clock", "at 3"),
    ("at 3:00, not 03:15", "at 3 not 3 15"),
    ("kinda, sorta", "kinda sorta"),
    ("don’t", "don t"),
    ("U.S. and B.B.C.", "us and bbc"),
]


@pytest.mark.parametrize(("text", "expected"), [*NEMO, *OTHERS])
def test_texts_become_what_the_leaderboard_makes_of_them(text: str, expected: str) -> None:
    assert normalizers.load("leaderboard").apply(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b b c", "bbc"),
        ("5 g", "5g"),
        ("a big cat", "a big cat"),
        ("i a", "i a"),
        ("i a m", "iam"),
        ("x y zz q", "xy zz q"),
    ],
)
def test_what_is_spelt_out_is_one_word(text: str, expected: str) -> None:
    assert " ".join(spelt_out(text.split())) == expected


def test_whispers_own_rules_are_left_as_they_are() -> None:
    assert normalizers.load("whisper").apply("the dog's Wi-Fi, half past three", "en") == "the dog is wi fi half past 3"


def test_other_languages_get_whispers_rules() -> None:
    text = "Größe, die; halb drei"
    assert normalizers.load("leaderboard").apply(text, "de") == normalizers.load("whisper").apply(text, "de")


def test_the_stamp_names_rules_of_its_own() -> None:
    stamps = {normalizers.load(name).stamp for name in normalizers.NAMES}
    assert len(stamps) == len(normalizers.NAMES)
    assert normalizers.load("leaderboard").stamp.startswith("leaderboard-")


def test_without_kaldialign_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(profiles, "find_spec", lambda name: None if name == "kaldialign" else found(name))
    with pytest.raises(MissingDependencyError, match=r"pip install \"pytest-asrbench\[leaderboard\]\""):
        profiles.leaderboard()


# The count


def counted(said: str, heard: str, normalizer: str = "leaderboard") -> Counts | None:
    context = Context(lambda text: text, normalizer=normalizer)
    return Leaderboard().measure({"verbatim": said}, heard, context)


@pytest.mark.parametrize(
    ("said", "heard", "errors", "words"),
    [
        ("the white paper is out", "the whitepaper is out", 0, 5),
        ("the whitepaper is out", "the white paper is out", 0, 4),
        ("the white paper is out", "the white pepper is out", 1, 5),
        ("one two three", "one three four five", 3, 3),
        ("one two", "", 2, 2),
        ("", "one", 1, 0),
    ],
)
def test_words_written_together_or_apart_are_no_error(said: str, heard: str, errors: int, words: int) -> None:
    assert counted(said, heard) == Counts(errors, words)


def test_it_is_what_kaldialign_says_of_many_at_once() -> None:
    batch_error_rate = getattr(pytest.importorskip("kaldialign"), "batch_error_rate", None)
    if batch_error_rate is None:
        pytest.skip("kaldialign counts many at once since 0.12")
    pairs = [("a b c d", "ab c x"), ("e f", "e f g"), ("hi", "h i"), ("j k", "")]
    every = batch_error_rate(*zip(*[(a.split(), b.split()) for a, b in pairs], strict=True), merge_compounds=True)
    total = sum((counts for a, b in pairs if (counts := counted(a, b)) is not None), Counts())
    assert (total.errors, total.total, total.rate) == (every["total"], every["ref_len"], every["err_rate"])


def test_by_other_rules_it_is_not_counted_and_nothing_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_kaldialign(name: str, *arguments: Any) -> Any:
        assert name != "kaldialign"
        return real(name, *arguments)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", no_kaldialign)
    assert counted("a", "b", "whisper") is None
