"""Corpora made on the spot: folders, manifests and descriptions, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.errors import CorpusError


def pair(folder: Path, name: str, text: str | bytes = "some words") -> None:
    """A recording (empty: listing opens none) and its transcript."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.with_suffix(".txt").write_bytes(text.encode() if isinstance(text, str) else text)


def line(audio_filepath: Any = "a.wav", text: Any = "some words", **more: Any) -> str:
    """A line of a manifest."""
    return json.dumps({"audio_filepath": audio_filepath, "text": text, **more})


def manifest(folder: Path, *lines: str | bytes, ends: bytes = b"\n") -> Path:
    """A manifest of these lines."""
    path = folder / "manifest.jsonl"
    path.write_bytes(ends.join(part.encode() if isinstance(part, str) else part for part in lines) + ends)
    return path


def described(folder: Path, text: str) -> Path:
    """A folder with two clips and this corpus.toml."""
    for name in ("a.wav", "b.wav"):
        pair(folder, name)
    (folder / "corpus.toml").write_text(text, encoding="utf-8")
    return folder


def by_id(loaded: Corpus) -> dict[str, Snippet]:
    """The snippets by id; no id is there twice."""
    found = {snippet.id: snippet for snippet in loaded.snippets}
    assert len(found) == len(loaded.snippets)
    return found


def problems(loaded: Corpus) -> dict[str, str]:
    """What is wrong with which snippet."""
    return {snippet.id: snippet.problem for snippet in loaded.snippets if snippet.problem}


def complaint(where: Path) -> str:
    """The sentence with which a corpus is refused as a whole."""
    with pytest.raises(CorpusError) as caught:
        loading.load(where)
    message = str(caught.value)
    assert "\n" not in message
    return message
