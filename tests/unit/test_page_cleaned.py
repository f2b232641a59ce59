"""Cleaned text on the page: three texts side by side with what became of each word, and what every system costs."""

from __future__ import annotations

from pytest_asrbench.records import Stage
from pytest_asrbench.report.page import cleaned
from tests.unit.cleaned import CLEANED, SAID, answered
from tests.unit.outcomes import measured
from tests.unit.pages import a_run, data_of

MIB = 2**20


def test_each_word_is_marked_by_what_became_of_it() -> None:
    answer = "Um, the meeting with Anna is at seven, and we do need the projector now."
    found = cleaned.sides(answered(answer))
    assert found is not None
    assert [run for run in found["said"] if run[0]] == [
        ["filler", "um"],
        ["repair", "at five no"],
        ["repetition", "do not"],
        ["filler", "uh"],
        ["repetition", "the"],
    ]
    assert [run for run in found["clean"] if run[0]] == [["lost", "six,"], ["lost", "not"]]
    assert [run for run in found["answer"] if run[0]] == [["filler", "Um,"], ["added", "seven,"], ["added", "now."]]
    texts = {name: " ".join(words for _, words in runs) for name, runs in found.items()}
    assert texts == {"said": SAID, "clean": CLEANED, "answer": answer}


def test_numbers_and_marks_that_stand_alone_keep_their_place() -> None:
    outcome = answered(
        "We paid 342 euros .", "we paid three hundred and forty two euros", "We paid three hundred forty two – euros."
    )
    found = cleaned.sides(outcome)
    assert found is not None
    assert found["answer"] == [["", "We paid 342 euros ."]]
    assert found["clean"] == [["", "We paid three hundred forty two – euros."]]


def test_without_two_references_there_is_nothing_side_by_side() -> None:
    assert cleaned.sides(answered(CLEANED, verbatim=None)) is None
    assert cleaned.sides(answered(CLEANED, clean="Ganz andere Worte stehen hier.", field="de")) is None
    assert cleaned.told(measured()) == {}


def test_the_page_has_the_findings_of_each_metric_under_its_title() -> None:
    found = dict(cleaned.told(answered(CLEANED.replace("six", "seven")))["found"])
    assert found["Numbers"] == ['"six" became "seven"']
    assert "Negations" not in found


def test_a_pipeline_tells_what_each_of_its_models_takes() -> None:
    outcomes = []
    for snippet, seconds in (("a", 0.6), ("b", 1.2)):
        outcome = answered(CLEANED)
        outcome.snippet, outcome.model = snippet, "asr+llm"
        outcome.stages = (
            Stage("asr", seconds=(seconds, 9.0, 0.0), peak_ram=100 * MIB),
            Stage("llm", seconds=(2 * seconds,), peak_ram=None),
        )
        outcomes.append(outcome)
    (system,) = data_of(a_run(outcomes)).head()["systems"]
    asr, llm = system["stages"]
    assert (asr["model"], asr["rtf"], asr["peak_ram"]) == ("asr", (0.6 + 1.2) / 12, 100 * MIB)
    assert (llm["model"], llm["rtf"], llm["peak_ram"]) == ("llm", (1.2 + 2.4) / 12, None)


def test_metrics_that_counted_nothing_have_no_place_in_tables() -> None:
    ours = {"removal", "content", "additions"}
    for outcome, shown in ((measured(), set[str]()), (answered(CLEANED), ours)):
        metrics = data_of(a_run([outcome])).head()["metrics"]
        assert {one["name"] for one in metrics if one["shown"]} & ours == shown
        assert "wer" in {one["name"] for one in metrics if one["shown"]}
