"""Format: how often an answer has the form that its task asks for: headings, lines, or JSON that fits a schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pytest_asrbench.metrics.metric import Context, Metric
from pytest_asrbench.records import Counts


class Format(Metric):
    """The share of answers in the form that the task asks for. Fences around it are not stripped."""

    name = "format"
    title = "Format held"
    better = "higher"
    needs = frozenset()
    order = 118
    shown = False
    whole = True
    meaning = "answers in the form that the task asks for / answers"
    absent = "the task asks for no form"

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count one answer."""
        if not context.form:
            return None
        problems = tuple(
            problem for kind, wanted in context.form.items() if (problem := _FORMS[kind](hypothesis, wanted))
        )
        return Counts(int(not problems), 1, found=problems)


def _headings(text: str, begin: str) -> str | None:
    """What is wrong with an answer that should have headings: lines that begin with `begin`, each with text below."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    heads = [place for place, line in enumerate(lines) if line.startswith(begin) and line[len(begin) :].strip()]
    if not heads:
        return f"no line is a heading that begins with {begin!r}"
    bare = [place for place in heads if place + 1 == len(lines) or place + 1 in heads]
    return f"nothing stands below the heading {lines[bare[0]]!r}" if bare else None


def _json(text: str, schema: Mapping[str, Any]) -> str | None:
    """What is wrong with an answer that should be JSON, of a schema that is empty or JSON Schema's (draft 7)."""
    from fastjsonschema import JsonSchemaValueException

    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    try:
        _validator(json.dumps(schema))(value)
    except JsonSchemaValueException as error:
        return f"JSON of another form: {error.message}"
    return None


@lru_cache(maxsize=16)
def _validator(schema: str) -> Callable[[Any], Any]:
    from fastjsonschema import compile as compiled

    return compiled(json.loads(schema))  # type: ignore[no-any-return]


def _lines(text: str, patterns: Sequence[str]) -> str | None:
    """What is wrong with an answer in which a line should match each of the patterns, one after the other."""
    rest = iter(text.splitlines())
    for pattern in patterns:
        if not any(re.fullmatch(pattern, line.strip()) for line in rest):
            return f"no line is as {pattern!r} wants it, in this order"
    return None


_FORMS: Mapping[str, Callable[[str, Any], str | None]] = {"headings": _headings, "json": _json, "lines": _lines}
FORMS = tuple(_FORMS)


def problem(kind: str, wanted: Any) -> str | None:
    """What is wrong with what a task wants of its answers' form; None: nothing."""
    from fastjsonschema import JsonSchemaDefinitionException

    tests = {"headings": isinstance(wanted, str) and bool(wanted), "json": isinstance(wanted, Mapping)}
    tests["lines"] = isinstance(wanted, list) and all(isinstance(one, str) for one in wanted) and bool(wanted)
    if not tests[kind]:
        return {"headings": "the beginning of a heading", "json": "a table, a JSON schema", "lines": "patterns"}[kind]
    try:
        if kind == "json":
            _validator(json.dumps(wanted))
        if kind == "lines":
            list(map(re.compile, wanted))
    except (JsonSchemaDefinitionException, re.error) as error:
        return f"valid ({error})"
    return None
