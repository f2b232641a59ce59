"""Lines of text files that tell of utterances, one at a time, with where each stands."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from pytest_asrbench.corpus.decoding.content import foreign, require_regular
from pytest_asrbench.errors import CorpusError

_HEAD = 512


def lines(path: Path) -> Iterator[tuple[str, str | CorpusError]]:
    """Yield where each line that is not blank stands, and what it is, or why it cannot be read.

    Raises CorpusError for a file that cannot be read as a whole.
    """
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"{path}, line {number}", not_utf8(line) or line.rstrip("\r\n")


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a text in UTF-8 for a reader that minds line ends itself; bytes that are none come as surrogates.

    Raises CorpusError for what is no such file.
    """
    try:
        require_regular(path)
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise CorpusError(f"{path} is UTF-16. Convert it: iconv -f UTF-16 -t UTF-8")
        if (what := foreign(head)) is not None:
            raise CorpusError(f"{path} is no text: {what}")
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            yield text
    except csv.Error as error:
        raise CorpusError(f"{path} is no table that can be read ({error}): correct it, or export it again") from None
    except OSError as error:
        raise CorpusError(f"{path} cannot be read ({error.strerror}): put the file there") from error


def not_utf8(text: Any) -> CorpusError | None:
    """The error for a text that `opened` could not read as UTF-8."""
    try:
        str(text).encode()
    except UnicodeEncodeError:
        return CorpusError(
            "not UTF-8; save the file as UTF-8, if it comes from Windows: iconv -f WINDOWS-1252 -t UTF-8"
        )
    return None
