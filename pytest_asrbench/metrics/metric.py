"""What a metric is: it counts, and says how its counts are to be read. Everything that is judged is a quotient of sums.

A metric counts `errors` and `total` of each case; whoever sums up adds both and divides. Tables, columns, limits,
intervals, comparisons, the history and the page are made from what is declared here: a new metric is one file and one
entry point of the group `pytest_asrbench.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from pytest_asrbench.records import VERBATIM, Counts

REFERENCE, SECONDS, AUDIO = "reference", "seconds", "audio_seconds"  # what a metric may need, beside a named reference
TOLD = "details."  # before the name of something that the model tells
BESIDE = "reference beside the verbatim one"  # both, and the task's is not the verbatim one
COMMON = frozenset({REFERENCE, SECONDS, AUDIO})  # what hardly any case lacks


@dataclass(frozen=True, slots=True)
class Context:
    """What a metric may know of a case beside its texts.

    normalize: the case's normaliser, by the rules of its language; each text is normalised once. normalizer: what that
    is called. reference: the field that the task holds answers against. seconds: of the call, the median of its rounds;
    audio_seconds: of the recording; None: not known. details: what the model told beside its text. tags: the
    recording's. form: what the task asks of the answer's form, as `Task.format` has it; judge: who judges it, as
    `Task.judge` has it.
    """

    normalize: Callable[[str], str]
    language: str | None = None
    seconds: float | None = None
    audio_seconds: float | None = None
    reference: str = VERBATIM
    normalizer: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    form: Mapping[str, Any] = field(default_factory=dict)
    judge: Mapping[str, Any] = field(default_factory=dict)

    def texts(self, references: Mapping[str, str], hypothesis: str) -> tuple[str, str]:
        """The task's reference and the answer, both normalised: words between single blanks."""
        return self.normalize(references[self.reference]), self.normalize(hypothesis)

    def has(self, need: str, references: Mapping[str, str]) -> bool:
        """Whether what a metric needs is there."""
        if need in (SECONDS, AUDIO):
            return getattr(self, need) is not None
        if need == BESIDE:
            return self.reference != VERBATIM and {VERBATIM, self.reference} <= references.keys()
        if need.startswith(TOLD):
            return need.removeprefix(TOLD) in self.details
        return (self.reference if need == REFERENCE else need) in references


class Metric(Protocol):
    """The base of every metric; what has a value here may be left out.

    name: as options, JSON and the history have it: small letters, digits and underscores. title: as tables have it.
    version: raised when the same texts come to other counts; figures of two versions are not compared. better: "lower"
    or "higher". unit: "%" for fractions that are read in per cent; any other is written behind the number, "" for none.
    needs: `REFERENCE`, `SECONDS`, `AUDIO`, `BESIDE`, a named reference, or "details.NAME", something that the model
    tells; a case that lacks one is not counted. order: where it stands among others, the lowest first. shown: whether
    tables show it; narrow: narrow ones, too, such as those in comments and of the history. meaning: what is divided by
    what, in a few words. absent: why there is no figure where there was nothing to count. legend: a sentence for below
    a table that it leads.

    fields: flat names of counts and parts in CSV and JSON ("errors", "total", "lost" for the total of what failed, or a
    part); None: NAME_errors and NAME_total. whole: whether all that is counted are whole numbers. loses: whether a lost
    answer counts. quotient: whether the figure of many cases is the quotient of their sums; else `rate` makes it of
    their parts. module: a library that it needs, which the extra `extra` installs: it counts where a task names it, and
    nowhere else. by_rounds: whether further rounds, in the speed gate, tell a loss against a baseline. by_words:
    whether errors are those of the words' alignment, which the matched-pairs test needs.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[int] = 1
    better: ClassVar[Literal["lower", "higher"]] = "lower"
    unit: ClassVar[str] = "%"
    needs: ClassVar[frozenset[str]] = frozenset({REFERENCE})
    order: ClassVar[int] = 100
    shown: ClassVar[bool] = True
    narrow: ClassVar[bool] = True
    absent: ClassVar[str] = "there was nothing to count"
    fields: ClassVar[Mapping[str, str] | None] = None
    loses: ClassVar[bool] = True
    quotient: ClassVar[bool] = True
    module: ClassVar[str] = ""
    extra: ClassVar[str] = ""
    by_rounds: ClassVar[bool] = False
    by_words: ClassVar[bool] = False
    whole: ClassVar[bool] = False
    meaning: ClassVar[str] = ""
    legend: ClassVar[str] = ""

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count one case; None: it says nothing of this metric. Texts are as they were written, by field."""
        ...

    def stamp(self, context: Context) -> int | str:
        """What figures must have in common to be compared: the version, and whatever else they hang on."""
        return self.version

    def rate(self, counts: Counts) -> float | None:
        """The figure of counts of one case or of many; None where nothing was counted."""
        return counts.rate

    def check(self, references: Mapping[str, str], context: Context) -> None:
        """Raise CorpusError for references in which nothing can be counted; asked before anything is measured."""
        return

    def lost(self, references: Mapping[str, str], context: Context) -> Counts | None:
        """What it costs to give no answer at all: the same as an empty one."""
        return self.measure(references, "", context) if self.loses else None

    def cost(self, total: float) -> Counts | None:
        """The same where nothing but the total is known."""
        return Counts(total if self.better == "lower" else 0, total) if self.loses else None

    def restored(self, flat: Mapping[str, Any]) -> Counts | None:
        """The counts by their flat names, as files have them; None where they are not known. Values are checked."""
        names = flat_names(self)
        errors, total = (flat.get(names.get(part, "")) for part in ("errors", "total"))
        if errors is None or total is None:
            return None
        parts = {part: flat[name] for part, name in names.items() if part not in _SUMS and flat.get(name) is not None}
        return Counts(errors, total, parts)

    def leads(self, counts: Counts) -> bool:
        """Whether these counts, of a whole corpus, are the ones to look at first."""
        return False

    def detail(self, counts: Counts, lost: Counts) -> tuple[str, str] | None:
        """A heading and a cell that tell more of the counts (`lost`: what failed) in a table; None: nothing."""
        return None


_SUMS = ("errors", "total", "lost")


def flat_names(metric: Metric) -> Mapping[str, str]:
    """The flat name of each count and part that has one."""
    if metric.fields is not None:
        return metric.fields
    return {"errors": f"{metric.name}_errors", "total": f"{metric.name}_total"}


def timed(metric: Metric) -> bool:
    """Whether the counts depend on how long a call took, and so change with further rounds."""
    return SECONDS in metric.needs
