"""What models write beside the text that was asked of them, found by its phrases, and only where nobody said these."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from pytest_asrbench.metrics.cleanup.answer import Answer

_MOST = 0.5  # of a phrase's words must be made up
FENCE = "```"


def found(answer: Answer, group: str) -> Iterator[tuple[str, str]]:
    """Each kind of a group's phrases that the answer has, and what it says. A phrase that was said is none."""
    added = {number for place in answer.added for number in _span(answer, place)}
    ends = [match.span() for match in re.finditer(r"\S+", answer.text)]
    for kind, patterns in _patterns()[group].items():
        for pattern in patterns:
            if (match := pattern.search(answer.text)) is None:
                continue
            words = [number for number, (begin, end) in enumerate(ends) if begin < match.end() and end > match.start()]
            if sum(number in added for number in words) > _MOST * len(words):
                yield kind, " ".join(match[0].split())
                break


def fenced(answer: Answer) -> bool:
    """Whether the answer stands in the fences of Markdown, which its reference does not."""
    return FENCE in answer.text and FENCE not in answer.references.clean


def _span(answer: Answer, place: int) -> range:
    return range(answer.tokens[place].first, answer.tokens[place].last + 1)


@cache
def _patterns() -> Mapping[str, Mapping[str, Sequence[re.Pattern[str]]]]:
    table = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))
    return {
        group: {kind: [re.compile(one, re.IGNORECASE | re.DOTALL) for one in every] for kind, every in kinds.items()}
        for group, kinds in table.items()
    }
