"""What the metrics share that watch over words of one sort: which of them are kept, lost, or made up."""

from __future__ import annotations

from abc import abstractmethod

from pytest_asrbench.metrics.cleanup import lost
from pytest_asrbench.metrics.cleanup.answer import Answer
from pytest_asrbench.metrics.cleanup.labels import Kind, Slot
from pytest_asrbench.metrics.cleanup.metric import CleanupMetric, told
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.metrics.normalizers.cleanup import Token
from pytest_asrbench.records import Counts


class KeptWords(CleanupMetric):
    """The share of words of one sort that are kept. Those that nobody said count as if they were lost."""

    better = "higher"
    loses = True

    @abstractmethod
    def wants(self, slot: Slot, answer: Answer) -> bool:
        """Whether a word of content is of this sort."""

    def made_up(self, token: Token, answer: Answer) -> bool:
        """Whether an added word is of this sort."""
        return False

    def of_answer(self, answer: Answer, context: Context) -> Counts | None:
        """Count the words of this sort."""

        def wanted(slot: Slot) -> bool:
            return self.wants(slot, answer)

        kept, of_all = lost.kept(answer, wanted)
        changed = {answer.instead[place] for place, slot in answer.of_kind(Kind.CONTENT) if wanted(slot)}
        made_up = [one for one in answer.added if one not in changed and self.made_up(answer.tokens[one], answer)]
        total = of_all + len(made_up)
        if not total:
            return None
        new = (f'added "{answer.words(range(one, one + 1))}"' for one in made_up)
        found = told([*lost.losses(answer, wanted), *new])
        return Counts(kept, total, {"made_up": len(made_up)}, found)
