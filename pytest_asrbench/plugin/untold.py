"""What the session's header says where nobody tells the language: finding it out takes a model's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.models.registry import ModelEntry
from pytest_asrbench.plugin.settings import Settings
from pytest_asrbench.support import languages


def header(
    settings: Settings, entries: Mapping[str, ModelEntry], snippets: Iterable[tuple[Corpus, Snippet]]
) -> list[str]:
    """One line if any model that may know several languages is not told which one it will hear; else nothing."""
    several = [entry for entry in entries.values() if len(entry.languages) != 1]
    if not several:
        return []
    told = [all(_asked(settings, entry, *one) is not None for entry in several) for one in snippets]
    if all(told):
        return []
    return [
        f"asrbench language not told for {told.count(False)} of {len(told)} snippets: a model that knows several finds "
        "it out, in its own time; tell it with --asr-language=CODE or in corpus.toml"
    ]


def _asked(settings: Settings, entry: ModelEntry, corpus: Corpus, snippet: Snippet) -> str | None:
    return languages.of_case(
        command_line=settings.language,
        snippet=snippet.language,
        corpus=corpus.language,
        model=entry.language,
        ini=settings.usual_language,
    ).asked
