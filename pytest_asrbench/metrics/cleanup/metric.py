"""What the metrics of cleaned dictation share: when they count, and in what."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from itertools import islice
from textwrap import shorten

from pytest_asrbench.errors import CorpusError
from pytest_asrbench.metrics.cleanup.answer import Answer, References
from pytest_asrbench.metrics.cleanup.laying import answered, referred
from pytest_asrbench.metrics.metric import BESIDE, Context, Metric
from pytest_asrbench.metrics.normalizers.profiles import rules_of
from pytest_asrbench.records import CLEAN, VERBATIM, Counts

MAX_FOUND = 20  # findings of one case
MAX_LINE = 200  # characters of one


class CleanupMetric(Metric):
    """A metric that knows what was said and what should come out: where a task's reference is an edit of the verbatim.

    A clean reference that is none is an error of the corpus; any other field may hold other texts, and is not counted.
    """

    needs = frozenset({BESIDE})
    shown = False
    whole = True
    loses = False
    absent = (
        "no snippet that was answered has a verbatim reference, a clean one beside it, and anything to count in them"
    )

    @abstractmethod
    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count in an answer; None where it says nothing."""

    def measure(self, references: Mapping[str, str], hypothesis: str, context: Context) -> Counts | None:
        """Count in an answer that lies beside its references."""
        if _referred(references, context) is None:
            return None
        verbatim, clean = references[VERBATIM], references[context.reference]
        return self.of_answer(answered(verbatim, clean, hypothesis, _code(references, context)), context)

    def check(self, references: Mapping[str, str], context: Context) -> None:
        """Raise CorpusError for a clean reference that is no edit of the verbatim one."""
        _referred(references, context)


def _referred(references: Mapping[str, str], context: Context) -> References | None:
    """Both references, None where the one is no edit of the other."""
    found = referred(references[VERBATIM], references[context.reference], _code(references, context))
    if found.is_edit:
        return found
    if context.reference == CLEAN:
        raise CorpusError(
            f"the clean reference is no edit of the verbatim one: only {found.kept} of its {found.written} words are "
            "said, in this order; see whether one of the two texts belongs to another recording"
        )
    return None


def _code(references: Mapping[str, str], context: Context) -> str | None:
    """The language by whose rules all texts are read."""
    return rules_of(references[VERBATIM], context.language)


def told(lines: Iterable[str]) -> tuple[str, ...]:
    """What was found in a case: of very much the first, and of very long lines the beginning."""
    every = (shorten(line, MAX_LINE, placeholder=" …") for line in lines)
    first = tuple(islice(every, MAX_FOUND))
    rest = sum(1 for _ in every)
    return (*first, f"and {rest} more") if rest else first
