"""Two models as one: a model that listens and, behind a plus, a language model that goes on from what it heard.

`faster-whisper-tiny.en+smollm2-135m`, options in brackets behind either. In the place of the first may stand answers
that were made elsewhere, `transcripts:FILE`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.models.catalog import CatalogFacts
from pytest_asrbench.models.entry import PIPELINE, ModelEntry
from pytest_asrbench.support.checks import hint
from pytest_asrbench.support.spec import parse, split

PLUS = "+"
RESIDENT = "resident"  # whether both stay in memory: the one option of a pipeline itself, behind its last model


def parts(spec: str, known: Collection[str]) -> tuple[str, str] | None:
    """Split a specification into those of its two models; None if it is that of one.

    known: what models and adapters are called. A plus in a path or a name is none where what follows cannot be a model.
    """
    found = split(spec, PLUS) if PLUS in spec else []
    if len(found) < 2:
        return None
    first, last = PLUS.join(found[:-1]), found[-1]
    name, colon, _ = last.partition("[")[0].partition(":")
    meant = name in known or colon
    other = ":" in first or spec.partition("[")[0] in known
    return (first, last) if meant or not other else None


def own_options(last: str) -> tuple[str, dict[str, Any]]:
    """Take the options that are the pipeline's own out of those behind its last model; return both."""
    if f"{RESIDENT}=" not in last:
        return last, {}
    head, bracket, rest = last.partition("[")
    given = split(rest.removesuffix("]"))
    own = [one for one in given if one.startswith(f"{RESIDENT}=")]
    others = [one for one in given if one not in own]
    return head + (f"[{','.join(others)}]" if others else ""), parse(f"{head}{bracket}{','.join(own)}]")[1]


def chained(entry: ModelEntry, resolve: Callable[[str], ModelEntry]) -> ModelEntry:
    """Return the pipeline with its models found; raises UsageError for what cannot be one."""
    if len(entry.stages) != 2:
        raise UsageError(f"{entry.name}: a pipeline has two models, one that listens and one behind it")
    chain = tuple(resolve(stage) for stage in entry.stages)
    if nested := next((one.name for one in chain if one.chain), None):
        raise UsageError(f"{entry.name}: {nested} is a pipeline itself, and a pipeline has two models")
    for name, value in entry.options.items():
        if name != RESIDENT:
            raise UsageError(f"{entry.name}: a pipeline has no option {name!r}; {hint(name, [RESIDENT])}")
        if not isinstance(value, bool):
            raise UsageError(f"{entry.name}: {RESIDENT}={value}: that is no truth value, such as true or false")
    first, second = chain
    return replace(
        entry,
        chain=chain,
        defined=PLUS.join(one.names[-1] for one in chain) if PLUS in entry.name else entry.defined,
        experimental=entry.experimental or any(one.experimental for one in chain),
        language=entry.language or first.language,
        languages=entry.languages or first.languages,
        prompt=entry.prompt or second.prompt,
        max_new_tokens=entry.max_new_tokens or second.max_new_tokens,
        licence=entry.licence or " + ".join(dict.fromkeys(one.licence or "unknown" for one in chain)),
        facts=_facts(entry.facts, chain),
    )


def _facts(facts: CatalogFacts, chain: Sequence[ModelEntry]) -> CatalogFacts:
    """What is known of the two together: their weights count, where it is known of both how many they are."""
    counts = [one.facts.parameters or 0 for one in chain]
    known = all(counts) and not any(one.facts.weights for one in chain)
    return replace(facts, parameters=sum(counts)) if known and facts.parameters is None else facts


def unnamed(spec: str, stages: tuple[str, str], options: Mapping[str, Any], known: ModelEntry | None) -> ModelEntry:
    """The entry of a pipeline that is written with a plus; `known`: what is said of these two together, if anything."""
    if known is None:
        return ModelEntry(spec, PIPELINE, options=options, stages=stages)
    return replace(known, name=spec, options={**known.options, **options}, stages=stages)
