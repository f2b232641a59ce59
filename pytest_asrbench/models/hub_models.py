"""Which speech models a hub has: what its API says of each, and the columns that are made of that.

Without a hub the catalogue stands in its place: what it knows of its own repositories, and nothing of how often they
are downloaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pytest_asrbench.errors import MissingDependencyError, WeightsError
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.hub import PUBLIC, patiently
from pytest_asrbench.models.hub_errors import Attempt, explain
from pytest_asrbench.models.licences import restriction

TASKS = ("automatic-speech-recognition", "audio-text-to-text", "any-to-any")
_EXPAND = (
    *("author", "cardData", "createdAt", "downloads", "gated", "gguf", "lastModified", "library_name", "likes"),
    *("pipeline_tag", "safetensors", "sha", "tags"),
)
_LICENCE = "license:"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Models as they were found: raw, what was said of each; rows, the columns that are made of it; where, by whom."""

    where: str
    raw: Sequence[Row]
    rows: Sequence[Row]


def of_hub(known: Iterable[ModelEntry], limit: int) -> Listing:
    """Ask the hub that HF_ENDPOINT names for the most downloaded models of each task, `limit` of each at most.

    Raises WeightsError with one sentence, or MissingDependencyError without huggingface_hub.
    """
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingDependencyError(
            'a list of models takes huggingface_hub: pip install "pytest-asrbench[hub]", or add --offline'
        ) from error
    endpoint = os.environ.get("HF_ENDPOINT", PUBLIC).rstrip("/")
    api = huggingface_hub.HfApi(endpoint=endpoint)
    found: dict[str, Row] = {}
    try:
        for task in TASKS:
            every = partial(_all, api, pipeline_tag=task, sort="downloads", limit=limit, expand=list(_EXPAND))
            for info in patiently(every):
                found.setdefault(info.id, {**_plain(vars(info)), "listed_as": task})
    except Exception as error:
        why = explain(error, Attempt("the list of models", endpoint))
        raise WeightsError(f"{why} With --offline the catalogue itself is exported.") from error
    return Listing(endpoint, list(found.values()), _rows(found.values(), known))


def _all(api: Any, **asked: Any) -> list[Any]:
    """Every page of a listing; the library asks for the next one when the last is read."""
    return list(api.list_models(**asked))


def of_catalogue(known: Iterable[ModelEntry], version: str) -> Listing:
    """What the catalogue itself says of the repositories that it names, in the same columns."""
    found: dict[str, dict[str, Any]] = {}
    for entry in known:
        if entry.hub is None:
            continue
        parameters, licence = entry.facts.parameters, entry.licence
        one = {"id": entry.hub.repo, "parameters": parameters, "licence": licence, "revision": entry.hub.revision}
        found.setdefault(entry.hub.repo, one)
    return Listing(f"the catalogue of pytest-asrbench {version}", list(found.values()), _rows(found.values(), known))


def _rows(found: Iterable[Row], known: Iterable[ModelEntry]) -> list[Row]:
    """The columns, the most downloaded first."""
    names: dict[str, list[str]] = {}
    for entry in known:
        if entry.hub is not None:
            names.setdefault(entry.hub.repo, []).append(entry.name)
    return sorted((_row(one, names) for one in found), key=lambda row: (-(row["downloads"] or 0), row["repo"]))


def _row(one: Row, names: Mapping[str, Sequence[str]]) -> Row:
    licence = one["licence"] if "licence" in one else _licence(one)
    return {
        "repo": one["id"],
        "task": one.get("pipeline_tag") or one.get("listed_as") or "",
        "parameters": one["parameters"] if "parameters" in one else _parameters(one),
        "licence": licence,
        "restriction": restriction(licence),
        "downloads": one.get("downloads"),
        "likes": one.get("likes"),
        "created": one.get("created_at"),
        "modified": one.get("last_modified"),
        "gated": bool(one.get("gated")),
        "library": one.get("library_name") or "",
        "in_catalogue": " ".join(names.get(one["id"], ())),
    }


def _parameters(one: Row) -> int | None:
    """The number of weights, by the headers of the files; None where the hub has not read any."""
    for name in ("safetensors", "gguf"):
        table = one.get(name)
        total = table.get("total") if isinstance(table, Mapping) else None
        if type(total) is int and total > 0:
            return total
    return None


def _licence(one: Row) -> str:
    """By the tag that the hub makes of the card; by the name that the card gives where that is "other"."""
    tags = one.get("tags") or ()
    found = next((str(tag)[len(_LICENCE) :] for tag in tags if str(tag).startswith(_LICENCE)), "")
    card = one.get("card_data")
    own = card.get("license_name") if isinstance(card, Mapping) else None
    return str(own) if found in ("", "other") and own else found


def _plain(value: Any) -> Any:
    """What the library has made of an answer, as JSON has it; what is empty is left out of objects."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _plain(vars(value)) if hasattr(value, "__dict__") else value
