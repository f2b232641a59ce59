"""A mistake on the command line ends the session with one sentence, before anything is loaded."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--asr-models=pocketsphynx"], "unknown model 'pocketsphynx'; did you mean 'pocketsphinx'?"),
        (["--asr-models=stubb:./x.json"], "unknown adapter 'stubb'; did you mean 'stub'?"),
        (["--asr-models=stub[seconds"], "unbalanced brackets"),
        (["--asr-models=stub[seconds]"], "has no value"),
        (["--asr-modles=stub"], "unknown option --asr-modles; did you mean --asr-models?"),
        (["--asr-models=stub", "--asr-corpus=quikstart"], "did you mean 'quickstart'?"),
        (["--asr-models=stub", "--asr-corpus=./nowhere"], "nowhere does not exist"),
        (["--asr-models=stub", "--asr-max-wer=lots"], "--asr-max-wer: 'lots' is no rate"),
        (["--asr-models=stub", "--asr-max-wer=10"], "write 10% if that many per cent are meant"),
        (["--asr-models=stub", "--asr-rounds=0"], "--asr-rounds: '0' is no whole number of at least 1"),
        (["--asr-models=stub", "--asr-timeout=-3"], "no number of seconds above 0"),
        (["--asr-models=stub", "--asr-normalizer=wisper"], "unknown normalizer 'wisper'"),
        (["--asr-models=stub", "--asr-isolation=thread"], "'thread' is neither process nor none"),
        (["--asr-models=stub", "--asr-normalizer=whispr"], "'whispr'; did you mean 'whisper'?"),
        (["--asr-models=stub", "--asr-max-rtf=nan"], "--asr-max-rtf: 'nan' is no number of at least 0"),
        (["--asr-models=stub", "--asr-max-ram-mb=-5"], "--asr-max-ram-mb: '-5' is no number of at least 0"),
        (["--asr-models=stub", "--asr-compare-fail=wer:signifcant"], "did you mean wer:significant? Else write"),
        (
            ["--asr-models=stub", "--asr-interpreters=stubb=python"],
            "'stubb' is no model, adapter, runtime or extra; did",
        ),
        (["--asr-models=stub", "--asr-trust-remote-code=stubb@1"], "no model 'stubb'; did you mean 'stub'?"),
        (["--asr-models=stub", "-o", "asr_offline=yup"], "ini asr_offline: invalid truth value 'yup'; write true or"),
        (["--asr-models=stub", "--asr-compare-fail=wer:3"], "write wer:0.5pp"),
        (
            ["--asr-models=stub", "--asr-compare-fail=rtf:10%"],
            "holds none: run once without --asr-compare-fail, and name the run that is saved",
        ),
        (["--asr-models=stub", "--asr-trust-remote-code=stub"], "MODEL@COMMIT"),
        (["--asr-models=stub", "-p", "no:benchmark"], "pytest-benchmark"),
        (["--asr-model=stub"], "unknown option --asr-model; did you mean --asr-models?"),
        (["--asr-models=stub", "--asr-device=gpu"], "--asr-device: unknown device 'gpu'; known are auto, cuda"),
        (["--asr-models=stub", "--asr-device=cdua:0"], "unknown device 'cdua:0'; known are auto, cuda"),
        (["--asr-models=stub", "--asr-device=cuda:x"], "'cuda:x' is no device: write cuda, or cuda:0"),
        (["--asr-models=stub", "--asr-corpus=a,b"], "named one by one: --asr-corpus=a --asr-corpus=b"),
        (["--asr-corpus=./clips"], "--asr-corpus was given, but no models: name some with --asr-models"),
        (["--asr-max-wer=10%"], "--asr-max-wer was given, but no models"),
        (["--asr-resume"], "--asr-resume was given, but no models"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_says_what_was_wrong_and_what_to_do(bench: Bench, arguments: list[str], message: str) -> None:
    quiet = [] if "no:benchmark" in arguments else ["--benchmark-quiet"]
    corpus = [] if any("--asr-corpus" in a for a in arguments) or "no models" in message else ["--asr-corpus=./clips"]
    result = bench.session(*arguments, *corpus, *quiet)  # nothing is started: a process costs most
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in text(result)
    assert "Traceback" not in text(result)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "asrbench.toml",
            '[model.x]\nadapter = "stub"\n',
            "asrbench.toml: unknown table 'model'; did you mean 'models'",
        ),
        ("asrbench.toml", 'adapter = "stub"\n', "asrbench.toml: unknown table 'adapter'; did you mean 'models'?"),
        (
            "pyproject.toml",
            '[tool.asrbench.model.x]\nadapter = "a"\n',
            "unknown table 'model'; did you mean 'models'?",
        ),
        ("pyproject.toml", '[tool.asrbnech.models.x]\nadapter = "stub"\n', "'asrbnech'; did you mean 'asrbench'?"),
        ("pyproject.toml", '[tool.pytest-asrbench.models.x]\nadapter = "stub"\n', "did you mean 'asrbench'?"),
        (
            "pyproject.toml",
            '[tool.pytest]\nasr_modles = ["a"]\n',
            "unknown option asr_modles; did you mean asr_models?",
        ),
        ("pyproject.toml", '[tool.pytest.ini_options]\nasr_max_were = "1"\n', "did you mean asr_max_wer?"),
        ("pytest.ini", "[pytest]\nasr-models = stub\n", "unknown option asr-models; did you mean asr_models?"),
        ("pytest.ini", "[pytest]\nasr_resume = true\n", "asr_resume counts on the command line alone: --asr-resume"),
        (
            "asrbench.toml",
            '[models.x]\nadpater = "stub"\n',
            "'x' has an unknown key 'adpater'; did you mean 'adapter'?",
        ),
        ("tox.ini", "[pytest]\nasr_model = stub\n", "unknown option asr_model; did you mean asr_models?"),
    ],
)
def test_what_is_misspelt_in_a_file_is_named(bench: Bench, file: str, content: str, message: str) -> None:
    (bench.path / file).write_text(content, "utf-8")
    models = [] if "pytest" in content and "models.x" not in content else ["--asr-models=stub", "--asr-corpus=./clips"]
    result = bench.session(*models, "--benchmark-quiet")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in text(result)
    assert "Traceback" not in text(result)


def test_options_that_are_others_are_left_to_them(bench: Bench) -> None:
    (bench.path / "pyproject.toml").write_text(
        "[tool.pytest]\nasr_corpus = ['./clips']\n[tool.benchmarks]\nx = 1\n[tool.ruff]\nx = 1\n"
    )
    bench.pytester.makepyfile(test_unit="def test_unit(): pass")
    bench.session().assert_outcomes(passed=1)
    result = bench.session(f"--asr-models={bench.script()}", "--benchmark-quiet")
    result.assert_outcomes(passed=4)


@pytest.mark.parametrize("arguments", [["-n2"], ["--dist=load", "--tx=2*popen"], ["--tx=2*popen", "-d"]])
def test_a_session_spread_over_workers_is_refused_at_once(bench: Bench, arguments: list[str]) -> None:
    pytest.importorskip("xdist")
    result = bench.run_apart(f"--asr-models={bench.script()}", *arguments, timeout=30)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "run without pytest-xdist's -n, --dist and --tx" in text(result)


def test_a_report_folder_that_cannot_be_written_costs_no_measurement(bench: Bench) -> None:
    (bench.path / "taken").write_text("a file, not a folder")
    result = bench.run(f"--asr-models={bench.script()}", "--asr-report-dir=taken")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "cannot write to the report folder" in text(result)
    assert "--asr-report-dir" in text(result)
    assert "Traceback" not in text(result)
