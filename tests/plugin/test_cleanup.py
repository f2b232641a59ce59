"""Cleaned dictation in sessions: columns, gates that name what went wrong, and references that cannot be used."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text

SAID = "um meet Anna at five no six and do not wait for the the bus"
CLEANED = "Meet Anna at six and do not wait for the bus."
ANSWERS = {
    0: CLEANED,
    1: CLEANED.replace(" not", ""),
    2: f"Here is the cleaned text: {CLEANED.replace('six', 'seven')}",
}


@pytest.fixture
def dictation(bench: Bench) -> Bench:
    """Three clips of the same words with both references, and a model that makes its mistakes in two of them."""
    bench.clips(3)
    for number in ANSWERS:
        (bench.path / "clips" / f"c{number}.txt").write_text(SAID, "utf-8")
        (bench.path / "clips" / f"c{number}.clean.txt").write_text(CLEANED, "utf-8")
    bench.model("mine", bench.script(clips={number: {"instructed": answer} for number, answer in ANSWERS.items()}))
    return bench


def run(bench: Bench, *arguments: str) -> pytest.RunResult:
    return bench.run("--asr-models=mine", "--asr-task=cleanup", *arguments)


def test_the_three_figures_are_columns_and_limits(dictation: Bench) -> None:
    result = run(dictation, "--asr-limit=content>=98%", "--asr-limit=removal>=90%", "--asr-limit=additions<=1%")
    result.assert_outcomes(passed=3, failed=1)
    shown = text(result)
    assert "Removal   Content   Additions" in shown
    assert "Content 93.94 % of mine on clips-cleanup is below the limit of 98.00 % (--asr-limit)" in shown
    assert '  c1: lost "not" behind "and do"' in shown
    assert '  c2: "six" became "seven"' in shown
    assert "Additions 13.33 % of mine on clips-cleanup exceeds the limit of 1.00 %" in shown
    assert '  c2: added "Here is the cleaned text"; added "seven"' in shown
    assert "Removal 100.00 %" not in shown, "it holds its limit"


def test_a_snippet_that_misses_its_limit_names_what_went_wrong(dictation: Bench) -> None:
    limits = [f"--asr-limit=snippet:{one}" for one in ("negations>=100%", "numbers>=100%", "chatter<=0%")]
    result = run(dictation, *limits)
    result.assert_outcomes(passed=2, failed=2)
    shown = text(result)
    assert "Negations 0.00 % of clips/c1 is below the limit of 100.00 %" in shown
    assert '  c1: lost "not" behind "and do"' in shown
    assert "Numbers 0.00 % of clips/c2 is below the limit of 100.00 %" in shown
    assert '  c2: preamble: "Here is the cleaned text:"' in shown
    assert 'lost "not"' in str(dictation.results()["breaches"])


def test_what_was_found_stands_in_the_results_and_outlives_a_resumed_session(dictation: Bench) -> None:
    run(dictation)
    _, lost, changed = dictation.rows()
    assert lost["Found"].split("; ")[0] == 'lost "not" behind "and do"'
    assert '"six" became "seven"' in changed["Found"]
    assert (lost["Removal"], lost["Content"], changed["Additions_Small"]) == ("1.0", f"{10 / 11}", "3")
    again = run(dictation, "--asr-resume", "--asr-limit=content>=98%")
    assert '  c1: lost "not" behind "and do"' in text(again)


def test_tables_of_other_tasks_have_none_of_these_columns(dictation: Bench) -> None:
    result = dictation.run("--asr-models=mine")
    assert "Removal" not in text(result)
    assert "Content" not in dictation.rows()[0]
    assert "CER" in dictation.rows()[0]


def test_a_clean_reference_that_is_no_edit_is_an_error_of_its_case_alone(dictation: Bench) -> None:
    (dictation.path / "clips" / "c1.clean.txt").write_text("Buy milk, eggs and bread tomorrow.", "utf-8")
    result = run(dictation, "--asr-limit=content>=90%")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    assert "the clean reference is no edit of the verbatim one: only 1 of its 6 words are said" in text(result)
    assert [row["Counts_As"] for row in dictation.rows()] == ["measured", "left out", "measured"]
    assert dictation.results()["totals"][0]["content"] == 21 / 22


def test_a_limit_on_what_cannot_be_counted_is_missed_with_the_reason(dictation: Bench) -> None:
    for number in ANSWERS:
        (dictation.path / "clips" / f"c{number}.txt").write_text("meet Anna", "utf-8")
        (dictation.path / "clips" / f"c{number}.clean.txt").write_text("Meet Anna.", "utf-8")
    result = run(dictation, "--asr-limit=removal>=90%")
    result.assert_outcomes(passed=3, failed=1)
    assert "Removal of mine on clips-cleanup cannot be judged (no snippet that was answered has" in text(result)


def test_a_crash_is_no_removal(dictation: Bench) -> None:
    clips = {number: {"instructed": answer} for number, answer in ANSWERS.items()}
    clips[1] = {"fault": "exit"}
    result = dictation.run(f"--asr-models={dictation.script(clips=clips)}", "--asr-task=cleanup")
    result.assert_outcomes(passed=3, errors=1)
    (totals,) = dictation.results()["totals"]
    assert (totals["failed"], totals["removal_total"]) == (1, 8)
    assert totals["content"] == (11 + 10) / 33


def test_broken_json_and_an_answered_question_are_named(dictation: Bench) -> None:
    clips = dictation.path / "clips"
    for number in ANSWERS:
        (clips / f"c{number}.txt").write_text("um what is the capital of France", "utf-8")
        (clips / f"c{number}.clean.txt").write_text("What is the capital of France?", "utf-8")
        (clips / f"c{number}.list.txt").write_text('{"tasks": []}', "utf-8")
    (dictation.path / "list.toml").write_text(
        'prompt = "List the tasks."\nreference = "list"\nmetrics = ["format"]\n[format.json]\nrequired = ["tasks"]\n'
    )
    answers = ["What is the capital of France?", "The capital of France is Paris.", '{"tasks": [}']
    script = dictation.script(clips={number: {"instructed": answer} for number, answer in enumerate(answers)})
    limits = ("--asr-limit=snippet:answers<=0%", "--asr-limit=snippet:format>=100%")
    result = dictation.run(f"--asr-models={script}", "--asr-task=cleanup,./list.toml", *limits)
    shown = text(result)
    assert 'c1: answered or obeyed: "is Paris"' in shown
    assert "Format held 0.00 % of clips/c2 is below the limit of 100.00 %" in shown
    assert "  c2: no JSON: Expecting value" in shown
    assert dictation.results()["totals"][0]["answers"] == 2 / 3
