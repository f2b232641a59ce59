"""Recordings in an SQLite database: `calls:FILE`, with the table `calls` of the columns id, audio, words and agent."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pytest_asrbench.corpus.source import Corpus, EncodedRecording, Listing, Locator, Snippet
from pytest_asrbench.errors import CorpusError


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecording(EncodedRecording):
    """The audio of one call, in any format that a file may have."""

    database: Path
    call: int

    def source(self) -> BytesIO:
        with closing(sqlite3.connect(self.database)) as connection:
            (audio,) = connection.execute("select audio from calls where id = ?", [self.call]).fetchone()
        return BytesIO(audio)

    def version(self) -> str:
        return str(self.database.stat().st_mtime_ns)


def load(locator: Locator) -> Corpus:
    """Return the calls of a database, those of one agent if the option `agent` names one."""
    agent = locator.only("agent").get("agent", "%")
    if not locator.path.is_file():
        raise CorpusError(f"{locator.path} does not exist: name the database of the calls")
    return Corpus(locator.path.stem, Listing(_snippets(locator.path, agent)), language="en")


def _snippets(database: Path, agent: str) -> Iterator[Snippet]:
    with closing(sqlite3.connect(database)) as connection:
        for call, words, who in connection.execute("select id, words, agent from calls where agent like ?", [agent]):
            recording = CallRecording(Path(f"call-{call}"), database=database, call=call)
            yield Snippet(f"call-{call}", recording, text=words, speaker=who)
