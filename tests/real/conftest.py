"""The sessions that the tests look into; each is run once, and only where real weights were asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.checkpoints.common import ROOT
from tests.real import sessions
from tests.real.models import SEVERAL, WAYS
from tests.real.sessions import Session
from tests.workers import cores_of_its_own

__all__ = ["cores_of_its_own"]

ASKED = "ASRBENCH_REAL_WEIGHTS"
# A short sentence in each of nine languages.
LANGUAGES = "leopard or aishell or u0016003"


@pytest.fixture(scope="session", autouse=True)
def _only_where_asked() -> None:
    if not os.environ.get(ASKED):
        pytest.skip(f"real weights (200 MB) are only loaded by `tox -e real`, or with {ASKED}=1")


@pytest.fixture(scope="session")
def ways() -> list[str]:
    """The ways whose libraries are installed."""
    return [name for name, way in WAYS.items() if way.there]


@pytest.fixture(scope="session")
def several(ways: list[str]) -> list[str]:
    """Those of them that are run on several languages."""
    return [name for name in ways if name in SEVERAL]


@pytest.fixture(scope="session")
def english(ways: list[str], tmp_path_factory: pytest.TempPathFactory) -> Session:
    """tiny.en on read, commanded and spontaneous English, and on sounds that are no speech."""
    corpora = ["--asr-corpus=quickstart", f"--asr-corpus={ROOT / 'corpora' / 'disfluent'}"]
    return sessions.run(tmp_path_factory.mktemp("english"), "tiny.en", ways, *corpora)


@pytest.fixture(scope="session")
def silent(ways: list[str], tmp_path_factory: pytest.TempPathFactory) -> Session:
    """tiny.en on sounds that are no speech, of which every word counts."""
    arguments = ["--asr-corpus=quickstart", "-k", "nonspeech", "--asr-normalizer=verbatim"]
    return sessions.run(tmp_path_factory.mktemp("silent"), "tiny.en", ways, *arguments)


@pytest.fixture(scope="session")
def told(several: list[str], tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Base on nine languages, each told."""
    return _multilingual(tmp_path_factory.mktemp("told"), several)


@pytest.fixture(scope="session")
def untold(several: list[str], tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The same without a word on the language."""
    return _multilingual(tmp_path_factory.mktemp("untold"), several, "--asr-language=auto")


def _multilingual(folder: Path, ways: list[str], *arguments: str) -> Session:
    corpus = f"--asr-corpus={ROOT / 'corpora' / 'multilingual'}"
    return sessions.run(folder, "base", ways, corpus, "-k", LANGUAGES, *arguments)
