"""What the analysis of a run found, as plain values: the `findings` of results.json.

Rates are fractions (0.031 is 3.1 %), times are seconds unless a name says otherwise. None means undefined or unknown,
never zero; where an interval is missing, `reason` tells why. What a snippet without a transcript counts for is
`totals.counts_as`: that of a model's failure is an empty one, all words deleted; others are in no finding.
docs/numbers.md has the formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pytest_asrbench.records import WORDS


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The corpus rate of a model and its 95 % interval.

    unit: what was drawn again, "snippets" or "speakers"; blocks: how many of these there are.
    """

    model: str
    corpus: str
    estimate: float | None
    low: float | None
    high: float | None
    unit: str
    blocks: int
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Rate of `first` minus rate of `second` on the same snippets, its 95 % interval and p value.

    against: "" between two models of this run; else the name of the baseline, and `second` is the same model there.
    p: adjusted for all comparisons of its kind in the run. more_snippets: how many more like these would show 1 pp.
    sentence: all this in words.
    """

    corpus: str
    first: str
    second: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float
    significant: bool
    more_snippets: int | None
    sentence: str
    against: str
    snippets: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A part of a corpus: the snippets with one tag, speaker, language or length.

    dimension: "tag", "speaker", "language" or "length" (of the audio; value "5–10 s"). errors and wer: with failed
    snippets. rtf and audio_seconds: of the snippets that were measured. unit as in `Uncertainty`.
    """

    model: str
    corpus: str
    dimension: str
    value: str
    snippets: int
    failed: int
    errors: int
    reference_words: int
    wer: float | None
    low: float | None
    high: float | None
    unit: str
    reason: str
    rtf: float | None
    audio_seconds: float


@dataclass(frozen=True, slots=True)
class WordError:
    """A word error and how often it was made in the transcripts that were delivered, most frequent first.

    kind: "substitution", "deletion" (heard is "") or "insertion" (reference is ""). Words are normalised.
    """

    model: str
    corpus: str
    kind: str
    reference: str
    heard: str
    count: int


@dataclass(frozen=True, slots=True)
class Worst:
    """One of the snippets with the most errors, worst first."""

    model: str
    corpus: str
    snippet: str
    errors: int
    reference_words: int
    wer: float | None
    failed: bool


@dataclass(frozen=True, slots=True)
class NonSpeech:
    """What a model said in the clips that it was given and that hold no words, by their normalised reference."""

    model: str
    corpus: str
    clips: int
    clips_with_words: int
    words: int
    minutes: float
    words_per_minute: float | None


@dataclass(frozen=True, slots=True)
class Repetition:
    """The longest loop in a transcript: `phrase` said `times` times in a row, far more often than in the reference."""

    model: str
    corpus: str
    snippet: str
    phrase: str
    times: int


@dataclass(frozen=True, slots=True)
class Invariance:
    """Transcripts that should be the same and may not be: of one model's rounds, or of two forms of one model.

    by: what is different: "repetition" where `other` is "", else one or several of runtime, precision, device and the
    models' options. clips: those that were compared; changed: with another transcript, reworded: with other words,
    after normalisation; snippets: the changed ones. wer, other_wer: of the rounds the lowest and the highest, else of
    `model` and of `other`, on these clips. sentence: all this in words.
    """

    model: str
    corpus: str
    other: str
    by: tuple[str, ...]
    clips: int
    changed: int
    reworded: int
    snippets: tuple[str, ...]
    wer: float | None
    other_wer: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Text:
    """Corpus WER of the snippets that were measured, on normalised text and on the texts as they are."""

    model: str
    corpus: str
    wer: float | None
    raw_wer: float | None


@dataclass(frozen=True, slots=True)
class Calls:
    """The first call of a model, on `snippet`, against the median of the warm calls of the same snippet."""

    model: str
    corpus: str
    first_seconds: float
    warm_seconds: float
    ratio: float | None
    snippet: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The fastest `model` that is not shown to be worse than the `best`, in words.

    Both are "" where none can be named, and `sentence` tells why.
    """

    corpus: str
    model: str
    best: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Company:
    """Rounds of a model whose times others, or a quota, have made longer; see `analysis.company` for what counts.

    cores: those that the model could run on; cpu_quota: of how many its container could use the time. disturbed: rounds
    in which other programs held cores; others, waiting: how many, and the share of the time in which something waited
    for one, medians over these rounds; clock_ratio, processor_ratio: seconds per second of audio, against those of the
    rounds without company (None: there is none). held_back: rounds in which a quota was used up; throttled: in which
    share of its periods. sentences: all this in words.
    """

    model: str
    corpus: str
    rounds: int
    cores: int | None
    cpu_quota: float | None
    disturbed: int
    others: float | None
    waiting: float | None
    clock_ratio: float | None
    processor_ratio: float | None
    held_back: int
    throttled: float | None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """What was found of one metric."""

    intervals: tuple[Uncertainty, ...] = ()
    differences: tuple[Difference, ...] = ()


KINDS_OF_RATES = ("intervals", "differences")


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a run. intervals, differences: of the WER; rates: of other metrics, by their names.

    seed: of the bootstrap. notes: what was left out, and how to read the figures.
    """

    intervals: tuple[Uncertainty, ...] = ()
    differences: tuple[Difference, ...] = ()
    groups: tuple[Group, ...] = ()
    word_errors: tuple[WordError, ...] = ()
    worst: tuple[Worst, ...] = ()
    nonspeech: tuple[NonSpeech, ...] = ()
    repetitions: tuple[Repetition, ...] = ()
    invariance: tuple[Invariance, ...] = ()
    texts: tuple[Text, ...] = ()
    calls: tuple[Calls, ...] = ()
    choices: tuple[Choice, ...] = ()
    company: tuple[Company, ...] = ()
    rates: Mapping[str, Rates] = field(default_factory=dict)
    seed: int = 0
    notes: tuple[str, ...] = ()

    def intervals_of(self, metric: str) -> tuple[Uncertainty, ...]:
        """The intervals of one metric."""
        return self.intervals if metric == WORDS else self.rates.get(metric, Rates()).intervals

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as JSON-ready values: a list of objects for each kind, then `seed` and `notes`."""
        kinds = [f.name for f in fields(self) if f.name not in ("rates", "seed", "notes")]
        values: dict[str, Any] = {kind: [_plain(one) for one in getattr(self, kind)] for kind in kinds}
        for metric, one in self.rates.items():
            values |= {f"{metric}_{kind}": [_plain(found) for found in getattr(one, kind)] for kind in KINDS_OF_RATES}
        return values | {"seed": self.seed, "notes": list(self.notes)}


def _plain(record: Any) -> dict[str, Any]:
    values = {f.name: getattr(record, f.name) for f in fields(record)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
