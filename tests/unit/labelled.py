"""Texts whose words people have labelled by hand, and the corpora that many of them are of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
KINDS = {"F": "filler", "R": "repetition", "P": "repair", "": "content"}


class Labelled(NamedTuple):
    """A text with the kind of each of its words, between blanks."""

    name: str
    language: str
    verbatim: str
    clean: str
    kinds: list[str]


class Clip(NamedTuple):
    """What a corpus has of a clip."""

    language: str
    verbatim: str
    clean: str


@cache
def clips() -> Mapping[str, Clip]:
    """The clips of our corpora that have a clean reference, by corpus and id."""
    found = {}
    for corpus in ("disfluent", "disfluent-synthetic"):
        for line in (ROOT / "corpora" / corpus / "manifest.jsonl").read_text("utf-8").splitlines():
            entry = json.loads(line)
            if "clean" in entry:
                found[f"{corpus}/{entry['id']}"] = Clip(entry["lang"], entry["text"], entry["clean"])
    return found


def labelled() -> Iterator[Labelled]:
    """Every text of the file."""
    lines = (ROOT / "tests" / "data" / "labelled_words.txt").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    for place, (name, text) in enumerate(rows):
        if not name:
            continue
        words = [word.rpartition("/") if word[-2:-1] == "/" else (word, "", "") for word in text.split()]
        said = " ".join(word for word, _, _ in words)
        clip = clips().get(name) or Clip(name, said, rows[place + 1][1])
        assert clip.verbatim == said, f"{name} was labelled with other words"
        yield Labelled(name, clip.language, said, clip.clean, [KINDS[kind] for _, _, kind in words])
