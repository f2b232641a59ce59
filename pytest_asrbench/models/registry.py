"""From the words on the command line to a model that can be started.

A specification is a catalogue name (`pocketsphinx`), a model that the project defines, `adapter:source` for local
weights, or `hf:owner/name` for a repository; options follow in brackets: `stub[seconds=0.2,text=hello]`.
`transcripts:FILE` stands for answers that were made elsewhere, `MODEL+MODEL` for a pipeline. Adapters, ours and other
packages', are entry points: "module:Class" strings that are never imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UnknownModelError
from pytest_asrbench.models import entry, pipelines, repositories
from pytest_asrbench.models.entry import PIPELINE, TRANSCRIPTS, ModelEntry
from pytest_asrbench.support import entry_points
from pytest_asrbench.support.checks import hint
from pytest_asrbench.support.redaction import redact, refuse_secrets
from pytest_asrbench.support.spec import parse, split

__all__ = ["GROUP", "OURS", "ModelEntry", "Registry", "adapters", "split"]

GROUP = "pytest_asrbench.adapters"
OURS = "pytest_asrbench.model_adapters."  # what the adapters that come with the package begin with


@cache
def adapters() -> Mapping[str, str]:
    """The "module:Class" of every adapter that is installed, by name; raises UsageError where two share a name."""
    return {name: point.value for name, point in entry_points.offered(GROUP).items()}


class Registry:
    """All models and adapters known to a project; later definitions of a name replace earlier ones."""

    def __init__(self, project: Path | None = None, extra: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._project = project
        self._extra = dict(extra or {})

    @cached_property
    def models(self) -> dict[str, ModelEntry]:
        """Every model that has a name, by name."""
        found = entry.catalogue()
        if self._project is not None:
            found.update(entry.configured(self._project, found))
        for name, table in self._extra.items():
            found[name] = entry.read(name, table, "hook pytest_asrbench_models", found)
        return found

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {alias: entry.name for entry in self.models.values() for alias in entry.aliases}

    @property
    def names(self) -> set[str]:
        """What models and adapters may be called."""
        return {*self.models, *self._aliases, *adapters(), TRANSCRIPTS}

    def resolve(self, spec: str) -> ModelEntry:
        """Return the model that `spec` names, its name being the specification itself.

        Raises UnknownModelError or UsageError.
        """
        if stages := pipelines.parts(spec, self.names):
            return self._pipeline(spec, *stages)
        head, options = parse(spec)
        refuse_secrets({"source": head, **options}, f"the model {redact(head)}")
        known = self.models.get(head) or self.models.get(self._aliases.get(head, ""))
        if known is not None:
            defined = "" if known.name == spec else known.name
            found = replace(known, name=spec, defined=defined, options={**known.options, **options})
            return self.chained(found)
        if head.startswith(repositories.PREFIX):
            return self._from_hub(spec, repositories.ADAPTER, head, options)
        adapter, colon, source = head.partition(":")
        if colon:
            self.adapter(adapter)
            if source.startswith(repositories.PREFIX):
                return self._from_hub(spec, adapter, source, options)
            return ModelEntry(spec, adapter, source or None, options)
        if head in adapters() or head == TRANSCRIPTS:
            return ModelEntry(spec, head, None, options)
        raise self._unknown(head)

    def chained(self, entry: ModelEntry) -> ModelEntry:
        """Return a pipeline's entry with its two models in it, any other as it is; as `resolve` raises."""
        return pipelines.chained(entry, self.resolve) if entry.stages and not entry.chain else entry

    def _pipeline(self, spec: str, first: str, last: str) -> ModelEntry:
        last, options = pipelines.own_options(last)
        heads = pipelines.PLUS.join(parse(one)[0] for one in (first, last))
        return self.chained(pipelines.unnamed(spec, (first, last), options, self.models.get(heads)))

    def _from_hub(self, spec: str, adapter: str, repository: str, options: Mapping[str, Any]) -> ModelEntry:
        return ModelEntry(spec, adapter, options=options, hub=repositories.of_adapter(adapter, repository))

    def adapter(self, name: str) -> str:
        """Return the "module:Class" of the adapter called `name`; raises UnknownModelError.

        TRANSCRIPTS and PIPELINE, which stand in an adapter's place, are returned as they are.
        """
        if name in adapters():
            return adapters()[name]
        if ":" in name or name in (TRANSCRIPTS, PIPELINE):
            return name
        raise UnknownModelError(f"unknown adapter {name!r}; {hint(name, [*adapters(), TRANSCRIPTS])}")

    def _unknown(self, name: str) -> UnknownModelError:
        return UnknownModelError(
            f"unknown model {name!r}; {hint(name, self.names)} Local weights are named adapter:path, "
            "e.g. stub:./script.json, a repository hf:owner/name; `pytest-asrbench models` lists the catalogue"
        )
