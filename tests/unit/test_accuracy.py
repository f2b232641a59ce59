"""Accuracy gates: what counts as a loss, and the sentence, the snippets and the word diffs that tell of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_asrbench.gates import changes, told
from pytest_asrbench.gates.changes import Judgement
from pytest_asrbench.gates.rules import Rule, Rules
from pytest_asrbench.records import Case, Outcome
from pytest_asrbench.store import Baseline, Comparison
from pytest_asrbench.store.entries import saved_info
from tests.unit.outcomes import LONE_SURROGATES, NUL, ODD_TEXTS, failed, measured

TEN = "a b c d e f g h i j"


def compared(then: list[Outcome], now: list[Outcome]) -> Comparison:
    """`now` against `then`, which went through a file."""
    stored = json.loads(json.dumps([{"extra_info": saved_info(o)} for o in then]))
    return Baseline("0001_then.json", stored).compare("model", "corpus", now)


def run(errors: list[int], speakers: int = 0) -> list[Outcome]:
    """Snippets of ten words with so many of them deleted, spoken in turn by so many people."""
    return [
        measured(f"{n:03}", TEN, " ".join(TEN.split()[count:]), speaker=f"s{n % speakers}" if speakers else None)
        for n, count in enumerate(errors)
    ]


def judged(
    found: Comparison, allowed: float | None, origin: str, *, significant: bool = False, together: int = 1
) -> Judgement:
    """What comes of a tolerance of the WER, and of a rule about its significance."""
    rules = (*([Rule("wer", allowed)] if allowed is not None else []), *([Rule("wer")] if significant else []))
    return changes.judge(found, Rules(rules, origin=origin), together)


def judge_wer(*arguments: Any, **more: Any) -> tuple[list[str], list[str]]:
    """What a failing case would show, and the notes."""
    found = judged(*arguments, **more)
    return [breach.message for breach in found.breaches], list(found.notes)


def judge_transcripts(found: Comparison, origin: str) -> list[str]:
    """What a failing case would show."""
    return [breach.message for breach in changes.judge_transcripts(found, origin)]


def significant(then: list[Outcome], now: list[Outcome], together: int = 1) -> tuple[list[str], list[str]]:
    return judge_wer(compared(then, now), None, "--asr-compare-fail", significant=True, together=together)


# A tolerance


def test_a_loss_of_wer_names_the_snippets_with_their_words() -> None:
    then = [measured("good", TEN, TEN), measured("bad", TEN, TEN)]
    now = [measured("good", TEN, TEN), measured("bad", TEN, "a b X d e f g h i")]
    (breach,), notes = judge_wer(compared(then, now), 0.05, "--asr-compare-fail")
    assert breach.splitlines() == [
        "WER 10.00 % of model on corpus is 10.00 pp worse than the baseline's 0.00 % (0001_then.json); "
        "--asr-compare-fail allows 5 pp",
        "  this run and the baseline: no difference shown; too few snippets: 2, at least 15 are needed",
        "  bad: 0 -> 2 errors in 10 words",
        "    then: a b c d e f g h i j",
        "    now:  a b [-c-] {+X+} d e f g h i [-j-]",
    ]
    assert notes == []


def test_a_loss_within_the_tolerance_passes() -> None:
    found = compared([measured("a", TEN, TEN)], [measured("a", TEN, TEN[:-2])])
    assert judge_wer(found, 0.1, "x") == ([], [])
    assert judge_wer(found, 0.0999, "x")[0]


def test_a_hundred_worse_snippets_are_told_in_short() -> None:
    names = [f"clip-{n}" for n in range(100)]
    found = compared([measured(n, TEN, TEN) for n in names], [measured(n, TEN, "a") for n in names])
    ((breach,), _) = judge_wer(found, 0.0, "x")
    assert breach.count("now:") == told.MAX_SHOWN
    assert breach.endswith("  ... and 90 snippets more")


def test_a_breach_has_its_figures_and_keeps_the_diffs_apart() -> None:
    found = compared([measured("a", TEN, TEN)], [measured("a", TEN, "a b X d e f g h i j")])
    (breach,) = judged(found, 0.05, "--asr-compare-fail").breaches
    assert (breach.metric, breach.case) == ("wer_loss", Case("model", "corpus"))
    assert breach.value == pytest.approx(0.1)
    assert (breach.limit, breach.origin) == (0.05, "--asr-compare-fail")
    assert "\n" not in breach.text
    assert breach.details[-1].startswith("    now:")
    (changed,) = changes.judge_transcripts(found, "x")
    assert (changed.metric, changed.value, changed.limit) == ("transcripts", 1, 0)


# Significance


def test_a_small_loss_on_many_snippets_is_significant() -> None:
    then, now = run([0] * 200), run([1] * 20 + [0] * 180)
    (breach,), notes = significant(then, now)
    first, second, *shown = breach.splitlines()
    assert first == (
        "WER 1.00 % of model on corpus is 1.00 pp worse than the baseline's 0.00 % (0001_then.json); "
        "--asr-compare-fail takes no significant loss (wer:significant)"
    )
    assert second.startswith("  the baseline beats this run: 1.0 pp, 95 % interval 0.")
    assert second.endswith("p < 0.001")
    assert shown[0] == "  000: 0 -> 1 errors in 10 words"
    assert notes == []


def test_what_may_be_chance_passes_and_so_does_a_gain() -> None:
    mixed = run([1, 0] * 50), run([0, 1] * 49 + [1, 1])
    assert significant(*mixed) == ([], [])
    assert significant(run([1] * 30 + [0] * 70), run([0] * 100)) == ([], [])


def test_both_rules_missed_make_one_breach_that_names_both() -> None:
    found = compared(run([0] * 200), run([1] * 20 + [0] * 180))
    (breach,), _ = judge_wer(found, 0.005, "ini", significant=True)
    assert "; ini allows 0.5 pp, ini takes no significant loss (wer:significant)\n" in breach
    assert breach.count("000: 0 -> 1") == 1


def test_the_more_totals_are_judged_the_more_it_takes() -> None:
    then, now = run([0] * 100), run([1] * 8 + [0] * 92)
    for together, p in ((1, "p = 0.010"), (4, "p = 0.039")):
        ((breach,), _) = significant(then, now, together)
        assert p in breach
    assert "(p adjusted for the 4 totals of this session)" in breach
    assert significant(then, now, together=8) == ([], [])


def test_loops_in_a_few_snippets_do_not_hide_a_loss_in_all_of_them() -> None:
    """20 of 20 snippets are worse, two of them by a runaway transcript, which makes every mean useless."""
    then = run([2] * 20)
    now = [*run([4] * 20)[2:], *(measured(f"00{n}", TEN, TEN + " and so" * 250) for n in (0, 1))]
    (breach,), notes = significant(then, now, together=3)
    assert "the baseline beats this run: fewer errors in 20 of the 20 snippets that differ, p < 0.001; " in breach
    assert notes == []
    assert significant(now, then, together=3) == ([], []), "the same as a gain"


def test_loops_alone_are_no_loss_in_most_snippets() -> None:
    now = [*run([2] * 20)[2:], *(measured(f"00{n}", TEN, TEN + " and so" * 250) for n in (0, 1))]
    breaches, (note,) = significant(run([2] * 20), now)
    assert breaches == []
    assert "too few snippets on which the two differ: 2" in note


def test_ten_snippets_that_are_all_worse_are_enough_for_a_rule_about_significance() -> None:
    (breach,), notes = significant(run([0] * 10), run([3] * 10))
    assert "fewer errors in 10 of the 10 snippets that differ, p = 0.010; 30.0 pp, without an interval" in breach
    assert notes == []
    assert significant(run([0] * 10), run([3] * 5 + [0] * 5))[0] == []


def test_errors_of_one_speaker_go_together() -> None:
    worse = [1 if n % 20 == 7 else 0 for n in range(400)]
    by_snippet, _ = significant(run([0] * 400), run(worse))
    by_speaker, notes = significant(run([0] * 400, speakers=20), run(worse, speakers=20))
    assert by_snippet
    assert by_speaker == [], "one voice of twenty is no proof"
    assert "too few speakers or recordings on which the two differ: 1" in notes[0]


@pytest.mark.parametrize("now", [[0, 0, 0], [0, 1, 0], [10, 10, 10]])
def test_too_few_snippets_neither_pass_nor_fail_and_say_so(now: list[int]) -> None:
    breaches, (note,) = significant(run([0, 0, 0]), run(now))
    assert breaches == []
    assert note.startswith("wer:significant cannot be judged of model on corpus (too few snippets: 3, at least 15 are")
    assert "give a tolerance such as wer:0.5pp, or add snippets" in note


def test_many_snippets_with_few_losses_say_so_and_without_any_pass() -> None:
    breaches, (note,) = significant(run([0] * 50), run([1, 1] + [0] * 48))
    assert breaches == []
    assert "too few snippets on which the two differ: 2, " in note
    assert significant(run([0] * 50), run([0] * 50)) == ([], [])
    assert significant(run([1] + [0] * 49), run([0] * 50)) == ([], []), "a gain is no loss, with or without proof"


def test_crashes_are_a_significant_loss_too() -> None:
    then = run([0] * 40)
    now = [failed(o.snippet, words=10) if n < 10 else o for n, o in enumerate(then)]
    (breach,), _ = significant(then, now)
    assert "25.00 pp worse" in breach


def test_without_reference_words_there_is_nothing_to_judge_and_that_is_said() -> None:
    then = [measured(str(n), "", "") for n in range(20)]
    breaches, (note,) = significant(then, then)
    assert breaches == []
    assert "no reference words" in note


# Transcripts


def test_any_changed_letter_is_a_breach_worst_first_and_gains_too() -> None:
    then = [measured("case", TEN, TEN), measured("gain", TEN, "a"), measured("loss", TEN, TEN), measured("same")]
    now = [
        measured("case", TEN, "A" + TEN[1:]),
        measured("gain", TEN, TEN),
        measured("loss", TEN, ""),
        measured("same"),
    ]
    (breach,) = judge_transcripts(compared(then, now), "--asr-compare-fail")
    assert breach.splitlines() == [
        "3 of 4 transcripts of model on corpus changed against the baseline (0001_then.json); --asr-compare-fail takes "
        "no change (transcripts:changed)",
        "  loss: 0 -> 10 errors in 10 words",
        "    [-a b c d e f g h i j-]",
        "  case: 0 -> 1 errors in 10 words",
        "    [-a-] {+A+} b c d e f g h i j",
        "  gain: 9 -> 0 errors in 10 words",
        "    a {+b c d e f g h i j+}",
    ]


def test_blanks_count_and_are_shown() -> None:
    (breach,) = judge_transcripts(compared([measured("a", "a b", "a b")], [measured("a", "a b", "a  b ")]), "x")
    assert "    'a b' -> 'a  b '" in breach


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (False, True, "(unstable: calls of this run differed among themselves)"),
        (True, True, "(unstable: calls of the baseline and of this run differed among themselves)"),
    ],
)
def test_unstable_answers_are_told(then: bool, now: bool, words: str) -> None:
    found = compared([measured(unstable=then)], [measured(transcript="one", unstable=now)])
    assert words in judge_transcripts(found, "x")[0]


def test_equal_transcripts_pass_whatever_the_normalizer() -> None:
    run_then, run_now = [measured(normalizer="whisper-9")], [measured()]
    assert judge_transcripts(compared(run_then, run_now), "x") == []


@pytest.mark.parametrize("text", [*ODD_TEXTS.values(), NUL, LONE_SURROGATES])
def test_odd_texts_cannot_move_the_cursor(text: str) -> None:
    (breach,) = judge_transcripts(compared([measured()], [measured(transcript=f"{text} more")]), "x")
    assert all(line.isprintable() for line in breach.split("\n"))


def test_a_long_transcript_shows_what_is_around_its_changes() -> None:
    words = [f"w{n}" for n in range(20_000)]
    changed = [*words[:15_000], "changed", *words[15_001:]]
    found = compared([measured("a", "x", " ".join(words))], [measured("a", "x", " ".join(changed))])
    (breach,) = judge_transcripts(found, "x")
    assert "w14999 [-w15000-] {+changed+} w15001" in breach
    assert len(breach) < 2_000
    found = compared([measured("a", "x", " ".join(words))], [measured("a", "x", "other " * 20_000)])
    assert len(judge_transcripts(found, "x")[0]) < 2_000
