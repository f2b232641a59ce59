"""Text that nobody said: words heard in clips without speech, and phrases that a decoder repeats without an end.

A loop is what research on translation calls an oscillatory hallucination, and finds by holding the count of the most
repeated n-gram against that of the source (Raunak, Menezes and Junczys-Dowmunt, NAACL 2021). Speech repeats itself, too
("no, no, no"), so here a loop must be said back to back, and far more often than the reference has it in a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import eq

from pytest_asrbench.metrics.normalizers.scripts import is_unspaced, together
from pytest_asrbench.records import rate
from pytest_asrbench.report.analysis.findings import NonSpeech, Repetition
from pytest_asrbench.report.analysis.systems import System

SILENCE = "hallucination"  # the metric that counts words in recordings without speech
MAX_WORDS = 10  # in a phrase; where words are letters, MAX_CHARACTERS
MORE_TIMES = 3  # than in the reference; a phrase that it lacks counts as one that it has once
MORE_TIMES_ONE_WORD = 5
LONG_WORD = 40  # characters; a longer "word" is a text without blanks, or a loop within a word
MAX_CHARACTERS = 30  # in a phrase within a long word, or in a script without blanks

Loop = tuple[str, int]  # phrase, times


def nonspeech(one: System) -> list[NonSpeech]:
    """What was said in the measured clips without reference words; nothing if there are no such clips."""
    clips = [outcome.scores[SILENCE] for outcome in one.measured if SILENCE in outcome.scores]
    if not clips:
        return []
    words, minutes = [int(counts.errors) for counts in clips], sum(counts.total for counts in clips)
    return [
        NonSpeech(
            one.model, one.corpus, len(clips), sum(map(bool, words)), sum(words), minutes, rate(sum(words), minutes)
        )
    ]


def repetitions(one: System) -> list[Repetition]:
    """The longest loop of each transcript that has one, the longest of all first."""
    found = []
    for outcome in one.measured:
        loop = longest_loop(outcome.normalized_transcript or "", outcome.normalized_reference or "")
        if loop is not None:
            found.append(Repetition(one.model, one.corpus, outcome.snippet, *loop))
    return sorted(found, key=lambda loop: (-len(loop.phrase) * loop.times, loop.snippet))


def longest_loop(transcript: str, reference: str = "") -> Loop | None:
    """Return phrase and times of the loop that covers most of `transcript`; None if there is none. Texts normalised.

    Takes time in proportion to the length of the texts.
    """
    words = transcript.split()
    loops: list[Loop] = []
    if _may_loop(words):
        longest = MAX_CHARACTERS if is_unspaced(transcript) else MAX_WORDS
        found = _loops(words, reference.split(), longest)
        loops += ((together(" ".join(phrase)), times) for phrase, times in found)
    for word in words:
        if len(word) > LONG_WORD:
            said = reference.replace(" ", "")
            loops += (("".join(phrase), times) for phrase, times in _loops(word, said, MAX_CHARACTERS))
    return max(loops, key=lambda loop: len(loop[0]) * loop[1], default=None)


def _may_loop(words: Sequence[str]) -> bool:
    """Whether one word, or each of two that could make a phrase, comes often enough; this alone is quick to know."""
    second, first = sorted((0, 0, *Counter(words).values()))[-2:]
    return first > MORE_TIMES_ONE_WORD or second > MORE_TIMES


def _loops(units: Sequence[str], said: Sequence[str], longest: int) -> Iterator[tuple[Sequence[str], int]]:
    for size in range(1, longest + 1):
        more = MORE_TIMES if size > 1 else MORE_TIMES_ONE_WORD
        usual: dict[tuple[str, ...], int] | None = None
        for phrase, times in _runs(units, size):
            if times <= more or _repeats(phrase):
                continue
            if usual is None:
                usual = {}
                for meant, often in _runs(said, size):
                    usual[_turned(meant)] = max(often, usual.get(_turned(meant), 1))
            if times - usual.get(_turned(phrase), 1) >= more:
                yield phrase, times


def _runs(units: Sequence[str], size: int) -> Iterator[tuple[Sequence[str], int]]:
    """Each phrase of `size` units that stands at least twice in a row, and how often it does."""
    start = 0
    for same, row in groupby(map(eq, units, islice(units, size, None))):
        length = sum(1 for _ in row)
        if same and length >= size:
            yield units[start : start + size], length // size + 1
        start += length


def _repeats(phrase: Sequence[str]) -> bool:
    """Whether the phrase is itself a shorter one several times."""
    size = len(phrase)
    return any(
        size % part == 0 and all(map(eq, phrase, islice(phrase, part, None))) for part in range(1, size // 2 + 1)
    )


def _turned(phrase: Sequence[str]) -> tuple[str, ...]:
    """One name for a phrase and its rotations: "go on go on" holds "go on" and "on go"."""
    units = tuple(phrase)
    return min(units[turn:] + units[:turn] for turn in range(len(units)))
