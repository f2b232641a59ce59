"""The language of a case in a session: who tells it, what the model is asked, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench import Bench, text

ECHO = """
from typing import ClassVar
from pytest_asrbench.adapter import AdapterInfo, Loaded, Transcript

class Echo:
    info: ClassVar[AdapterInfo] = AdapterInfo(runtime="echo")
    def __init__(self, source, options): pass
    def load(self, device, dtype): return Loaded()
    def transcribe(self, batch, decoding): return [Transcript(f"asked {one.language}") for one in batch]
    def close(self): pass
"""
UNTOLD = "asrbench language not told for 1 of 1 snippets"
DETECTION = "language not told: detection is part of the time"


@pytest.fixture
def echo(bench: Bench) -> Bench:
    """A project with one clip and a model that answers with the language that it was asked for."""
    bench.clips(1, folder="one")
    bench.pytester.makepyfile(echo=ECHO)
    bench.model_table('[models.echo]\nadapter = "echo:Echo"\n')
    return bench


def run(bench: Bench, *arguments: str) -> pytest.RunResult:
    """Run on the corpus of one clip."""
    return bench.run(*arguments, corpus="./one")


def asked(bench: Bench) -> tuple[str, str, str]:
    """What the model was asked for, and what the results say of it."""
    (row,) = bench.rows()
    return row["Transcript"], row["Language"], row["Language_Source"].lstrip("'")  # it looks like a formula


@pytest.mark.parametrize(
    ("corpus", "model", "arguments", "found"),
    [
        ("pt_BR", None, (), ("asked pt", "pt", "corpus")),
        ("German", "fr", (), ("asked de", "de", "corpus")),
        (None, "deu", (), ("asked de", "de", "model")),
        ("de", "fr", ("--asr-language=EN",), ("asked en", "en", "--asr-language")),
        ("de", None, ("--asr-language=auto",), ("asked None", "de", "corpus")),
        (None, None, ("-o", "asr_language=en-US"), ("asked en", "en", "ini asr_language")),
        (None, "sv", ("-o", "asr_language=en-US"), ("asked sv", "sv", "model")),
        (None, None, (), ("asked None", "", "script")),
    ],
)
def test_the_model_is_asked_in_one_code(
    echo: Bench, corpus: str | None, model: str | None, arguments: tuple[str, ...], found: tuple[str, str, str]
) -> None:
    if corpus is not None:
        (echo.path / "one" / "corpus.toml").write_text(f'language = "{corpus}"\n', "utf-8")
    if model is not None:
        echo.model_table(f'language = "{model}"\n')
    result = run(echo, "--asr-models=echo", *arguments)
    assert asked(echo) == found
    assert (UNTOLD in text(result)) is (found[0] == "asked None")


def test_a_snippet_has_a_language_of_its_own(echo: Bench) -> None:
    (echo.path / "one" / "corpus.toml").write_text('language = "de"\n[snippets.c0]\nlanguage = "Dutch"\n', "utf-8")
    run(echo, "--asr-models=echo")
    assert asked(echo) == ("asked nl", "nl", "snippet")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("option", "--asr-language: 'nonsense' is no language; write a code"),
        ("corpus", "corpus.toml: language: 'jp' is no language; did you mean 'ja'?"),
        ("model", "language of the model 'echo': 'Germna' is no language; did you mean 'de' (german)?"),
    ],
)
def test_what_is_no_language_ends_the_session_before_it_begins(echo: Bench, where: str, message: str) -> None:
    if where == "corpus":
        (echo.path / "one" / "corpus.toml").write_text('language = "jp"\n', "utf-8")
    if where == "model":
        echo.model_table('language = "Germna"\n')
    result = run(echo, "--asr-models=echo", *(["--asr-language=nonsense"] if where == "option" else []))
    assert message in text(result)
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def outcome(bench: Bench) -> Any:
    (found,) = bench.results()["outcomes"]
    return found


def test_what_a_model_has_heard_is_kept_and_its_time_is_remarked_on(bench: Bench) -> None:
    bench.clips(1, folder="one")
    spec = "stub[text=This is clip number 0 here,language=german]"
    run(bench, f"--asr-models={spec}", "--asr-sweeps=1")
    found = outcome(bench)
    assert (found["language"], found["language_source"], found["language_told"]) == ("de", "detected", None)
    assert found["remarks"] == [DETECTION]
    assert found["transcript_details"]["language"] == "german"  # in the sweep, too, it was not told
    (bench.path / "one" / "corpus.toml").write_text('language = "en"\n', "utf-8")
    run(bench, f"--asr-models={spec}")
    assert outcome(bench)["remarks"] == []
    run(bench, f"--asr-models={spec}", "--asr-language=auto")
    assert outcome(bench)["remarks"] == [DETECTION, "the model heard 'de', and the corpus says that it is 'en'"]


def test_a_limit_on_characters_from_everywhere(bench: Bench) -> None:
    bench.clips(1, folder="one")
    (bench.path / "one" / "c0.txt").write_text("今天天气很好。我们去公园。", "utf-8")
    said = "--asr-models=stub[text=今天天气很好我们去公园吧]"
    result = run(bench, said, "--asr-max-cer=20%")
    assert result.ret == 0
    assert "  CER  " in text(result)
    assert "without normalisation" not in text(result)
    for given in (["--asr-max-cer=5%"], ["-o", "asr_max_cer=5%"]):
        result = run(bench, said, *given)
        assert result.ret == 1
        assert "CER 9.09 % of stub[text=今天天气很好我们去公园吧] on one exceeds the limit of 5.00 %" in text(result)
    (bench.path / "one" / "corpus.toml").write_text("[limits]\nmax_cer = 0.05\n", "utf-8")
    assert "exceeds the limit of 5.00 % (corpus.toml of one)" in text(run(bench, said))
    assert run(bench, said, "--asr-max-cer=20%").ret == 0
