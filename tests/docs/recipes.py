"""Reads the recipes out of a Markdown file: which files a reader makes, what is typed, and what is said to appear.

A recipe stands between `<!-- recipe: NAME -->` and `<!-- end -->`, which no reader sees. Within it,
- a fenced block right after a line that ends in "`path`:" is the content of that file;
- in a block of the language "console", a line that begins with "$ " is typed, and those below it are its output.

In output, "..." stands for anything, a line that is nothing else for any number of lines, and figures that differ
from machine to machine (decimals without a per cent sign, and what stands before "k of n") for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_RECIPE = re.compile(r"<!-- recipe: (?P<name>[\w-]+) -->\n(?P<body>.*?)\n<!-- end -->", re.DOTALL)
_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE_NAME = re.compile(r"`(?P<path>[\w./-]+)`:\s*\Z")
_DECIMAL = re.compile(r"(?<![\w.+])\d+\.\d+(?:e[-+]\d+)?(?! %|\.?\d)s?")
# Figures of a table before "k of n", also those that are whole by chance.
_WHOLE = re.compile(r"(?<=[%#-] )(?:[\d#]+ )+(?=\d+ of \d+$)")


@dataclass(frozen=True, slots=True)
class File:
    """A file that the reader writes."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line that the reader types, and the lines that appear."""

    line: str
    output: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """What pytest's exit code must be after such an output."""
        if any(line.startswith("ERROR: ") for line in self.output[:1]):
            return 4
        return int(any(re.search(r"\d+ (failed|error)", line) for line in self.output))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a reader does, in order."""

    source: str
    name: str
    steps: tuple[File | Command, ...]


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield language, content and the text before each fenced block."""
    for match in _BLOCK.finditer(text):
        yield match["language"], match["text"], text[: match.start()]


def recipes(document: Path) -> list[Recipe]:
    """Return the recipes of a document."""
    text = document.read_text("utf-8")
    return [Recipe(document.name, m["name"], tuple(_steps(m["body"]))) for m in _RECIPE.finditer(text)]


def outside(document: Path) -> str:
    """Return the document without its recipes."""
    return _RECIPE.sub("", document.read_text("utf-8"))


def _steps(body: str) -> Iterator[File | Command]:
    for language, text, before in blocks(body):
        name = _FILE_NAME.search(before)
        if language == "console":
            yield from _commands(text)
        elif name is not None:
            yield File(name["path"], text)
        else:
            raise ValueError(f"a block of {language} in a recipe has no file name before it: {text[:60]!r}")


def _commands(text: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *output = part.rstrip("\n").split("\n")
        yield Command(line, tuple(output))


def missing(expected: tuple[str, ...], output: str) -> str | None:
    """Return the first expected line that does not come, in its turn, in `output`; None if all do."""
    lines = iter([plain(line) for line in output.splitlines()])
    for line in expected:
        if line.strip() in ("", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in plain(line).split("...")))
        if not any(pattern.fullmatch(found) for found in lines):
            return line
    return None


def plain(line: str) -> str:
    """A line with single blanks, without rules of repeated signs, and with # for what a machine makes of it."""
    words = " ".join(re.sub(r"([=\-_─])\1{2,}", " ", line).split())
    return _WHOLE.sub(lambda figures: "# " * figures[0].count(" "), _DECIMAL.sub("#", words))
