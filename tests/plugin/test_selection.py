"""What runs where models are named: nobody's tests vanish because a configuration names some."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text


@pytest.fixture
def project(bench: Bench) -> Bench:
    """A project with tests of its own in `checks/`, which its configuration names, and one beside."""
    (bench.path / "checks").mkdir()
    (bench.path / "checks" / "test_unit.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    (bench.path / "test_beside.py").write_text("def test_beside(): pass\n")
    return bench


def configure(bench: Bench, *lines: str, models: bool = True) -> None:
    named = f'asr_models = ["{bench.script()}"]\n' if models else ""
    (bench.path / "pyproject.toml").write_text(
        "[tool.pytest]\nasr_corpus = ['./clips']\n" + named + "\n".join(lines) + "\n"
    )


def collected(bench: Bench, *arguments: str) -> list[str]:
    """The cases of `checks/`, of test_beside.py and of ours that pytest would run, by the beginning of their ids."""
    result = bench.session("--collect-only", "-q", "-p", "no:cacheprovider", *arguments)
    names = [line.partition("[")[0] for line in result.outlines if "::" in line]
    return list(dict.fromkeys(names))


@pytest.mark.parametrize("wrong", ["asr_device = 'gpu'", "addopts = ['-n2']"])
def test_configured_models_that_cannot_be_set_up_name_the_way_to_the_other_tests(project: Bench, wrong: str) -> None:
    configure(project, wrong)
    result = project.session()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "Without models, the project's other tests run: -o asr_models=" in text(result)
    project.session("-o", "asr_models=").assert_outcomes(passed=3)
    assert "-o asr_models=" not in text(project.run("--asr-models=stub", "-o", "asr_models=", "-o", "asr_device=gpu"))


UNIT = ["checks/test_unit.py::test_one", "checks/test_unit.py::test_two"]
OURS = ["asrbench::test_snippet", "asrbench::test_corpus"]


def test_configured_models_add_our_cases_to_the_tests_of_the_project(project: Bench) -> None:
    configure(project, 'testpaths = ["checks"]')
    result = project.session("--benchmark-quiet")
    result.assert_outcomes(passed=2 + 4)
    assert collected(project) == [*UNIT, *OURS]
    assert collected(project, "-k", "two or c1") == [UNIT[1], OURS[0]]
    (project.path / "checks" / "test_unit.py").write_text("def test_one(): assert False\n")
    assert project.session("--benchmark-quiet").ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("testpaths", [None, ["checks"]])
@pytest.mark.parametrize("where", ["addopts", "PYTEST_ADDOPTS"])
def test_options_that_every_session_is_given_are_a_configuration(
    project: Bench, where: str, testpaths: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = f"--asr-models={project.script()}"
    lines = [f"testpaths = {testpaths}"] if testpaths else []
    if where == "addopts":
        lines.append(f'addopts = ["{option}"]')
    else:
        monkeypatch.setenv(where, option)
    configure(project, *lines, models=False)
    assert collected(project) == [*UNIT, *([] if testpaths else ["test_beside.py::test_beside"]), *OURS]


def test_models_named_in_the_command_run_our_cases_alone(project: Bench) -> None:
    configure(project, 'testpaths = ["checks"]')
    assert collected(project, "--asr-models=stub") == OURS
    assert collected(project, "--asr-models", "stub") == OURS
    assert collected(project, "--asr-models=stub", "checks") == UNIT


def test_with_paths_these_run_and_nothing_of_ours_that_they_do_not_name(project: Bench) -> None:
    configure(project)
    assert collected(project, "checks") == UNIT
    assert collected(project, "test_beside.py", "asrbench") == ["test_beside.py::test_beside", *OURS]
    assert collected(project, "asrbench::test_corpus") == OURS[1:]


def test_a_folder_of_the_project_may_have_the_name_of_our_cases(project: Bench) -> None:
    (project.path / "checks").rename(project.path / "asrbench")
    configure(project)
    assert collected(project, "asrbench") == [name.replace("checks", "asrbench") for name in UNIT] + OURS


def test_a_session_of_other_tests_leaves_the_results_of_the_last_run(project: Bench) -> None:
    configure(project, "asr_download = true")
    project.session("--benchmark-quiet", "asrbench").assert_outcomes(passed=4)
    before = sorted((path, path.stat().st_mtime_ns) for path in (project.path / "reports").rglob("*"))
    result = project.session("--benchmark-quiet", "checks")
    result.assert_outcomes(passed=2)
    assert sorted((path, path.stat().st_mtime_ns) for path in (project.path / "reports").rglob("*")) == before
    assert "speech recognition" not in text(result)


def test_without_tests_of_ones_own_the_exit_code_is_that_of_our_cases(bench: Bench) -> None:
    configure(bench)
    assert bench.session("--benchmark-quiet").ret == pytest.ExitCode.OK
    result = bench.session("--benchmark-quiet", "-k", "nothing")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("saved", ["nothing", "a damaged run"])
def test_a_configured_gate_without_a_baseline_fails_its_totals_and_hides_no_tests(project: Bench, saved: str) -> None:
    configure(project, 'testpaths = ["checks"]', 'asr_compare_fail = ["wer:0.5pp"]')
    reason = "ini asr_compare_fail needs a saved run of stub:./good.json on clips, and ./.benchmarks holds none"
    if saved != "nothing":
        project.session("--benchmark-quiet", "-o", "asr_compare_fail=")
        project.newest().write_text("{", "utf-8")
        reason = "ini asr_compare_fail has nothing to hold stub:./good.json on clips against: "
    project.session("--benchmark-quiet", "checks").assert_outcomes(passed=2)
    assert collected(project) == [*UNIT, *OURS]
    for asked in ("--asr-models=stub:./good.json", "--asr-compare-fail=wer:0.5pp"):
        assert project.session(asked).ret == pytest.ExitCode.USAGE_ERROR, "nothing is measured"
    result = project.session("--benchmark-quiet")
    result.assert_outcomes(passed=2 + 3, failed=1)
    assert reason in text(result)
