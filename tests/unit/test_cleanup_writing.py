"""How cleaned text is written: casing, punctuation, and the form that a task asks for."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.metrics import Context, registry
from pytest_asrbench.metrics.cleanup import marks
from tests.unit.cleaned import CLEANED, answered, counted

SCHEMA = {
    "type": "object",
    "required": ["tasks"],
    "properties": {"tasks": {"type": "array", "items": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("answer", "right", "total"),
    [
        (CLEANED, 4, 4),
        (CLEANED.replace(",", ""), 2, 3),
        (CLEANED.replace(",", ";"), 2, 4),
        (CLEANED.replace("six,", "six"), 2, 3),
        (CLEANED.replace("Anna", "Anna,"), 4, 5),
        (CLEANED.replace("six", "seven"), 2, 4),
        ("", 0, 2),
    ],
)
def test_marks_count_where_they_stand_behind_the_same_word(answer: str, right: int, total: int) -> None:
    found = counted(answer, "punctuation")
    assert (found.errors, found.total) == (right, total)
    assert sum(found.parts[f"{name}_total"] for name in marks.MARKS.values()) == total


def test_marks_of_other_scripts_are_the_same_marks() -> None:
    assert marks.written("你好。真的?") == marks.written("你好.真的?")


def test_written_words_count_case_and_marks() -> None:
    assert counted(CLEANED, "written_wer").errors == 0
    found = counted(CLEANED.lower().replace(",", ""), "written_wer")
    assert (found.errors, found.total) == (3, 16)


def test_a_reference_without_marks_says_nothing_of_them() -> None:
    found = answered("We went home.", "um we went home", "we went home").scores
    assert not found.keys() & {"punctuation", "written_wer", "names"}


@pytest.mark.parametrize(
    ("form", "answer", "problem"),
    [
        ({"headings": "## "}, "## One\nText.\n## Two\nMore.", None),
        ({"headings": "## "}, "One\nText.", "no line is a heading that begins with '## '"),
        ({"headings": "## "}, "## One\n## Two\nText", "nothing stands below the heading '## One'"),
        ({"lines": [r"Subject: \S.*", "Dear .*"]}, "Subject: Hi\n\nDear Ann\n", None),
        ({"lines": [r"Subject: \S.*"]}, "Subject:\nHi", "no line is as"),
        ({"json": SCHEMA}, '{"tasks": ["call Ann"]}', None),
        ({"json": SCHEMA}, '{"tasks": [1]}', "JSON of another form: data.tasks[0] must be string"),
        ({"json": SCHEMA}, '{"tasks": ["call Ann"', "no JSON: "),
        ({"json": SCHEMA}, '```json\n{"tasks": []}\n```', "no JSON: "),
        ({"json": SCHEMA}, "", "no JSON: "),
        ({"json": {}}, "[" * 100_000, "no JSON: "),
    ],
)
def test_the_form_that_a_task_asks_for(form: dict[str, Any], answer: str, problem: str | None) -> None:
    found = registry.get("format").measure({}, answer, Context(str, form=form))
    assert found is not None
    assert (found.errors, found.total) == (problem is None, 1)
    assert found.found[0].startswith(problem) if problem else not found.found, found.found


def test_a_task_without_a_form_has_nothing_to_hold() -> None:
    assert "format" not in answered(CLEANED).scores
    assert answered("## a\nb", form={"headings": "## "}).scores["format"].rate == 1.0
