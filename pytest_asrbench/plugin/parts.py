"""The snippets of a session's corpora with each of its tasks, by the names that they have in the cases' ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.errors import UsageError
from pytest_asrbench.plugin.corpora import Snippets
from pytest_asrbench.records import set_name
from pytest_asrbench.tasks.task import Task


class Parts(Mapping[str, tuple[Corpus, Snippet, Task]]):
    """By "corpus/id", with "-TASK" behind for any but the default; task by task. Each is made when it is asked for.

    Raises UsageError where a snippet is called like another one with a task.
    """

    def __init__(self, snippets: Snippets, tasks: Iterable[Task]) -> None:
        self._snippets = snippets
        self._tasks = tuple(tasks)
        if len(self._tasks) > 1 and len(set(self)) < len(self):
            names = ", ".join(one.name for one in self._tasks)
            raise UsageError(
                f"a snippet is called like another one with one of the tasks {names} behind its name: rename the task, "
                "or ask for one task at a time"
            )

    def __getitem__(self, name: str) -> tuple[Corpus, Snippet, Task]:
        task, clip = self._asked(name)
        return *self._snippets[clip], task

    def split(self, name: str) -> tuple[Corpus, str, Task]:
        """Return the corpus, the snippet's id and the task; raises KeyError."""
        task, clip = self._asked(name)
        return *self._snippets.split(clip), task

    def _asked(self, name: str) -> tuple[Task, str]:
        for task in self._tasks:
            behind = set_name("", task.name)
            clip = name.removesuffix(behind) if name.endswith(behind) else ""
            if clip and clip in self._snippets:
                return task, clip
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (set_name(clip, task.name) for task in self._tasks for clip in self._snippets)

    def __len__(self) -> int:
        return len(self._tasks) * len(self._snippets)
