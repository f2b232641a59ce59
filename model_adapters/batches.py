"""Batches whose utterances differ in what a runtime takes only once for a call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from pytest_asrbench.adapter import Transcript, Utterance

Key = TypeVar("Key", bound=Hashable)


def in_groups(
    batch: Sequence[Utterance],
    key: Callable[[Utterance], Key],
    answer: Callable[[list[Utterance], Key], Sequence[Transcript]],
) -> list[Transcript]:
    """Answer those utterances together that have the same key, and return all transcripts in the batch's order."""
    groups: dict[Key, list[int]] = {}
    for place, utterance in enumerate(batch):
        groups.setdefault(key(utterance), []).append(place)
    answers: dict[int, Transcript] = {}
    for shared, places in groups.items():
        answers.update(zip(places, answer([batch[place] for place in places], shared), strict=True))
    return [answers[place] for place in range(len(batch))]
