"""What a `corpus.toml` says: texts, limits, and overrides of single snippets."""

from __future__ import annotations

import difflib
import reprlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pytest_asrbench.corpus.decoding.content import require_regular
from pytest_asrbench.corpus.listing.lazy import Listing
from pytest_asrbench.corpus.recording import EncodedRecording
from pytest_asrbench.corpus.snippet import Snippet, checked_facts, checked_language, decode_text
from pytest_asrbench.errors import CorpusError
from pytest_asrbench.gates import limits
from pytest_asrbench.support.checks import is_number, is_text, is_texts

_OVERRIDES = ("language", "speaker", "nonspeech", "empty", "channel", "tags", "max_wer")
PLACES = ("manifest", "source")  # the file to read, and the source that reads it
TEXTS = ("name", "version", "description", "licence", "language", "normalizer")


class DescriptionError(CorpusError):
    """Something in a corpus.toml, which the caller names."""


def read(path: Path) -> dict[str, Any]:
    """Return what a corpus.toml says; raises CorpusError, DescriptionError for a key or value that makes no sense."""
    facts = _parsed(path)
    _check(facts)
    if "language" in facts:
        facts["language"] = _language(facts["language"])
    return facts


def _language(given: str) -> str | None:
    try:
        return checked_language(given)
    except CorpusError as error:
        raise DescriptionError(str(error)) from None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        require_regular(path)
        text = decode_text(path.read_bytes(), str(path))
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): mend its permissions") from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path} is no valid TOML ({error}): correct it") from None


def _check(facts: Mapping[str, Any]) -> None:
    _known_keys(facts, (*TEXTS, *PLACES, "nonspeech", "ignore", "limits", "snippets"))
    for key in (*TEXTS, *PLACES):
        if key in facts and not is_text(facts[key]):
            raise DescriptionError(f"{key} is {reprlib.repr(facts[key])}; it should be a string")
    for key, wanted in (("nonspeech", "ids or patterns"), ("ignore", "paths or patterns, relative to the folder")):
        if not is_texts(facts.get(key, [])):
            raise DescriptionError(f"{key} is {reprlib.repr(facts[key])}; it should be a list of {wanted}")
    for key in ("limits", "snippets"):
        if not isinstance(facts.get(key, {}), dict):
            raise DescriptionError(f"{key} is {reprlib.repr(facts[key])}; it should be a table, [{key}]")
    if "limits" in facts:
        _known_keys(facts["limits"], limits.short_forms())
    for key, value in facts.get("limits", {}).items():
        if not is_number(value) or value < 0:
            raise DescriptionError(f"the limit {key} is {reprlib.repr(value)}; it should be a number such as 0.1")


def overridden(snippets: Listing, facts: Mapping[str, Any]) -> Iterator[Snippet]:
    """Apply `nonspeech` and the table `snippets` to the snippets they name."""
    overrides: Mapping[str, Any] = facts.get("snippets", {})
    patterns: list[str] = facts.get("nonspeech", [])
    if not any(snippet.problem for snippet in snippets):  # else the one that is meant may be the one that is broken
        _check_names(snippets.ids, overrides, patterns)
    for snippet in snippets:
        nonspeech = snippet.nonspeech or any(fnmatchcase(snippet.id, pattern) for pattern in patterns)
        values: dict[str, Any] = {"nonspeech": nonspeech}
        if snippet.id in overrides:
            values |= _override(snippet, overrides[snippet.id])
        yield replace(snippet, **values)


def _check_names(ids: Sequence[str], overrides: Iterable[str], patterns: Iterable[str]) -> None:
    for name in overrides:
        if name not in ids:
            raise DescriptionError(f"[snippets] names {name!r}, which the corpus does not hold{_close(name, ids)}")
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in ids):
            raise DescriptionError(f"nonspeech names {pattern!r}, which matches no snippet{_close(pattern, ids)}")


def _override(snippet: Snippet, values: Any) -> dict[str, Any]:
    name = snippet.id
    if not isinstance(values, dict):
        raise DescriptionError(f'snippets."{name}" is {reprlib.repr(values)}; it should be a table')
    _known_keys(values, _OVERRIDES)
    try:
        facts = checked_facts(values)
    except CorpusError as error:
        raise DescriptionError(f'snippets."{name}": {error}') from None
    if "channel" in facts and isinstance(snippet.recording, EncodedRecording):
        facts["recording"] = replace(snippet.recording, channel=facts["channel"])
    return {key: value for key, value in facts.items() if key != "channel"}


def _known_keys(given: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            raise DescriptionError(f"unknown key {key!r}{_close(key, known) or '; known are ' + ', '.join(known)}")


def _close(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""
