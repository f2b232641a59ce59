"""Tasks of a project's own: another prompt and another reference, through tables, files, limits, baselines and page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bench import Bench, sentence, text

PROMPT = "Write down what is meant."
TIDY = f"""
[tasks.tidy]
version = "1"
prompt = "{PROMPT}"
reference = "clean"
metrics = ["wer"]
decoding = {{ max_new_tokens = 50 }}
"""


@pytest.fixture
def tidy(bench: Bench) -> str:
    """The task `tidy` in a project with tidied references, and a model that makes one error in eighteen words of it."""
    for number in range(3):
        (bench.path / "clips" / f"c{number}.clean.txt").write_text(f"clip number {number} it is here", "utf-8")
    bench.model_table(TIDY)
    clips = {number: {"instructed": f"clip number {number} it is here"} for number in range(3)}
    clips[2]["instructed"] = "clip number 2 it is there"
    spec = bench.script(clips=clips)
    bench.model("mine", spec)
    return spec


def test_both_tasks_side_by_side(bench: Bench, tidy: str) -> None:
    result = bench.run("--asr-models=mine", "--asr-task=transcribe,tidy", "--asr-max-wer=1%", "-v")
    result.assert_outcomes(passed=7, failed=1)
    shown = text(result)
    for case in ("mine-clips/c0]", "mine-clips/c0-tidy]"):
        assert f"asrbench::test_snippet[{case} PASSED WER 0.0%" in shown
    assert "asrbench::test_corpus[mine-clips] PASSED" in shown
    assert "asrbench::test_corpus[mine-clips-tidy] FAILED" in shown
    assert "WER 5.56 % of mine on clips-tidy exceeds the limit of 1.00 %" in shown
    assert "task transcribe, tidy" in shown
    rows = bench.rows()
    assert [row["Task"] for row in rows] == ["transcribe"] * 3 + ["tidy"] * 3
    assert {row["Corpus"] for row in rows} == {"clips"}
    assert (rows[0]["Reference"], rows[3]["Reference"]) == (sentence(0), "clip number 0 it is here")
    assert rows[3]["Transcript"] == "clip number 0 it is here"
    told = {row["Task"]: (row["Task_Version"], row["Prompt"], row["Decoding"]) for row in rows}
    assert told == {"transcribe": ("1", "", ""), "tidy": ("1", PROMPT, "max_new_tokens=50")}
    results = bench.results()
    assert [(one["corpus"], one["task"], one["measured"]) for one in results["totals"]] == [
        ("clips", "transcribe", 3),
        ("clips", "tidy", 3),
    ]
    assert [(one["corpus"], one["task"]) for one in results["breaches"]] == [("clips", "tidy")]
    assert {one["corpus"] for one in results["findings"]["intervals"]} == {"clips", "clips-tidy"}
    asked = results["outcomes"][3]
    assert (asked["prompt"], asked["decoding"], asked["task_version"]) == (PROMPT, {"max_new_tokens": 50}, "1")
    assert len(asked["prompt_digest"]) == 16
    assert results["run"]["settings"]["tasks"]["tidy"]["reference"] == "clean"
    page = (bench.path / "reports" / "report.html").read_text("utf-8")
    assert "task tidy" in page


def test_one_task_alone_has_its_name_on_the_page_and_in_the_header(bench: Bench, tidy: str) -> None:
    result = bench.run("--asr-models=mine", "--asr-task=tidy")
    result.assert_outcomes(passed=4)
    assert "3 snippets (clips), task tidy, device" in text(result)
    assert "clips-tidy" in text(result)
    assert "task tidy" in (bench.path / "reports" / "report.html").read_text("utf-8")
    assert [row["WER"] for row in bench.rows()][:2] == ["0.0", "0.0"]


def test_ids_and_figures_of_the_default_are_as_they_were(bench: Bench) -> None:
    result = bench.run(f"--asr-models={bench.script()}", "--asr-task=transcribe", "-v")
    assert "asrbench::test_snippet[stub:./good.json-clips/c0] PASSED" in text(result)
    assert "asrbench::test_corpus[stub:./good.json-clips] PASSED" in text(result)
    assert "task" not in next(line for line in result.outlines if line.startswith("asrbench "))


def test_a_missing_reference_costs_its_case_alone(bench: Bench, tidy: str) -> None:
    (bench.path / "clips" / "c1.clean.txt").unlink()
    result = bench.run("--asr-models=mine", "--asr-task=transcribe,tidy")
    result.assert_outcomes(passed=6, errors=1, failed=1)  # a corpus that is not whole fails, as ever
    errors = {(row["Task"], row["Snippet"]): row["Error"] for row in bench.rows() if row["Error"]}
    assert list(errors) == [("tidy", "c1")]
    (error,) = errors.values()
    assert "there is no reference 'clean', which the task needs: write it into c1.clean.txt" in error
    assert next(row["Fault"] for row in bench.rows() if row["Error"]) == "input"


def test_a_model_that_follows_no_prompt_is_skipped_with_a_sentence(bench: Bench, tidy: str) -> None:
    bench.pytester.makepyfile(
        plain="""
        from dataclasses import replace
        from pytest_asrbench.model_adapters.stub import Stub

        class Plain(Stub):
            info = replace(Stub.info, tasks=("transcribe",), follows=())
        """
    )
    bench.model_table('[models.plain]\nadapter = "plain:Plain"\nsource = "./good.json"\n')
    result = bench.run("--asr-models=plain", "--asr-task=transcribe,tidy", "-rs")
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["skipped"]) == (4, 4)
    reason = "it cannot be asked to do what a prompt says, only to transcribe"
    assert text(result).count(f"plain on clips-tidy: 3 of 3 skipped, {reason}: neither errors nor a score") == 1
    assert "plain: it cannot be asked to do what a prompt says, only to transcribe" in text(result)
    assert {row["Fault"] for row in bench.rows() if row["Task"] == "tidy"} == {"unsuited"}


def test_nothing_is_loaded_of_a_model_that_is_never_asked(bench: Bench, tidy: str) -> None:
    (bench.path / "ggml.bin").write_bytes(b"no weights")
    models = "whisper-cpp:./ggml.bin"
    result = bench.run(f"--asr-models={models}", "--asr-task=tidy", "-rs")
    assert result.parseoutcomes() == {"skipped": 4}
    assert {row["Fault"] for row in bench.rows()} == {"unsuited"}
    assert f"{models}: it cannot be asked to do what a prompt says, only to transcribe or translate" in text(result)
    bench.run(f"--asr-models={models}", "--asr-task=transcribe", "-k", "c0").assert_outcomes(errors=1)


def test_a_task_of_another_package_is_found_by_its_entry_point(
    bench: Bench, tidy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, facts = tmp_path / "our_tasks", tmp_path / "our_tasks-1.0.dist-info"
    for folder in (package, facts):
        folder.mkdir()
    (package / "__init__.py").touch()
    (package / "shout.toml").write_text('version = "7"\nprompt = "In capitals."\nreference = "clean"\n', "utf-8")
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: our-tasks\nVersion: 1.0\n", "utf-8")
    (facts / "entry_points.txt").write_text(
        "[pytest_asrbench.tasks]\nshout = our_tasks:shout.toml\ngone = our_tasks:gone.toml\n", "utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    bench.run("--asr-models=mine", "--asr-task=shout", "-k", "c0").assert_outcomes(passed=1)
    (row,) = bench.rows()
    assert (row["Task"], row["Task_Version"], row["Prompt"]) == ("shout", "7", "In capitals.")
    result = bench.run("--asr-models=mine", "--asr-task=gone")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "the task gone of our_tasks:gone.toml cannot be read" in text(result)


def test_a_projects_own_test_knows_its_task(bench: Bench, tidy: str) -> None:
    bench.pytester.makepyfile(
        test_mine="""
        def test_case(asr_task, asr_snippet, asr_outcome):
            assert asr_outcome.task == asr_task.name == "tidy"
            assert asr_outcome.reference == asr_snippet.references[asr_task.reference]

        def test_by_hand(asr_model, asr_corpus, asr_transcribe):
            for snippet in asr_corpus.snippets:
                assert asr_transcribe(asr_corpus, snippet).task == "tidy"
        """
    )
    bench.run("--asr-models=mine", "--asr-task=tidy", "test_mine.py").assert_outcomes(passed=4)


def test_a_wrong_task_or_metric_ends_the_session_before_any_work(bench: Bench, tidy: str) -> None:
    result = bench.run("--asr-models=mine", "--asr-task=tidi")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown task 'tidi'; did you mean 'tidy'?" in text(result)
    bench.model_table('[tasks.odd]\nmetrics = ["were"]\n')
    result = bench.run("--asr-models=mine", "--asr-task=odd")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "the task 'odd' has an unknown metric 'were'; did you mean 'wer'?" in text(result)


def edit(old: str, new: str) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        path = bench.path / "asrbench.toml"
        content = path.read_text("utf-8")
        assert old in content
        path.write_text(content.replace(old, new), "utf-8")

    return change


CHANGES: dict[str, Callable[[Bench], None]] = {
    "task version was 1, is 2": edit('version = "1"', 'version = "2"'),
    "the prompt differs": edit(PROMPT, "Leave the fillers out."),
    "max_new_tokens was 50, is 60": edit("max_new_tokens = 50", "max_new_tokens = 60"),
    "num_beams was not given, is 2": edit("max_new_tokens = 50 }", "max_new_tokens = 50, num_beams = 2 }"),
}


@pytest.mark.parametrize("reason", [*CHANGES, "language was not given, is de"])
def test_a_baseline_that_was_asked_otherwise_is_not_compared(bench: Bench, tidy: str, reason: str) -> None:
    command = ("--asr-models=mine", "--asr-task=tidy")
    bench.run(*command, "--benchmark-autosave").assert_outcomes(passed=4)
    gate = (*command, "--asr-compare-fail=wer:1pp")
    bench.run(*gate).assert_outcomes(passed=4)
    more: tuple[Any, ...] = ("--asr-language=de",) if reason not in CHANGES else ()
    if reason in CHANGES:
        CHANGES[reason](bench)
    result = bench.run(*gate, *more)
    result.assert_outcomes(passed=3, failed=1)
    assert reason in text(result)


def test_another_task_has_baselines_of_its_own(bench: Bench, tidy: str) -> None:
    bench.run("--asr-models=mine", "--benchmark-autosave").assert_outcomes(passed=4)
    result = bench.run("--asr-models=mine", "--asr-task=tidy", "--asr-compare-fail=wer:1pp")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "needs a saved run of mine on clips-tidy" in text(result)
    both = ("--asr-models=mine", "--asr-task=transcribe,tidy")
    bench.run(*both, "--benchmark-autosave").assert_outcomes(passed=8)
    bench.run(*both, "--asr-compare-fail=wer:1pp").assert_outcomes(passed=8)


def test_a_resumed_run_takes_what_was_asked_alike(bench: Bench, tidy: str) -> None:
    bench.pytester.makeconftest(
        """
        import pathlib
        import pytest

        def pytest_asrbench_outcome(outcome, config):
            if (outcome.snippet, outcome.task) == ("c1", "tidy") and pathlib.Path("stop").exists():
                pytest.exit("stopped")
        """
    )
    stop = Path(bench.path / "stop")
    stop.touch()
    command = ("--asr-models=mine", "--asr-task=transcribe,tidy")
    assert bench.run(*command).ret == pytest.ExitCode.INTERRUPTED
    for change in list(CHANGES.values())[:3]:
        change(bench)
        result = bench.run(*command, "--asr-resume")
        assert "resuming: 3 cases are taken" in text(result)
        assert "measured anew: 2 cases of mine (changed: " in text(result)
        assert "of the task" in text(result)
    stop.unlink()
    result = bench.run(*command, "--asr-resume")
    result.assert_outcomes(passed=8)
    assert "resuming: 5 cases are taken" in text(result)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty: write into it"), (b"caf\xe9", "is not UTF-8 (byte 3)"), (None, "is no file")],
)
def test_a_prompt_file_that_holds_none_ends_the_session_before_any_work(
    bench: Bench, content: bytes | None, words: str
) -> None:
    bench.model_table('[tasks.tidy]\nprompt_file = "prompts/tidy.txt"\nreference = "clean"\n')
    (bench.path / "prompts").mkdir()
    if content is not None:
        (bench.path / "prompts" / "tidy.txt").write_bytes(content)
    shown = text(bench.refused(f"--asr-models={bench.script()}", "--asr-task=tidy"))
    assert f"prompt_file of the task 'tidy', prompts/tidy.txt, {words}" in shown


def test_a_prompt_file_is_told_to_the_model_and_kept(bench: Bench, tidy: str) -> None:
    path = bench.path / "asrbench.toml"
    path.write_text(path.read_text("utf-8").replace(f'prompt = "{PROMPT}"', 'prompt_file = "tidy.txt"'), "utf-8")
    (bench.path / "tidy.txt").write_text(f"{PROMPT}\n", "utf-8")
    command = ("--asr-models=mine", "--asr-task=tidy")
    bench.run(*command, "--benchmark-autosave").assert_outcomes(passed=4)
    assert {row["Prompt"] for row in bench.rows()} == {PROMPT}
    (bench.path / "tidy.txt").write_text("Leave the fillers out.\n", "utf-8")
    result = bench.run(*command, "--asr-compare-fail=wer:1pp")
    result.assert_outcomes(passed=3, failed=1)
    assert "the prompt differs" in text(result)
