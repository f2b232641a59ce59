"""A metric of an installed package, the one in the docs: it is everywhere, and nothing else knows of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import Bench, text
from tests.docs.recipes import File, recipes
from tests.unit.pages import Page

DOCUMENT = Path(__file__).parents[2] / "docs" / "extending.md"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the docs, built and installed by pip into a folder of its own."""
    pytest.importorskip("hatchling", reason="builds the example package without the network")
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    (recipe,) = (one for one in recipes(DOCUMENT) if one.name == "metric")
    for step in recipe.steps:
        assert isinstance(step, File)
        (source / step.path).parent.mkdir(exist_ok=True)
        (source / step.path).write_text(step.content, "utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    package = source / "asrbench_kept"
    subprocess.run([*command, "--target", str(target), str(package)], check=True, stdin=subprocess.DEVNULL)
    return target


@pytest.fixture
def kept(bench: Bench, installed: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A project in which the package is installed; each reference has four words of more than three letters."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    bench.model("good", bench.script("good"))
    bench.model("bad", bench.script("bad", clips={1: {"text": "this clip number 1"}, 2: {"fault": "raise"}}))
    return bench


def test_it_is_in_every_file_and_its_limits_fail_what_misses_them(kept: Bench) -> None:
    limits = ("--asr-limit=kept>=98%,wer<=100%", "--asr-limit=snippet:kept>=80%")
    result = kept.run("--asr-models=bad", *limits, "--junitxml=junit.xml", "--asr-report-audio=none")
    result.assert_outcomes(passed=1, failed=2, errors=1)
    told = text(result)
    assert "Kept 75.00 % of clips/c1 is below the limit of 80.00 % (--asr-limit)" in told
    assert "Kept 58.33 % of bad on clips is below the limit of 98.00 % (--asr-limit)" in told
    head = next(line for line in told.splitlines() if "Sub+Del+Ins" in line)
    assert "Kept" in head.split()
    rows = {row["Snippet"]: row for row in kept.rows()}
    assert (rows["c1"]["Kept"], rows["c1"]["Kept_Errors"], rows["c1"]["Kept_Total"]) == ("0.75", "3", "4")
    assert rows["c2"]["Kept"] == ""
    content = kept.results()
    assert content["totals"][0]["kept"] == pytest.approx(7 / 12), "what never came is lost"
    assert content["totals"][0]["scores"]["kept"] == {"errors": 7, "total": 12}
    outcome = content["outcomes"][1]
    assert (outcome["kept"], outcome["scores"]["kept"]["errors"], outcome["metrics"]["kept"]) == (0.75, 3, 1)
    assert len(content["findings"]["kept_intervals"]) == 1
    missed = {(one["metric"], one["snippet"]): (one["value"], one["limit"]) for one in content["breaches"]}
    assert missed == {("kept", "c1"): (0.75, 0.8), ("kept", ""): (pytest.approx(7 / 12), 0.98)}
    names = {one.attrib["name"] for one in ElementTree.parse(kept.path / "junit.xml").iter("property")}
    assert {"asr_kept", "asr_breach_kept"} <= names
    whole = Page((kept.path / "reports" / "report.html").read_text("utf-8"))
    page, (row, *_) = whole.head, whole.cases()["cases"]["0"]
    assert dict(zip(page["clip_metrics"], row[8], strict=True))["kept"] == 1.0
    assert {one["name"]: (one["title"], one["better"]) for one in page["metrics"]}["kept"] == ("Kept", "higher")
    assert page["systems"][0]["totals"]["kept"] == pytest.approx(7 / 12)


def test_it_is_held_against_a_saved_run_and_has_a_history(kept: Bench) -> None:
    kept.run("--asr-models=good").assert_outcomes(passed=4)
    kept.script("good", clips={1: {"text": "this clip number 1"}})
    result = kept.run("--asr-models=good", "--asr-compare-fail=kept:5pp,wer:50pp")
    result.assert_outcomes(passed=3, failed=1)
    assert "Kept 91.67 % of good on clips is 8.33 pp worse than the baseline's 100.00 %" in text(result)
    assert "c1: Kept 4/4 -> 3/4" in text(result)
    assert kept.results()["breaches"][0]["metric"] == "kept_loss"
    assert kept.run("--asr-models=good", "--asr-compare-fail=kept:10pp").ret == 0
    command = [sys.executable, "-m", "pytest_asrbench", "history", "--format=json"]
    told = subprocess.run(command, cwd=kept.path, check=True, capture_output=True, text=True).stdout
    first, second = json.loads(told)["series"][0]["points"][:2]
    assert (first["kept"], second["kept"]) == (1.0, pytest.approx(11 / 12))
    assert second["kept_change"]["difference"] == pytest.approx(-1 / 12)
    table = subprocess.run([*command[:-1]], cwd=kept.path, check=True, capture_output=True, text=True, env=None).stdout
    assert "Kept" in table


def test_without_the_package_nobody_knows_it(bench: Bench) -> None:
    bench.model("good", bench.script("good"))
    result = bench.run("--asr-models=good", "--asr-limit=kept>=98%")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--asr-limit: there is no metric 'kept'; known are additions, " in text(result)
