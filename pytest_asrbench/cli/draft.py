"""`pytest-asrbench draft MODEL FOLDER`: transcripts to start from, for recordings that have none."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_asrbench.adapter import AdapterInfo, Decoding
from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.listing.pairs import DRAFT
from pytest_asrbench.corpus.loading import Corpus, Snippet
from pytest_asrbench.engine.hosting import Policy
from pytest_asrbench.engine.local import LocalEngine
from pytest_asrbench.engine.planning import Conduct, Planner
from pytest_asrbench.engine.protocol import Job, Silent
from pytest_asrbench.engine.setup import Setup
from pytest_asrbench.errors import AsrBenchError, UsageError
from pytest_asrbench.metrics import normalizers, words
from pytest_asrbench.models import runtimes
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.interpreters import Interpreters
from pytest_asrbench.models.registry import Registry
from pytest_asrbench.records import Case, Measurement
from pytest_asrbench.support import configuration, languages
from pytest_asrbench.support.plain import printable

LONGEST = 2_000  # characters of a line that is printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("model", metavar="MODEL", help="who writes the drafts, as --asr-models takes it")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a folder of recordings")
    parser.add_argument("--against", metavar="MODEL", help="another model: words that it hears otherwise are doubtful")
    parser.add_argument("--language", metavar="CODE", help="what is spoken; else the model finds out")
    parser.add_argument("--device", metavar="DEVICE", default="auto", help="default: %(default)s")
    parser.add_argument("--dtype", metavar="DTYPE", default="auto", help="default: %(default)s")
    parser.add_argument("--download", action="store_true", help="download the weights that are not on this machine")


def run(arguments: argparse.Namespace) -> int:
    """Write a draft beside each recording that has neither transcript nor draft; 1 if any could not be made."""
    language = languages.resolve(arguments.language) if arguments.language else None
    registry = Registry(Path.cwd())
    asked = [registry.resolve(spec) for spec in (arguments.model, arguments.against) if spec]
    corpus = _corpus(arguments.folder)
    waiting = list(_waiting(corpus, language))
    if not waiting:
        print(f"{arguments.folder}: every recording has a transcript or a draft")
        return 0
    conduct = Conduct(arguments.device, arguments.dtype, (str(Path.cwd()),), download=arguments.download)
    with tempfile.TemporaryDirectory() as logs:
        engine = LocalEngine(Setup(_planner(registry, conduct, Path(logs)), Policy(warmup=0), Silent()))
        heard = [_heard(engine, entry, corpus, waiting) for entry in asked]
    drafts = [_Draft(one, *(answers[one.id] for answers in heard)) for one in waiting]
    written = [one for one in drafts if one.write()]
    for draft in drafts:
        print(printable(draft.told(), LONGEST))
    _sum_up(written, arguments.folder, compared=len(asked) > 1)
    return int(len(written) < len(drafts))


@dataclass(slots=True)
class _Draft:
    """What became of one recording: the answer, and another model's, if one was asked."""

    snippet: Snippet
    answer: Measurement
    other: Measurement | None = None

    @property
    def path(self) -> Path:
        """Where the draft goes."""
        assert self.snippet.audio is not None
        return self.snippet.audio.with_suffix(DRAFT)

    @property
    def text(self) -> str:
        """What is in it."""
        return " ".join((self.answer.transcript or "").split())

    def write(self) -> bool:
        """Write it, if there are words, and nothing stands there; return whether it was."""
        if not self.text:
            return False
        try:
            with self.path.open("x", encoding="utf-8") as file:
                file.write(f"{self.text}\n")
        except OSError as error:
            self.answer.transcript, self.answer.error = None, f"{self.path} cannot be written ({error.strerror})"
            return False
        return True

    def told(self) -> str:
        """One line: the draft with what is doubtful in it, or why there is none."""
        if self.answer.error:
            return f"{self.snippet.audio}: no draft: {self.answer.error}"
        if not self.text:
            return f"{self.snippet.audio}: no draft: nothing was heard; if it holds no speech, say so in corpus.toml"
        return f"{self.path}: {self._doubts()}"

    def _doubts(self) -> str:
        if self.other is None:
            return self.text
        if self.other.transcript is None:
            return f"{self.text} (not compared: {self.other.error})"
        rules = normalizers.load("verbatim")
        mine, others = (rules.apply(text, self.snippet.language) for text in (self.text, self.other.transcript))
        doubtful = words.aligned(mine, others).errors
        return f"{doubtful} doubtful: {words.diff(mine, others)}" if doubtful else f"both heard: {self.text}"


def _corpus(folder: Path) -> Corpus:
    """What lies in a folder; raises CorpusError, UsageError."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name one of recordings")
    return loading.load(folder)


def _waiting(corpus: Corpus, language: str | None) -> Iterator[Snippet]:
    """The recordings of speech that have neither a transcript nor a draft, each with its language."""
    for snippet in corpus.snippets:
        has_text = snippet.nonspeech or snippet.text is not None or snippet.transcript is not None
        if snippet.audio is not None and not has_text and not snippet.audio.with_suffix(DRAFT).exists():
            yield replace(snippet, problem=None, language=language or snippet.language or corpus.language)


def _planner(registry: Registry, conduct: Conduct, logs: Path) -> Planner:
    def info(adapter: str) -> AdapterInfo | None:
        said = runtimes.infos({adapter: registry.adapter(adapter)}, conduct.paths)[adapter]
        return said if isinstance(said, AdapterInfo) else None

    project = Path.cwd()
    pythons = Interpreters(configuration.interpreters(project), project, info)
    return Planner(project, conduct, registry, pythons, lambda: logs)


def _heard(
    engine: LocalEngine, entry: ModelEntry, corpus: Corpus, waiting: Sequence[Snippet]
) -> Mapping[str, Measurement]:
    """What a model answers to each recording, by id."""
    decoding = Decoding(max_new_tokens=entry.max_new_tokens)
    cases = [(Case(entry.name, corpus.name, one.id), one) for one in waiting]
    jobs = [Job(case, entry, one, decoding, one.language or entry.language, entry.prompt) for case, one in cases]
    engine.submit(jobs)
    found = {}
    try:
        for number, job in enumerate(jobs, 1):
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[K{entry.name}: {number} of {len(jobs)}")
            found[job.case.snippet] = engine.result(job.case)
    finally:
        engine.close()
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
    return found


def _sum_up(written: Sequence[_Draft], folder: Path, *, compared: bool) -> None:
    if not written:
        raise AsrBenchError(f"no draft was written below {folder}: the lines above say why")
    doubts = " The model to compare with heard [-this-] {+otherwise+}." if compared else ""
    advice = f"Listen, correct NAME{DRAFT}, and rename it to NAME.txt: until then it is no reference"
    print(f"{len(written)} draft{'s' * (len(written) != 1)} written.{doubts} {advice}")
