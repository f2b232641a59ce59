"""A model as it is described: by the catalogue, in a project's configuration, or by a hook."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pytest_asrbench import bundled
from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates import limits
from pytest_asrbench.models import catalog, servers
from pytest_asrbench.models.catalog import CatalogFacts, HubSource
from pytest_asrbench.models.servers import Server
from pytest_asrbench.support.checks import hint, is_rate, is_text, is_texts, is_whole
from pytest_asrbench.support.languages import resolve
from pytest_asrbench.support.project import CONFIG_FILES, tables
from pytest_asrbench.support.redaction import refuse_secrets

CATALOG = "model_adapters/catalog.toml"
TRANSCRIPTS = "transcripts"  # in an adapter's place: the answers stand in a file, the model's source
PIPELINE = "pipeline"  # in an adapter's place: the model is made of two others, its stages


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as the catalogue or a project describes it.

    adapter: short name or "module:Class", TRANSCRIPTS or PIPELINE; source: local path of the weights, or None. options
    go to the adapter; language, prompt and max_new_tokens to each request; limits are gates of its own, by their short
    forms. hub says where the weights can be had, facts what is known of the model. env names environment variables that
    its process gets beyond the usual. server: what is started for an adapter that asks one; source and hub are then the
    server's weights. of: the model that this one is in another runtime or precision. defined: its name
    in the catalogue or project where `name` is what a user wrote, with options or an alias; "" where they are one.
    stages: specifications of the two models of a pipeline, in order; chain: these as entries, once looked up.
    """

    name: str
    adapter: str
    source: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    description: str = ""
    experimental: bool = False
    interpreter: str | None = None
    env: tuple[str, ...] = ()
    language: str | None = None
    languages: tuple[str, ...] = ()
    prompt: str | None = None
    max_new_tokens: int | None = None
    parameters: str = ""
    licence: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    hub: HubSource | None = None
    server: Server | None = None
    facts: CatalogFacts = field(default_factory=CatalogFacts)
    of: str = ""
    defined: str = ""
    stages: tuple[str, ...] = ()
    chain: tuple[ModelEntry, ...] = ()

    @property
    def parts(self) -> tuple[ModelEntry, ...]:
        """What is loaded for it: itself, or the models of a pipeline."""
        return self.chain or (self,)

    @property
    def hosted(self) -> bool:
        """Whether the model is run; if not, its answers were made elsewhere."""
        return self.adapter != TRANSCRIPTS

    @property
    def names(self) -> tuple[str, ...]:
        """What the model is called, the most exact name first: as written, without options, as it is defined."""
        head = self.name if self.stages else self.name.partition("[")[0]
        return tuple(dict.fromkeys((self.name, head, self.defined or head)))


def catalogue() -> dict[str, ModelEntry]:
    """The models that come with the package, by name."""
    return {name: read(name, table, CATALOG) for name, table in catalog.load(catalogue_text()).items()}


def catalogue_text() -> str:
    """The catalogue that comes with the package, as TOML."""
    return (bundled.folder("model_adapters") / "catalog.toml").read_text("utf-8")


def configured(project: Path, known: Mapping[str, ModelEntry]) -> dict[str, ModelEntry]:
    """The models that the project in this folder defines, in asrbench.toml or pyproject.toml; raises UsageError.

    Paths that begin with a dot are meant from the file's own folder. A table without an adapter changes what it names
    of the model of that name in `known`.
    """
    found: dict[str, ModelEntry] = {}
    for path in (project / name for name in CONFIG_FILES):
        found.update({name: read(name, table, path, known) for name, table in _tables(path).items()})
    return found


def read(
    name: str, table: Mapping[str, Any], where: Path | str, known: Mapping[str, ModelEntry] | None = None
) -> ModelEntry:
    """Check one model's table and make an entry of it; raises UsageError that begins with `where`."""
    whole = isinstance(table, Mapping) and not {"adapter", "stages"}.isdisjoint(table)
    base = (known or {}).get(name) if not whole else None
    lacks_adapter = UsageError(f'{where}: the model {name!r} needs at least adapter = "..."')
    if not isinstance(table, Mapping):
        raise lacks_adapter
    if any(character in name for character in ',[]"'):
        raise UsageError(f"{where}: the model {name!r} cannot be named so: commas, brackets and quotes mean something")
    keys = [one.name for one in fields(ModelEntry) if one.name not in ("name", "defined", "limits", "chain")]
    values = {key: value for key, value in table.items() if key in keys or not limits.is_short(key)}
    bounds = _limits(name, table, where, keys)
    for key, value in values.items():
        if key not in keys:
            raise UsageError(f"{where}: the model {name!r} has an unknown key {key!r}; {hint(key, keys)}")
        if key in _TABLES:
            values[key] = _TABLES[key](value, f"{where}: models.{name}.{key}")
            continue
        if key in _LISTS and isinstance(value, tuple):
            value = list(value)
        test, wanted = _KEYS[key]
        if not test(value):
            raise UsageError(f"{where}: {key} of the model {name!r} is {reprlib.repr(value)}; it should be {wanted}")
        values[key] = tuple(value) if key in _LISTS else value
    if "stages" in values:
        values = {"adapter": PIPELINE, **values}
    if base is None and "adapter" not in values:  # only now: the key may be misspelt
        raise lacks_adapter
    if "server" in values and str(values.get("source", "")).startswith(("http://", "https://")):
        raise UsageError(f"{where}: the source of the model {name!r} is an address; {_SERVES}")
    if "language" in values:
        values["language"] = _language(values["language"], f"{where}: language of the model {name!r}")
    refuse_secrets({"source": values.get("source"), **values.get("options", {})}, f"{where}: the model {name!r}")
    values["limits"] = bounds if base is None else {**base.limits, **bounds}
    return ModelEntry(**{**values, "name": name}) if base is None else replace(base, **values)


_SERVES = 'as its server is started, that stands in the server\'s table, url = "http://127.0.0.1:{port}/..."'


def _limits(name: str, table: Mapping[str, Any], where: Path | str, keys: Sequence[str]) -> dict[str, float]:
    """The limits of a model's table, `max_wer` and the like."""
    found = {key: value for key, value in table.items() if key not in keys and limits.is_short(key)}
    known = limits.short_forms() if found else ()
    for key, value in found.items():
        if key not in known:
            raise UsageError(f"{where}: the model {name!r} has an unknown key {key!r}; {hint(key, [*keys, *known])}")
        if not is_rate(value):
            raise UsageError(
                f"{where}: {key} of the model {name!r} is {reprlib.repr(value)}; it should be a number such as 0.1"
            )
    return found


def _language(given: str, origin: str) -> str | None:
    try:
        return resolve(given)
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from None


# What may be said of a model: a test, and the words for what it wants. Three tables have a schema of their own.
_TABLES: Mapping[str, Callable[[Any, str], Any]] = {
    "hub": catalog.hub,
    "facts": catalog.facts,
    "server": servers.read,
}
_LISTS = ("aliases", "languages", "env", "stages")
_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("adapter", "source", "interpreter", "language"), (is_text, "a string")),
    **dict.fromkeys(
        ("description", "prompt", "parameters", "licence", "of"), (lambda v: isinstance(v, str), "a string")
    ),
    **dict.fromkeys(_LISTS, (is_texts, "a list of strings")),
    "options": (lambda v: isinstance(v, Mapping), "a table"),
    "experimental": (lambda v: isinstance(v, bool), "true or false"),
    "max_new_tokens": (lambda v: is_whole(v) and v > 0, "a whole number above 0"),
}


def _tables(path: Path) -> Mapping[str, Any]:
    """The tables of models in a configuration file, their sources as they are meant from it."""
    found = tables(path, "models")
    for table in found.values():
        source = table.get("source") if isinstance(table, dict) else None
        if isinstance(source, str) and source.startswith("."):
            table["source"] = str(path.parent / source)
    return found
