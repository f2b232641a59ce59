"""What changes though it should not: from round to round, and between forms of one model."""

from __future__ import annotations

import json
from typing import Any

from pytest_asrbench.records import Outcome
from pytest_asrbench.report import remarks
from pytest_asrbench.report.analysis.analyse import analyse
from pytest_asrbench.report.analysis.findings import Findings, Invariance
from pytest_asrbench.support import strict_json
from tests.unit.systems import heard

SAID = "one two three four"


def rounds(snippet: str, *texts: str, model: str = "m") -> Outcome:
    """A clip that was answered so in each round."""
    variants = texts if len(set(texts)) > 1 else ()
    return heard(
        model, snippet, SAID, texts[0], seconds=(0.1,) * len(texts), variants=variants, unstable=bool(variants)
    )


def form(model: str, texts: dict[str, str | None], base: str = "m", **more: Any) -> list[Outcome]:
    """A form of a model."""
    return [heard(model, snippet, SAID, said, base=base, **more) for snippet, said in texts.items()]


def found(*outcomes: Outcome) -> list[Invariance]:
    return list(analyse(outcomes).invariance)


def test_each_round_has_a_rate_of_its_own() -> None:
    (one,) = found(
        rounds("a", SAID, "one two three", SAID),
        rounds("b", SAID, "one two", "one"),
        rounds("c", SAID, SAID, SAID),
        rounds("d", "one, two three four", SAID, SAID),
    )
    assert (one.by, one.other, one.clips, one.changed, one.reworded) == (("repetition",), "", 4, 3, 3)
    assert (one.wer, one.other_wer) == (1 / 16, 3 / 16)
    assert one.snippets == ("a", "b", "d")
    assert one.sentence == "m on corpus: 3 of 4 transcripts changed in 3 rounds (a, b, d): WER 6.25 % to 18.75 %"


def test_answers_that_stay_are_told_to_who_asked() -> None:
    findings = analyse([rounds("a", SAID, SAID), rounds("b", "one", "one")])
    (one,) = findings.invariance
    assert (one.changed, one.wer, one.other_wer) == (0, 3 / 8, 3 / 8)
    assert remarks.unchanged(findings) == ["m on corpus: each of 2 transcripts was the same in 2 rounds"]
    assert not any("rounds" in line for line in remarks.remarks(findings))


def test_a_single_round_says_nothing() -> None:
    assert found(rounds("a", SAID), rounds("b", "one")) == []


def test_forms_of_a_model_are_compared_on_what_both_answered() -> None:
    whole = form("m", {"a": SAID, "b": SAID, "c": "One two three four", "d": SAID, "e": SAID})
    small = form("m[quantization=8bit]", {"a": SAID, "b": "one two", "c": SAID, "d": None}, dtype="int8")
    (one,) = found(*whole, *small, *form("other", {"a": "x"}, base="other"))
    assert (one.model, one.other) == ("m", "m[quantization=8bit]")
    assert one.by == ("precision", "quantization")
    assert (one.clips, one.changed, one.snippets) == (3, 2, ("b", "c"))
    assert one.sentence == (
        "m and m[quantization=8bit] on corpus (precision float32 and int8, quantization default and 8bit): 2 of 3 "
        "transcripts differ, 2 in words (b, c): WER 8.33 % and 16.67 %"
    )


def test_forms_that_agree_are_told_to_agree() -> None:
    texts: dict[str, str | None] = {"a": SAID, "b": "one"}
    findings = analyse([*form("m", texts), *form("n", texts, runtime="another")])
    assert [one.sentence for one in findings.invariance] == [
        "m and n on corpus (runtime stub and another): none of 2 transcripts differ"
    ]
    assert findings.invariance[0].sentence in remarks.remarks(findings)


def test_models_without_a_base_are_no_forms_of_one() -> None:
    assert found(*form("m", {"a": SAID}, base=""), *form("n", {"a": "x"}, base="")) == []
    assert analyse([]) == Findings()


def test_it_is_plain_json() -> None:
    values = analyse([rounds("a", SAID, "one")]).to_dict()
    assert json.loads(strict_json.dumps(values))["invariance"][0]["by"] == ["repetition"]
