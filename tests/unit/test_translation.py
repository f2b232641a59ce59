"""chrF and BLEU: sacrebleu's figures of a whole corpus, from counts that add up, with an interval around them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from pytest_asrbench.errors import MissingDependencyError
from pytest_asrbench.metrics import registry, scoring
from pytest_asrbench.metrics.metric import Context
from pytest_asrbench.metrics.shares import shares
from pytest_asrbench.metrics.totals import total
from pytest_asrbench.plugin import plan
from pytest_asrbench.records import Counts, Outcome, Status
from pytest_asrbench.report.analysis.systems import systems
from pytest_asrbench.report.analysis.uncertainty import intervals
from pytest_asrbench.statistics.comparing import compare, sums
from pytest_asrbench.store.serialized import outcome_from_dict, to_dict
from pytest_asrbench.tasks.task import Task

sacrebleu = pytest.importorskip("sacrebleu")

TEXT = "the old ferry leaves the harbour at nine and comes back to the island, when nobody waits for it any more"
WORDS = TEXT.split()
NAMES = ("chrf", "bleu")


def theirs(name: str, said: Sequence[str], meant: Sequence[str]) -> float:
    """The figure of a corpus by sacrebleu's own public function."""
    score: float = getattr(sacrebleu, f"corpus_{name}")(list(said), [list(meant)]).score
    return score / 100


def pairs(count: int, seed: int = 0, quality: float = 0.8) -> list[tuple[str, str]]:
    """Translations and their references, some of them alike, some empty."""
    chance, found = random.Random(seed), []
    for number in range(count):
        meant = [chance.choice(WORDS) for _ in range(chance.randint(1, 20))]
        said = [word if chance.random() < quality else chance.choice(WORDS) for word in meant]
        found.append((" ".join(said if number % 7 else []), " ".join(meant).capitalize() + "."))
    return found


def counts(name: str, said: str, meant: str, field: str = "en") -> Counts:
    found = registry.get(name).measure({field: meant}, said, Context(str, reference=field))
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_figure_of_a_corpus_is_sacrebleus(name: str, count: int) -> None:
    for seed in range(5):
        texts = pairs(count, seed)
        whole = sum((counts(name, *one) for one in texts), Counts())
        assert registry.get(name).rate(whole) == pytest.approx(theirs(name, *zip(*texts, strict=True)), abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_mean_of_the_cases_would_be_another_figure(name: str) -> None:
    whole = sum((counts(name, *one) for one in pairs(40)), Counts())
    figure = registry.get(name).rate(whole)
    assert figure is not None
    assert whole.rate is not None
    assert abs(whole.rate - figure) > 0.002


@pytest.mark.parametrize("name", NAMES)
def test_each_case_has_the_figure_that_it_has_alone(name: str) -> None:
    for said, meant in pairs(20):
        assert counts(name, said, meant).rate == pytest.approx(theirs(name, [said], [meant]))
    assert counts(name, "", "Good morning.").rate == 0.0
    assert counts(name, "Good morning to you all.", "Good morning to you all.").rate == pytest.approx(1.0)


def test_words_of_a_script_without_blanks_are_told_apart() -> None:
    said, meant = "今天天气很好。", "今天的天气很好。"
    wanted = sacrebleu.corpus_bleu([said], [[meant]], tokenize="zh").score / 100
    assert counts("bleu", said, meant, "zh").rate == pytest.approx(wanted)
    assert counts("bleu", said, meant, "en").rate == 0.0


def test_without_a_reference_nothing_is_counted() -> None:
    for name in NAMES:
        assert registry.get(name).measure({"en": " "}, "x", Context(str, reference="en")) is None
        assert registry.get(name).rate(Counts()) is None


def outcomes(model: str, quality: float, count: int = 30) -> list[Outcome]:
    found = []
    for number, (said, meant) in enumerate(pairs(count, 3, quality)):
        one = Outcome(model, "c", f"s{number:02}", Status.OK, reference=meant, transcript=said, reference_field="en")
        one.scores = {name: counts(name, said, meant) for name in NAMES}
        one.metrics = dict.fromkeys(NAMES, 1)
        found.append(one)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_totals_and_files_keep_the_figure_of_the_corpus(name: str) -> None:
    of_corpus = outcomes("a", 0.8)
    texts = [(one.transcript or "", one.reference or "") for one in of_corpus]
    wanted = pytest.approx(theirs(name, *zip(*texts, strict=True)))
    assert total("a", "c", of_corpus).rate(name) == wanted
    assert total("a", "c", [outcome_from_dict(to_dict(one)) for one in of_corpus]).rate(name) == wanted
    assert registry.flat(total("a", "c", of_corpus).scores)[name] == wanted


@pytest.mark.parametrize("name", NAMES)
def test_shares_make_the_figure_a_quotient_of_sums(name: str) -> None:
    cases = [counts(name, *one) for one in pairs(30)]
    metric = registry.get(name)
    of_cases = shares(metric, cases)
    figure = metric.rate(sum(cases, Counts()))
    assert sum(of_cases, Counts()).rate == pytest.approx(figure)
    assert [one.total for one in of_cases] == [one.total for one in cases]
    # A case that is better than the others has a share above the figure.
    best = max(range(len(cases)), key=lambda place: (cases[place].rate or 0.0, cases[place].total))
    assert (of_cases[best].rate or 0.0) > (figure or 0.0)
    assert shares(registry.get("wer"), cases) is cases


@pytest.mark.parametrize("name", NAMES)
def test_the_interval_is_around_the_figure_and_as_wide_as_a_bootstrap_of_the_corpus(name: str) -> None:
    (one,) = systems(outcomes("a", 0.8, 60))
    ((found, unit),) = intervals([one], 0, name)
    texts = [(o.transcript or "", o.reference or "") for o in one.outcomes]
    chance = random.Random(1)
    drawn = sorted(theirs(name, *zip(*chance.choices(texts, k=len(texts)), strict=True)) for _ in range(120))
    assert unit == "snippets"
    assert found.estimate == pytest.approx(theirs(name, *zip(*texts, strict=True)))
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(drawn[116] - drawn[3], rel=0.35)


@pytest.mark.parametrize("name", NAMES)
def test_two_systems_are_compared_by_it(name: str) -> None:
    metric = registry.get(name)
    columns = {
        model: sums([one.scores[name] for one in outcomes(model, quality, 60)], metric)
        for model, quality in (("good", 0.9), ("poor", 0.5))
    }
    (found,) = compare(columns, metric=metric)
    assert found.significant
    assert found.sentence().startswith(f"good beats poor in {metric.title}")


# Where they count


def test_they_count_where_a_task_names_them_and_nowhere_else() -> None:
    assert {one.name for one in scoring.chosen(())}.isdisjoint(NAMES)
    assert {*NAMES} <= {one.name for one in scoring.chosen(NAMES)}


def test_without_sacrebleu_the_session_ends_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task("translate", asks="translate", reference="en", metrics=NAMES)
    plan.check_metrics([task])
    monkeypatch.setattr(plan, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r'counts chrF by sacrebleu.*pip install "pytest-asrbench\[transl'):
        plan.check_metrics([task])
