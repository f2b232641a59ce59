"""The snippets of a session's corpora with each of its tasks and loads, by the names that they have in cases' ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.load import Load, scenario
from pytest_asrbench.errors import UsageError
from pytest_asrbench.plugin.corpora import Snippets
from pytest_asrbench.records import set_name
from pytest_asrbench.tasks.task import Task


class Parts(Mapping[str, tuple[Corpus, Snippet, Task, Load | None]]):
    """By "corpus/id", with "-TASK" and "-SCENARIO" behind for any but the defaults; kind by kind.

    Each is made when it is asked for. kinds: a task and a load each. Raises UsageError where a snippet is called like
    another one with a task.
    """

    def __init__(self, snippets: Snippets, kinds: Iterable[tuple[Task, Load | None]]) -> None:
        self._snippets = snippets
        self._kinds = {set_name("", task.name, scenario(load)): (task, load) for task, load in kinds}
        if len(self._kinds) > 1 and len(set(self)) < len(self):
            names = ", ".join(dict.fromkeys(task.name for task, _ in self._kinds.values()))
            raise UsageError(
                f"a snippet is called like another one with one of the tasks {names} behind its name: rename the task, "
                "or ask for one task at a time"
            )

    def __getitem__(self, name: str) -> tuple[Corpus, Snippet, Task, Load | None]:
        behind, clip = self._asked(name)
        return *self._snippets[clip], *self._kinds[behind]

    def split(self, name: str) -> tuple[Corpus, str, Task, Load | None]:
        """Return the corpus, the snippet's id, the task and the load; raises KeyError."""
        behind, clip = self._asked(name)
        return *self._snippets.split(clip), *self._kinds[behind]

    def _asked(self, name: str) -> tuple[str, str]:
        for behind in self._kinds:
            clip = name.removesuffix(behind) if name.endswith(behind) else ""
            if clip and clip in self._snippets:
                return behind, clip
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (f"{clip}{behind}" for behind in self._kinds for clip in self._snippets)

    def __len__(self) -> int:
        return len(self._kinds) * len(self._snippets)
