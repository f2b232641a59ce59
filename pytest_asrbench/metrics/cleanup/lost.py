"""Words of content that are not in an answer, as people are told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pytest_asrbench.metrics.cleanup.answer import Answer, quoted, written
from pytest_asrbench.metrics.cleanup.labels import Kind, Slot

Chosen = Callable[[Slot], bool]


def any_word(slot: Slot) -> bool:
    """Choose all words."""
    return True


def kept(answer: Answer, chosen: Chosen = any_word) -> tuple[int, int]:
    """How many of the chosen words of content are in the answer, and how many there are."""
    found = [answer.has(place) for place, slot in answer.of_kind(Kind.CONTENT) if chosen(slot)]
    return sum(found), len(found)


def losses(answer: Answer, chosen: Chosen = any_word) -> Iterator[str]:
    """What is lost or changed of the chosen words, those in a row together."""
    run: list[int] = []
    for place, slot in [*answer.of_kind(Kind.CONTENT), (-1, None)]:
        if slot is not None and not answer.has(place) and chosen(slot):
            run.append(place)
            continue
        if run:
            yield _sentence(answer, run)
        run = []


def _sentence(answer: Answer, run: Sequence[int]) -> str:
    references = answer.references
    first, last = (references.slots[place] for place in (run[0], run[-1]))
    own = quoted(references.clean, first.token, last.token)
    instead = [place for at in run if (place := answer.instead[at]) is not None]
    if instead:
        return f'"{own}" became "{answer.words(range(instead[0], instead[-1] + 1))}"'
    before = [slot for slot in references.slots[: run[0]] if slot.kind is Kind.CONTENT][-2:]
    behind = f' behind "{" ".join(written(references, slot) for slot in before)}"' if before else ""
    return f'lost "{own}"{behind}'
