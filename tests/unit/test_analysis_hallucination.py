"""Words where nobody spoke, and loops: what is one, what is speech, and that long texts take no long time."""

from __future__ import annotations

import time

import pytest

from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import NonSpeech, Repetition
from pytest_asrbench.report.analysis.hallucination import longest_loop
from tests.unit.systems import heard

# Non-speech


def test_words_per_minute_of_the_clips_without_speech() -> None:
    (found,) = analyse(
        [
            heard("a", "noise", "", "thank you", audio_seconds=20.0),
            heard("a", "rain", "", "", audio_seconds=10.0),
            heard("a", "hum", "", None, audio_seconds=500.0),
            heard("a", "speech", "one two", "three four five", audio_seconds=100.0),
        ]
    ).nonspeech
    assert found == NonSpeech("a", "corpus", 2, 1, 2, 0.5, 4.0)


def test_without_such_clips_there_is_nothing_to_say() -> None:
    assert analyse([heard("a", "speech", "one", "one")]).nonspeech == ()
    assert analyse([heard("a", "noise", "", None)]).nonspeech == ()


def test_a_clip_of_unknown_length_gives_no_pace() -> None:
    (found,) = analyse([heard("a", "noise", "", "well", audio_seconds=None)]).nonspeech
    assert (found.words, found.minutes, found.words_per_minute) == (1, 0.0, None)


# Loops


@pytest.mark.parametrize(
    ("transcript", "loop"),
    [
        ("so " * 6, ("so", 6)),
        ("well " + "thank you " * 4, ("thank you", 4)),
        (
            "and then " + "i do not know what it is that we see " * 4 + "well",
            ("i do not know what it is that we see", 4),
        ),
        ("a b " * 5 + "a", ("a b", 5)),
        ("no " * 6 + "and " + "thank you for watching " * 30, ("thank you for watching", 30)),
        ("ha" * 40, ("ha", 40)),
        ("谢谢观看" * 12, ("谢谢观看", 12)),
    ],
)
def test_what_a_decoder_repeats_without_an_end_is_a_loop(transcript: str, loop: tuple[str, int]) -> None:
    found = longest_loop(transcript, "what was said")
    assert found is not None
    phrase, times = found
    assert (sorted(phrase), times) == (sorted(loop[0]), loop[1])
    assert phrase in transcript


@pytest.mark.parametrize(
    "transcript",
    [
        "",
        "so " * 5,
        "thank you " * 3 + "thank",
        "a b a c a d a e a f a g a h",
        "one two three four five six seven " * 3,
        "x" * 40,
        "donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "one hundred and one and two hundred and two and three hundred and three and four hundred and four",
    ],
)
def test_what_people_say_is_none(transcript: str) -> None:
    assert longest_loop(transcript, "what was said") is None


@pytest.mark.parametrize(
    ("transcript", "reference", "is_one"),
    [
        ("no " * 9, "no " * 9, False),
        ("no " * 9, "no " * 5, False),
        ("no " * 9, "no " * 4, True),
        ("row row row your boat " * 4, "row row row your boat " * 4, False),
        ("your boat row row row " * 4, "row row row your boat " * 3, False),
        ("go on " * 7, "on go " * 4, True),
        ("go on " * 6, "on go " * 4, False),
        ("ha" * 40, "ha" * 38, False),
        ("ha" * 40, "ha" * 37, True),
    ],
)
def test_what_the_reference_repeats_may_be_repeated(transcript: str, reference: str, is_one: bool) -> None:
    assert (longest_loop(transcript, reference) is not None) == is_one


def test_a_shorter_phrase_is_preferred_to_itself_twice() -> None:
    assert longest_loop("a " * 12) == ("a", 12)
    assert longest_loop("a " * 8, "a " * 4) is None


def test_one_loop_a_snippet_the_longest_first() -> None:
    outcomes = [
        heard("a", "x", "one", "so " * 7),
        heard("a", "y", "", "thank you for watching " * 7),
        heard("a", "z", "one", "one"),
        heard("a", "w", "one", None),
    ]
    assert analyse(outcomes).repetitions == (
        Repetition("a", "corpus", "y", "thank you for watching", 7),
        Repetition("a", "corpus", "x", "so", 7),
    )


@pytest.mark.parametrize(
    "unit", ["a ", "ab cd ", "x", "谢谢观看", "a a a a a b ", "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 "]
)
def test_a_hundred_thousand_characters_take_no_long_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    start = time.process_time()
    longest_loop(text, text)
    longest_loop(text, "what was said")
    assert time.process_time() - start < 5


def test_a_loop_of_a_script_without_blanks_may_be_a_whole_sentence() -> None:
    phrase = "谢谢观看请订阅我的频道下次再见"
    assert longest_loop(" ".join(phrase * 8)) == (phrase, 8)
    assert longest_loop(" ".join("今天天气很好我们去公园")) is None
