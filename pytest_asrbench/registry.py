"""From the words on the command line to a model that can be started.

A specification is a catalogue name (`pocketsphinx`), a model that the project defines, or `adapter:source` for local
weights; options follow in brackets: `stub[seconds=0.2,text=hello]`. Adapters are known as "module:Class" strings and
never imported here; those of other packages are looked up among the entry points when nothing else fits.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from pytest_asrbench import catalog
from pytest_asrbench.catalog import CatalogFacts, HubSource
from pytest_asrbench.errors import UnknownModelError, UsageError

GROUP = "pytest_asrbench.adapters"
CONFIG_FILES = ("asrbench.toml", "pyproject.toml")
ADAPTERS = {
    "pocketsphinx": "model_adapters.pocketsphinx:PocketSphinx",
    "moonshine": "model_adapters.moonshine:Moonshine",
    "whisper": "model_adapters.whisper:Whisper",
    "whisper-cpp": "model_adapters.whisper_cpp:WhisperCpp",
    "granite": "model_adapters.granite:Granite",
    "voxtral": "model_adapters.voxtral:Voxtral",
    "phi4": "model_adapters.phi4:Phi4",
    "stub": "model_adapters.stub:Stub",
}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as the catalogue or a project describes it.

    adapter: short name or "module:Class"; source: local path of the weights, or None. options go to the adapter;
    language, prompt and max_new_tokens to each request; limits are gates of its own. hub says where the weights can
    be had, facts what is known of the model.
    """

    name: str
    adapter: str
    source: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    description: str = ""
    experimental: bool = False
    interpreter: str | None = None
    language: str | None = None
    languages: tuple[str, ...] = ()
    prompt: str | None = None
    max_new_tokens: int | None = None
    parameters: str = ""
    licence: str = ""
    max_wer: float | None = None
    max_rtf: float | None = None
    max_ram_mb: float | None = None
    max_vram_mb: float | None = None
    snippet_max_wer: float | None = None
    hub: HubSource | None = None
    facts: CatalogFacts = field(default_factory=CatalogFacts)


class Registry:
    """All models and adapters known to a project; later definitions of a name replace earlier ones."""

    def __init__(self, project: Path | None = None, extra: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._project = project
        self._extra = dict(extra or {})

    @cached_property
    def models(self) -> dict[str, ModelEntry]:
        """Every model that has a name, by name."""
        found = {name: _entry(name, facts, CATALOG) for name, facts in _catalogue().items()}
        if self._project is not None:
            for path in (self._project / file for file in CONFIG_FILES):
                found.update({name: _entry(name, facts, path) for name, facts in _configured(path).items()})
        found.update({name: _entry(name, facts, "pytest_asrbench_models") for name, facts in self._extra.items()})
        return found

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {alias: entry.name for entry in self.models.values() for alias in entry.aliases}

    def resolve(self, spec: str) -> ModelEntry:
        """Return the model that `spec` names, its name being the specification itself.

        Raises UnknownModelError or UsageError.
        """
        head, options = _parse(spec)
        known = self.models.get(head) or self.models.get(self._aliases.get(head, ""))
        if known is not None:
            return replace(known, name=spec, options={**known.options, **options})
        adapter, colon, source = head.partition(":")
        if colon:
            self.adapter(adapter)
            return ModelEntry(spec, adapter, source or None, options)
        if head in ADAPTERS:
            return ModelEntry(spec, head, None, options)
        raise self._unknown(head)

    def adapter(self, name: str) -> str:
        """Return the "module:Class" of the adapter called `name`; raises UnknownModelError."""
        if name in ADAPTERS:
            return ADAPTERS[name]
        if ":" in name:
            return name
        for point in metadata.entry_points(group=GROUP, name=name):
            return point.value
        known = [*ADAPTERS, *(point.name for point in metadata.entry_points(group=GROUP))]
        raise UnknownModelError(f"unknown adapter {name!r}; {_hint(name, known)}")

    def _unknown(self, name: str) -> UnknownModelError:
        known = [*self.models, *self._aliases]
        return UnknownModelError(
            f"unknown model {name!r}; {_hint(name, known)} Local weights are named adapter:path, "
            "e.g. stub:./script.json; `asrbench models` lists the catalogue"
        )


def split(text: str) -> list[str]:
    """Split a comma-separated list of specifications; commas in brackets belong to their specification."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    if depth != 0:
        raise UsageError(f"unbalanced brackets in {text!r}; options are written model[name=value,name=value]")
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def _parse(spec: str) -> tuple[str, dict[str, Any]]:
    head, bracket, rest = spec.partition("[")
    if not bracket:
        return spec, {}
    if not rest.endswith("]"):
        raise UsageError(f"{spec!r}: options end with a bracket, as in model[name=value]")
    options = {}
    for part in split(rest[:-1]):
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"{spec!r}: the option {part!r} has no value; write {part}=true, or another value")
        options[name.strip()] = _value(value.strip())
    return head.strip(), options


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _hint(name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, 1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}."


def _catalogue() -> dict[str, dict[str, Any]]:
    text = resources.files("model_adapters").joinpath("catalog.toml").read_text("utf-8")
    return catalog.load(text)


CATALOG = "model_adapters/catalog.toml"


def _configured(path: Path) -> dict[str, dict[str, Any]]:
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no valid TOML: {error}") from None
    section = facts.get("tool", {}).get("asrbench", {}) if path.name == "pyproject.toml" else facts
    models: dict[str, dict[str, Any]] = section.get("models", {})
    for entry in models.values():
        source = entry.get("source")
        if isinstance(source, str) and source.startswith("."):
            entry["source"] = str(path.parent / source)
    return models


def _entry(name: str, facts: Mapping[str, Any], where: Path | str) -> ModelEntry:
    known = [f.name for f in fields(ModelEntry)]
    if not isinstance(facts, Mapping) or not isinstance(facts.get("adapter"), str):
        raise UsageError(f'{where}: the model {name!r} needs at least adapter = "..."')
    for key in facts:
        if key not in known:
            raise UsageError(f"{where}: the model {name!r} has an unknown key {key!r}; {_hint(key, known)}")
    lists = {key: tuple(facts[key]) for key in ("aliases", "languages") if key in facts}
    at = f"{where}: models.{name}"
    tables = {
        key: read(facts[key], f"{at}.{key}")
        for key, read in {"hub": catalog.hub, "facts": catalog.facts}.items()
        if key in facts
    }
    return ModelEntry(**{**facts, **lists, **tables, "name": name})
