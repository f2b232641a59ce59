"""One model, two prompts: what is said and what is meant, held against references by field, with limits on both."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import soundfile

from tests.checkpoints import cleanup
from tests.checkpoints.common import RATE

pytest.importorskip("torch")
pytest.importorskip("transformers")

FLUENT = {"mfa-thoughts", "meant-very-very"}
TASKS = """
[tasks.word-for-word]
prompt = {word_for_word}
reference = "verbatim"
normalizer = "verbatim"

[tasks.cleaned]
prompt = {cleaned}
reference = "clean"
normalizer = "cleanup"
metrics = ["removal", "content", "additions"]
"""
LIMITS = ("removal>=100%", "content>=100%", "additions<=0%")


@pytest.fixture
def project(pytester: pytest.Pytester, cleanup_checkpoint: Path) -> Path:
    """A folder of the clips with both references, and the model `two-ways`."""
    (pytester.path / "clips").mkdir()
    for one in cleanup.snippets():
        stem = pytester.path / "clips" / one.id
        soundfile.write(f"{stem}.wav", one.read(RATE, one.id).numpy(), RATE, subtype="FLOAT")
        Path(f"{stem}.txt").write_text(one.reference(), "utf-8")
        Path(f"{stem}.clean.txt").write_text(one.reference("clean"), "utf-8")
    source = cleanup_checkpoint.as_posix()
    path = pytester.path / "asrbench.toml"
    path.write_text(f'[models.two-ways]\nadapter = "transformers"\nsource = "{source}"\n', "utf-8")
    return pytester.path


def session(pytester: pytest.Pytester, *arguments: str) -> tuple[pytest.RunResult, list[dict[str, str]]]:
    result = pytester.runpytest_subprocess(
        "--asr-models=two-ways", "--asr-corpus=./clips", "--asr-device=cpu", "--asr-max-wer=0", *arguments
    )
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return result, list(csv.DictReader(file))


def prompts(project: Path, word_for_word: str, cleaned: str) -> None:
    """Define both tasks with these prompts, which hold quotation marks."""
    with (project / "asrbench.toml").open("a", encoding="utf-8") as file:
        file.write(TASKS.format(word_for_word=f"'''{word_for_word}'''", cleaned=f"'''{cleaned}'''"))


def test_each_prompt_gives_its_text_and_both_pass_in_one_session(pytester: pytest.Pytester, project: Path) -> None:
    prompts(project, cleanup.WORD_FOR_WORD, cleanup.CLEANED)
    result, rows = session(pytester, "--asr-task=word-for-word,cleanup")
    result.assert_outcomes(passed=2 * (len(cleanup.snippets()) + 1))
    said = {(row["Task"], row["Snippet"]): row["Transcript"] for row in rows}
    for one in cleanup.snippets():
        assert said["word-for-word", one.id] == one.reference()
        assert said["cleanup", one.id] == one.reference("clean")


def test_the_cleaned_text_passes_limits_on_what_is_removed_kept_and_made_up(
    pytester: pytest.Pytester, project: Path
) -> None:
    prompts(project, cleanup.WORD_FOR_WORD, cleanup.CLEANED)
    result, rows = session(pytester, "--asr-task=cleaned", *(f"--asr-limit={limit}" for limit in LIMITS))
    result.assert_outcomes(passed=len(cleanup.snippets()) + 1)
    assert {row["Removal"] for row in rows if row["Snippet"] not in FLUENT} == {"1.0"}


def test_with_the_prompts_swapped_what_is_disfluent_fails(pytester: pytest.Pytester, project: Path) -> None:
    prompts(project, cleanup.CLEANED, cleanup.WORD_FOR_WORD)
    result, rows = session(pytester, "--asr-task=word-for-word,cleaned")
    right = {(row["Task"], row["Snippet"]) for row in rows if float(row["WER"]) == 0}
    assert right == {(task, name) for task in ("word-for-word", "cleaned") for name in FLUENT}
    result.assert_outcomes(passed=2 * len(cleanup.snippets()), failed=2)
    for task in ("word-for-word", "cleaned"):
        result.stdout.fnmatch_lines([f"*of two-ways on clips-{task} exceeds the limit of 0.00 %*"])


def test_with_the_prompts_swapped_nothing_is_removed(pytester: pytest.Pytester, project: Path) -> None:
    prompts(project, cleanup.CLEANED, cleanup.WORD_FOR_WORD)
    result, rows = session(pytester, "--asr-task=cleaned", *(f"--asr-limit={limit}" for limit in LIMITS))
    result.assert_outcomes(passed=len(cleanup.snippets()), failed=1)
    result.stdout.fnmatch_lines(["*Removal 0.00 % of two-ways on clips-cleaned is below the limit of 100.00 %*"])
    assert {row["Content"] for row in rows} == {"1.0"}
