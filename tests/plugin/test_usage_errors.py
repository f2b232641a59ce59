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
        (["--asr-models=stub", "--asr-isolation=thread"], "it is process or none"),
        (["--asr-models=stub", "--asr-compare-fail=wer:3"], "write wer:0.5pp"),
        (["--asr-models=stub", "--asr-compare-fail=rtf:10%"], "run once without it; every run is saved"),
        (["--asr-models=stub", "--asr-trust-remote-code=stub"], "MODEL@REVISION"),
        (["--asr-models=stub", "-p", "no:benchmark"], "pytest-benchmark"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_says_what_was_wrong_and_what_to_do(bench: Bench, arguments: list[str], message: str) -> None:
    quiet = [] if "no:benchmark" in arguments else ["--benchmark-quiet"]
    corpus = [] if any("--asr-corpus" in a for a in arguments) else ["--asr-corpus=./clips"]
    result = bench.pytester.runpytest_subprocess(*arguments, *corpus, *quiet)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in text(result)
    assert "Traceback" not in text(result)


@pytest.mark.parametrize("arguments", [["-n2"], ["--dist=load", "--tx=2*popen"], ["--tx=2*popen", "-d"]])
def test_a_session_spread_over_workers_is_refused_at_once(bench: Bench, arguments: list[str]) -> None:
    pytest.importorskip("xdist")
    result = bench.run(f"--asr-models={bench.script()}", *arguments, timeout=30)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "run without pytest-xdist's -n, --dist and --tx" in text(result)


def test_a_report_folder_that_cannot_be_written_costs_no_measurement(bench: Bench) -> None:
    (bench.path / "taken").write_text("a file, not a folder")
    result = bench.run(f"--asr-models={bench.script()}", "--asr-report-dir=taken")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "cannot write to the report folder" in text(result)
    assert "--asr-report-dir" in text(result)
    assert "Traceback" not in text(result)
