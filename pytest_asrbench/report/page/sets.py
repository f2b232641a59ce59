"""What may stand in one table: cases of one corpus version, normaliser, task, scenario and timing, over one snippet.

Everything else stands apart and is named. A snippet is one thing as long as runs agree on its reference and length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_asrbench.records import Outcome, set_name
from pytest_asrbench.statistics.comparable import same_audio


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must agree before two figures may be compared."""

    corpus: str
    corpus_version: str
    normalizer: str
    task: str
    scenario: str
    timing: str

    @property
    def series(self) -> str:
        """What the history calls it; see `records.set_name`."""
        return set_name(self.corpus, self.task, self.scenario)

    @classmethod
    def of(cls, outcome: Outcome, info: Mapping[str, Any]) -> Conditions:
        """Those of `outcome`; what a case that was never measured does not know, its run does."""
        corpora = info.get("settings", {}).get("corpora", {})
        facts = corpora.get(outcome.corpus, {}) if isinstance(corpora, Mapping) else {}
        version = outcome.corpus_version or (facts.get("version") if isinstance(facts, Mapping) else "")
        normalizer = outcome.normalizer or info.get("normalizers", {}).get(outcome.corpus, "")
        timing = outcome.timing or str(info.get("timing") or "")
        return cls(outcome.corpus, str(version or ""), str(normalizer), outcome.task, outcome.scenario, timing)


@dataclass(slots=True)
class Clip:
    """A snippet as the page shows it: what was said, how long it lasts, what is known of it.

    id: a name of its own; name: what its corpus calls it.
    """

    id: str
    name: str
    reference: str | None
    normalized: str | None
    words: int
    seconds: float | None
    speaker: str | None
    language: str | None
    tags: tuple[str, ...]
    errors: float = 0  # of the system that did worst


@dataclass(slots=True)
class SnippetSet:
    """The snippets measured under one set of conditions, in the order in which they were met."""

    number: int
    conditions: Conditions
    clips: list[Clip] = field(default_factory=list)
    split: set[str] = field(default_factory=set)
    _by_id: dict[str, list[int]] = field(default_factory=dict)

    def place(self, outcome: Outcome) -> int:
        """The number of the outcome's snippet; a reference or length of its own makes it another snippet."""
        normalized = outcome.normalized_reference if outcome.measured else None
        known = self._by_id.setdefault(outcome.snippet, [])
        for number in known:
            clip = self.clips[number]
            if _same(clip, outcome, normalized):
                _complete(clip, outcome, normalized)
                return number
        name = outcome.snippet
        if known:
            self.split.add(name)
        own = f"{name} (variant {len(known) + 1})" if known else name
        facts = (outcome.reference_words, outcome.audio_seconds, outcome.speaker, outcome.language, outcome.tags)
        clip = Clip(own, name, outcome.reference, normalized, *facts)
        known.append(len(self.clips))
        self.clips.append(clip)
        return known[-1]

    def columns(self) -> dict[str, list[Any]]:
        """The snippets, a list for each fact."""
        clips = self.clips
        return {
            "id": [clip.id for clip in clips],
            "reference": [clip.reference for clip in clips],
            # The same text twice would be a third of a large page.
            "normalized": [None if clip.normalized == clip.reference else clip.normalized for clip in clips],
            "words": [clip.words for clip in clips],
            "seconds": [None if clip.seconds is None else round(clip.seconds, 3) for clip in clips],
            "speaker": [clip.speaker for clip in clips],
            "language": [clip.language for clip in clips],
            "tags": [list(clip.tags) for clip in clips],
        }


def _same(clip: Clip, outcome: Outcome, normalized: str | None) -> bool:
    pairs = ((clip.reference, outcome.reference), (clip.normalized, normalized))
    if any(a is not None and b is not None and a != b for a, b in pairs):
        return False
    if clip.seconds is None or outcome.audio_seconds is None:
        return True
    return same_audio(clip.seconds, outcome.audio_seconds)


def _complete(clip: Clip, outcome: Outcome, normalized: str | None) -> None:
    clip.reference = outcome.reference if clip.reference is None else clip.reference
    clip.normalized = normalized if clip.normalized is None else clip.normalized
    clip.seconds = outcome.audio_seconds if clip.seconds is None else clip.seconds
    clip.words = max(clip.words, outcome.reference_words)
    clip.speaker = clip.speaker or outcome.speaker
    clip.language = clip.language or outcome.language
    clip.tags = clip.tags or outcome.tags
