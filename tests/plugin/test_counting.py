"""Who counts: whose fault a missing transcript is decides what becomes of its words, and of the gates."""

from __future__ import annotations

import json

from tests.bench import Bench, sentence, text


def test_models_without_weights_are_one_error_each_and_have_no_figures(bench: Bench) -> None:
    for name in ("first", "second"):
        bench.model(name, f"stub:./absent-{name}.json")
    result = bench.run(f"--asr-models=first,{bench.script()},second", "--asr-max-wer=5%")
    result.assert_outcomes(passed=4, errors=2, skipped=4, failed=2)
    told = text(result)
    assert told.count("absent-first.json is no") <= 2, "the error, and pytest's short summary of it"
    assert "there are no figures of first on clips: the model could not be loaded, so nothing was run" in told
    assert "first on clips, second on clips: 3 of 3 not run, the model could not be loaded" in told
    for sign in ("100.00 %", "no difference shown", "count as deleted", "Traceback"):
        assert sign not in told
    assert [row["Status"] for row in bench.rows()] == [
        "ERROR",
        "NOT_RUN",
        "NOT_RUN",
        *["OK"] * 3,
        "ERROR",
        *["NOT_RUN"] * 2,
    ]
    content = bench.results()
    assert [totals["wer"] for totals in content["totals"]] == [None, 0.0, None]
    assert content["findings"]["differences"] == []
    assert not content["run"]["interrupted"]


def test_each_requested_case_of_an_absent_model_says_why_it_was_not_run(bench: Bench) -> None:
    bench.model("gone", "stub:./gone.json")
    result = bench.run("--asr-models=gone", "-rs")
    assert result.ret == 1
    assert "not run: gone could not be loaded, clips/c0 says why" in text(result)


def test_an_absent_experimental_model_fails_nothing(bench: Bench) -> None:
    bench.model("gone", "stub:./gone.json")
    with (bench.path / "asrbench.toml").open("a") as file:
        file.write("experimental = true\n")
    result = bench.run("--asr-models=gone")
    result.assert_outcomes(skipped=4)
    assert "not run" in text(result)
    bench.run("--asr-models=gone", "--asr-max-wer=5%").assert_outcomes(skipped=3, failed=1)


def test_what_was_never_run_is_measured_when_the_run_is_resumed(bench: Bench) -> None:
    bench.model("late", "stub:./late.json")
    bench.run(f"--asr-models=late,{bench.script()}", "-x").assert_outcomes(errors=1)
    bench.script("late")
    result = bench.run(f"--asr-models=late,{bench.script()}", "--asr-resume")
    result.assert_outcomes(passed=8)


def test_input_at_fault_is_left_out_for_all_models_and_lets_no_limit_pass(bench: Bench) -> None:
    lines = [
        {"audio_filepath": "clips/c0.wav", "text": sentence(0)},
        {"audio_filepath": "clips/gone.wav", "id": "gone", "text": "one two three four five six seven"},
    ]
    (bench.path / "mine.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    models = f"stub[text={sentence(0)}],stub[text=this is]"
    result = bench.run(f"--asr-models={models}", "--asr-max-wer=90%", corpus="mine.jsonl")
    result.assert_outcomes(passed=2, errors=2, failed=2)
    told = text(result)
    assert "mine: 1 of 2 left out for all models: their recordings or references cannot be used" in told
    assert "1 of 2 snippets are left out" in told
    first, second = bench.results()["totals"]
    assert (first["wer"], first["left_out"], first["lost_words"]) == (0.0, 1, 0)
    assert second["wer"] == 4 / 6, "of the clip that could be read"
    assert {row["Counts_As"] for row in bench.rows() if row["Snippet"] == "gone"} == {"left out"}


def test_an_unreadable_clip_stays_left_out_when_the_model_has_been_given_up(bench: Bench) -> None:
    bench.clips(8)
    (bench.path / "clips" / "c7.wav").write_bytes(b"no audio")
    dying = bench.script("dying", count=8, fault="sigkill")
    bench.run(f"--asr-models={dying},{bench.script(count=8)}")
    counted = [row["Counts_As"] for row in bench.rows() if row["Model"] == dying]
    assert counted == ["deleted"] * 7 + ["left out"]


def test_a_language_that_a_model_does_not_have_is_neither_error_nor_score(bench: Bench) -> None:
    rows = [
        {"audio_filepath": f"clips/c{n}.wav", "text": sentence(n), "lang": lang}
        for n, lang in enumerate(("en", "fr", "fr"))
    ]
    (bench.path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    result = bench.run(f"--asr-models=stub[languages=en,text={sentence(0)}],stub", "-rs", corpus="mine.jsonl")
    result.assert_outcomes(passed=6, skipped=2)
    told = text(result)
    assert "it has no 'fr', only en" in told
    assert "experimental" not in told
    assert "2 of 3 skipped, it has no 'fr', only en: neither errors nor a score" in told
    english, every = bench.results()["totals"]
    assert (english["wer"], english["unsuited"], english["failed"]) == (0.0, 2, 0)
    assert every["wer"] == 1.0
    assert [row["Counts_As"] for row in bench.rows()][:3] == ["measured", "not suited", "not suited"]


def test_a_model_that_suits_nothing_is_skipped_unless_a_limit_demands_a_figure(bench: Bench) -> None:
    (bench.path / "clips" / "corpus.toml").write_text('language = "fr"\n')
    bench.run("--asr-models=stub[languages=en]").assert_outcomes(skipped=4)
    limited = bench.run("--asr-models=stub[languages=en]", "--asr-max-wer=10%")
    limited.assert_outcomes(skipped=3, failed=1)
    assert "cannot be judged (the model is not suited to these recordings), and --asr-max-wer demands it" in text(
        limited
    )


def test_tables_of_pytest_benchmark_show_our_cases_only_where_asked_for(bench: Bench) -> None:
    bench.pytester.makepyfile("def test_mine(benchmark): benchmark(lambda: 1)\ndef test_ours(asr_outcome): pass\n")
    common = [f"--asr-models={bench.script()}", "--asr-corpus=./clips", "-p", "no:cacheprovider"]
    ours = bench.session(*common)
    assert "Name (time in" not in text(ours)
    assert "Saved benchmark data in" in text(ours)
    both = bench.session(*common, "test_tables_of_pytest_benchmark_show_our_cases_only_where_asked_for.py")
    table = text(both).partition("Name (time in")[2]
    assert "test_mine" in table
    assert "test_ours" not in table
    asked = bench.session(*common, "--benchmark-columns=min")
    assert "test_snippet[" in text(asked).partition("Name (time in")[2]
