"""Translation in sessions: chrF and BLEU in table, files, limits, baselines and history, as sacrebleu has them."""

from __future__ import annotations

import pytest

from tests.bench import Bench, text

sacrebleu = pytest.importorskip("sacrebleu")

MEANT = ("Good morning to all of you.", "The ferry leaves at nine o'clock.", "Nobody was waiting at the harbour.")
SAID = ("Good morning to all of you.", "The ferry goes at nine.", "No one waited at the port.")


@pytest.fixture
def spec(bench: Bench) -> str:
    """A model that translates one clip of three as its reference does."""
    for number, meant in enumerate(MEANT):
        (bench.path / "clips" / f"c{number}.en.txt").write_text(meant, "utf-8")
        (bench.path / "clips" / f"c{number}.de.txt").write_text("Guten Morgen.", "utf-8")
    bench.model("mine", bench.script(clips={number: {"text": said} for number, said in enumerate(SAID)}))
    return "--asr-models=mine"


def theirs(name: str, meant: tuple[str, ...] = MEANT) -> float:
    score: float = getattr(sacrebleu, f"corpus_{name}")(list(SAID), [list(meant)]).score
    return score / 100


def test_the_corpus_has_sacrebleus_figures_in_every_place(bench: Bench, spec: str) -> None:
    limits = ("--asr-limit=chrf>=40%", "--asr-limit=snippet:chrf>=20%")
    result = bench.run(spec, "--asr-task=translate", *limits, "--benchmark-autosave", "-v")
    result.assert_outcomes(passed=4)
    shown = text(result)
    assert "c0-translate] PASSED chrF 100.0%" in shown
    assert f"{100 * theirs('chrf'):.2f} %" in shown
    assert f"{100 * theirs('bleu'):.2f} %" in shown
    (totals,) = bench.results()["totals"]
    assert (totals["chrf"], totals["bleu"]) == pytest.approx((theirs("chrf"), theirs("bleu")))
    row = bench.rows()[1]
    alone = sacrebleu.corpus_chrf([SAID[1]], [[MEANT[1]]]).score / 100
    assert float(row["chrF"]) == pytest.approx(alone)
    assert "chrF" in (bench.path / "reports" / "report.html").read_text("utf-8")
    bench.run(spec, "--asr-task=translate", "--asr-compare-fail=chrf:1pp,bleu:1pp").assert_outcomes(passed=4)


def test_a_missed_limit_and_a_loss_are_told(bench: Bench, spec: str) -> None:
    result = bench.run(spec, "--asr-task=translate", "--asr-limit=bleu>=90%", "--benchmark-autosave")
    result.assert_outcomes(passed=3, failed=1)
    assert f"BLEU {100 * theirs('bleu'):.2f} % of mine on clips-translate is below the limit of 90.00 %" in text(result)
    bench.script(clips={number: {"text": "Nothing."} for number in range(3)})
    result = bench.run(spec, "--asr-task=translate", "--asr-compare-fail=chrf:1pp")
    result.assert_outcomes(passed=3, failed=1)
    assert "chrF" in text(result)


def test_a_target_language_is_told_to_models_that_have_it_and_skipped_by_others(bench: Bench, spec: str) -> None:
    bench.model_table(
        '[tasks.german]\nasks = "translate"\nreference = "de"\nmetrics = ["chrf"]\n'
        '[tasks.german.decoding]\ntarget_language = "de"\n'
    )
    bench.run(spec, "--asr-task=german").assert_outcomes(passed=4)
    assert {row["Decoding"] for row in bench.rows()} == {"target_language=de"}
    (totals,) = bench.results()["totals"]
    assert totals["chrf"] == pytest.approx(theirs("chrf", ("Guten Morgen.",) * 3))
    bench.pytester.makepyfile(
        plain="""
        from dataclasses import replace
        from pytest_asrbench.model_adapters.stub import Stub

        class Plain(Stub):
            info = replace(Stub.info, follows=("prompt",))
        """
    )
    bench.model_table('[models.plain]\nadapter = "plain:Plain"\nsource = "./good.json"\n')
    result = bench.run("--asr-models=plain", "--asr-task=german,translate", "-rs")
    assert result.parseoutcomes()["passed"] == 4
    assert "plain: it does not follow target_language = de" in text(result)
