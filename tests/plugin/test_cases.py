"""Which cases there are, what they are called, and in which order they run."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text


def test_models_times_snippets_then_totals_under_stable_names(bench: Bench) -> None:
    result = bench.run("--asr-models=stub,stub[text=x]", "--collect-only", "-q")
    assert result.ret == 0
    lines = [line for line in result.outlines if line.startswith("asrbench::")]
    assert lines == [
        "asrbench::test_snippet[stub-clips/c0]",
        "asrbench::test_snippet[stub-clips/c1]",
        "asrbench::test_snippet[stub-clips/c2]",
        "asrbench::test_corpus[stub-clips]",
        "asrbench::test_snippet[stub[text=x]-clips/c0]",
        "asrbench::test_snippet[stub[text=x]-clips/c1]",
        "asrbench::test_snippet[stub[text=x]-clips/c2]",
        "asrbench::test_corpus[stub[text=x]-clips]",
    ]
    assert not (bench.path / "reports").exists(), "collecting must not touch earlier results"


def test_quickstart_is_the_default_corpus_and_needs_no_checkout(bench: Bench) -> None:
    result = bench.session("--asr-models=stub", "--collect-only", "-q")
    assert "asrbench::test_snippet[stub-quickstart/jfk-inaugural]" in result.outlines


def test_a_session_without_models_sees_nothing_of_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_mine(): pass")
    result = pytester.runpytest_subprocess("-v")
    result.assert_outcomes(passed=1)
    assert "asrbench:" not in result.stdout.str().replace("plugins:", "")
    assert not (pytester.path / "reports").exists()
    assert not (pytester.path / ".benchmarks").exists() or not list((pytester.path / ".benchmarks").iterdir())


def test_a_node_id_copied_from_the_summary_runs_that_case(bench: Bench) -> None:
    spec = bench.script()
    result = bench.run(f"--asr-models={spec}", f"asrbench::test_snippet[{spec}-clips/c1]")
    result.assert_outcomes(passed=1, deselected=3)
    assert [row["Snippet"] for row in bench.rows()] == ["c1"]


def test_keyword_selection_leaves_totals_of_what_was_selected(bench: Bench) -> None:
    spec = bench.script()
    result = bench.run(f"--asr-models={spec}", "-k", "c0 or test_corpus")
    result.assert_outcomes(passed=2, deselected=2)
    assert bench.results()["totals"][0]["snippets"] == 1


def test_the_marker_selects_what_is_benchmarked(bench: Bench) -> None:
    bench.pytester.makepyfile("def test_other(): pass\ndef test_asr(asr_outcome): pass")
    path = "test_the_marker_selects_what_is_benchmarked.py"
    bench.run("--asr-models=stub", path, "-m", "asr").assert_outcomes(passed=3, deselected=1)
    bench.run("--asr-models=stub", path, "-m", "not asr").assert_outcomes(passed=1, deselected=3)


def test_totals_alone_are_skipped_with_the_reason(bench: Bench) -> None:
    result = bench.run("--asr-models=stub", "-k", "test_corpus", "-rs")
    result.assert_outcomes(skipped=1, deselected=3)
    assert "no snippet of clips was tried with stub" in text(result)


def test_a_plugin_that_shuffles_does_not_make_models_alternate(bench: Bench) -> None:
    bench.pytester.makeconftest(
        """
        def pytest_collection_modifyitems(items):
            items.sort(key=lambda item: item.name[::-1])
        """
    )
    one, two = bench.script("one"), bench.script("two")
    result = bench.run(f"--asr-models={one},{two}", "-v")
    result.assert_outcomes(passed=8)
    order = [line.split("[")[1].split("-clips")[0] for line in result.outlines if line.startswith("asrbench::test_")]
    assert order == [one] * 4 + [two] * 4


def test_users_own_tests_get_models_snippets_and_outcomes(bench: Bench) -> None:
    spec = bench.script(clips={1: {"text": "something else"}})
    bench.pytester.makepyfile(
        """
        def test_number_is_heard(asr_outcome, asr_snippet, asr_model):
            assert asr_model.startswith("stub")
            assert asr_outcome.score.reference_words == 6
            assert asr_snippet.id[1:] in asr_outcome.transcript

        def test_everything(asr_transcribe, asr_corpus):
            outcomes = [asr_transcribe(asr_corpus, snippet) for snippet in asr_corpus.snippets]
            assert [o.score.errors for o in outcomes] == [0, 6, 0]

        def test_not_ours():
            pass
        """
    )
    result = bench.run(f"--asr-models={spec}", "test_users_own_tests_get_models_snippets_and_outcomes.py")
    result.assert_outcomes(passed=4, failed=1)
    assert "asrbench::" not in text(result), "with a path given, our own cases stay out"
    assert len(bench.saved()[0]["benchmarks"]) == 3


def test_a_model_stays_until_its_last_case_is_through(bench: Bench) -> None:
    bench.pytester.makepyfile(
        """
        import psutil

        def processes():
            return len(psutil.Process().children())

        def test_some(asr_outcome):
            assert processes() == 1

        def test_of_other_things():
            assert processes() == 1

        def test_more(asr_outcome):
            assert processes() == 1

        def test_afterwards():
            assert processes() == 0
        """
    )
    result = bench.run(f"--asr-models={bench.script()}", "test_a_model_stays_until_its_last_case_is_through.py")
    result.assert_outcomes(passed=8)
    assert len({row["Load_Time_Sec"] for row in bench.rows()}) == 1


def test_users_tests_are_skipped_where_no_model_is_named(bench: Bench) -> None:
    bench.pytester.makepyfile("def test_it(asr_outcome): pass")
    result = bench.session("-rs")
    result.assert_outcomes(skipped=1)
    assert "no --asr-models given" in text(result)


def test_models_and_limits_can_stand_in_the_ini_file(bench: Bench) -> None:
    spec = bench.script(clips={0: {"text": ""}})
    (bench.path / "pyproject.toml").write_text(
        f"""
        [tool.pytest]
        asr_models = ["{spec}"]
        asr_corpus = ["./clips"]
        asr_max_wer = "10%"
        """
    )
    result = bench.session("--benchmark-quiet")
    result.assert_outcomes(passed=3, failed=1)
    assert "exceeds the limit of 10.00 % (ini asr_max_wer)" in text(result)


def test_workers_in_parallel_are_refused(bench: Bench) -> None:
    pytest.importorskip("xdist")
    result = bench.refused("--asr-models=stub", "-n", "2")
    assert "without pytest-xdist" in text(result)
