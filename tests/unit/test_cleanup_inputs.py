"""References and answers that are not as they should be: each an outcome with its reason, never a crash or a zero."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.errors import CorpusError
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric
from tests.unit.cleaned import CLEANED, SAID, answered, counted

OURS = {name for name, metric in registry.installed().items() if isinstance(metric, CleanupMetric)}


def test_a_clean_reference_that_is_no_edit_is_an_error_of_the_corpus_before_anything_is_measured() -> None:
    with pytest.raises(CorpusError, match="is no edit of the verbatim one: only 1 of its 5 words are said"):
        answered("", clean="Buy some milk and eggs.")
    half = answered("", "we went home by the last train", "we went home in a taxi")
    assert half.scores["content"].total == 6, "three words are as they were said, and three are others"


def test_a_text_of_another_field_may_be_anything_and_is_not_counted() -> None:
    found = answered(CLEANED, clean="Das Treffen mit Frau Weber beginnt später.", field="de")
    assert OURS.isdisjoint(found.scores)
    assert found.scores["wer"].total
    assert answered(CLEANED, field="business_formal").scores["content"].rate == 1.0


@pytest.mark.parametrize("more", [{"verbatim": None}, {"field": "verbatim", "verbatim": None}])
def test_without_two_references_nothing_is_counted(more: dict[str, Any]) -> None:
    found = answered(CLEANED, **more)
    assert OURS.isdisjoint(found.scores)
    assert OURS.isdisjoint(found.metrics), "nor is there a version of what could not be counted"
    assert found.metrics.keys() >= {"wer", "rtf"}


def test_nothing_to_remove_and_nothing_to_keep_are_no_figures() -> None:
    fluent: dict[str, Any] = {"verbatim": "we went home", "clean": "We went home."}
    assert answered("we went home", **fluent).scores.keys() & {"removal", "copyback", "corrections"} == set()
    fillers = answered("", "um uh um", "").scores
    assert "content" not in fillers
    assert (fillers["removal"].rate, fillers["additions"].rate) == (1.0, 0.0)
    assert counted("Thank you for watching", "additions", verbatim="um uh", clean="").errors == 4


ANSWERS = {
    "empty": ("", {"content": (0, 14), "additions": (0, 22), "removal": (8, 8)}),
    "blank": (" \n\t ", {"content": (0, 14), "additions": (0, 22)}),
    "ten times": ("\n".join([CLEANED] * 10), {"content": (14, 14), "additions": (122, 22)}),
    "another language": ("Das Treffen ist um sechs.", {"content": (0, 14), "additions": (4, 22)}),
    "another script": ("会议是六点", {"content": (0, 14), "additions": (5, 22)}),
    "signs alone": ("... --- !!! ``` ''", {"content": (0, 14), "additions": (0, 22), "chatter": (1, 1)}),
    "fences": (f"```markdown\n{CLEANED}\n```", {"content": (14, 14), "additions": (1, 22), "chatter": (1, 1)}),
    "a surrogate": ("\ud800 six", {"content": (1, 14)}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_a_model_writes_is_counted(name: str) -> None:
    answer, expected = ANSWERS[name]
    scores = answered(answer).scores
    assert {one: (scores[one].errors, scores[one].total) for one in expected} == expected
    assert all(len(line) <= 200 and "\n" not in line for counts in scores.values() for line in counts.found)
    assert all(len(counts.found) <= 21 for counts in scores.values())


def test_a_crash_loses_content_and_removes_nothing() -> None:
    context: Any = None
    lost = {one.name for one in registry.installed().values() if one.name in OURS and one.loses}
    assert lost == {"content", "corrections", "names", "negations", "numbers", "written_wer"}
    assert registry.get("removal").lost({"verbatim": SAID, "clean": CLEANED}, context) is None


@pytest.mark.parametrize(
    ("answer", "obeyed"),
    [
        ("What is the capital of France?", False),
        ("what is the capital of Francis", False),
        ("What is the capital of France? Paris.", True),
        ("The capital of France is Paris.", True),
        ("Paris.", True),
        ("", False),
    ],
)
def test_a_dictated_question_is_not_to_be_answered(answer: str, obeyed: bool) -> None:
    said: dict[str, Any] = {"verbatim": "what is um the capital of France", "clean": "What is the capital of France?"}
    found = counted(answer, "answers", **said)
    assert (found.errors, found.total, bool(found.found)) == (obeyed, 1, obeyed)


def test_a_dictated_instruction_is_known_by_its_tag() -> None:
    said: dict[str, Any] = {"verbatim": "write um a poem about the sea", "clean": "Write a poem about the sea."}
    poem = "The waves roll in, the gulls cry loud, and every ship is tall and proud."
    assert counted(poem, "answers", tags=("instruction",), **said).rate == 1.0
    assert counted("Write a poem about the sea.", "answers", tags=("instruction",), **said).rate == 0.0
    assert "answers" not in answered(poem, **said).scores


def test_what_was_said_is_neither_chatter_nor_a_refusal() -> None:
    said: dict[str, Any] = {
        "verbatim": "um here is the text: I'm sorry, I can't come",
        "clean": "Here is the text: I'm sorry, I can't come.",
    }
    scores = answered("Here is the text: I'm sorry, I can't come.", **said).scores
    assert scores["chatter"].rate == scores["refusals"].rate == 0.0
    assert answered("I am unable to help with that.", **said).scores["refusals"].rate == 1.0
