"""A recipe in the documentation is an executed test: what is typed there runs, and shows what is shown there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pytest_asrbench.models import entry
from pytest_asrbench.plugin import fixtures, hookspecs
from pytest_asrbench.plugin.options import OPTIONS
from pytest_asrbench.report.results import columns
from tests.docs.recipes import Command, File, Recipe, blocks, missing, outside, plain, recipes

ROOT = Path(__file__).parents[2]
AUDIO = ROOT / "corpora" / "quickstart" / "audio"
DISFLUENT = ROOT / "corpora" / "disfluent-synthetic" / "audio"
SAMPLE = ROOT / "reports" / "sample"
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
RECIPES = [recipe for document in DOCUMENTS for recipe in recipes(document)]
REAL = ("tuning",)  # recipes that take more than comes with the package
NEEDS = {"a-server": "httpx2"}  # the package that a recipe takes beside the recogniser
SPEECH = {
    "meters": ("go-forward.wav", "Go forward ten meters."),
    "cards": ("cards-001.wav", "Ten of clubs."),
    "young-man": ("librivox-austen-0880.wav", "He was not an ill disposed young man."),
}


DICTATED = {"contract": "negation-contract", "price": "correct-price"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What every recipe starts with: three recordings and what is said in them, two dictated ones, and a bird."""
    (tmp_path / "dictation").mkdir()
    for name, clip in DICTATED.items():
        shutil.copyfile(DISFLUENT / f"{clip}.ogg", tmp_path / "dictation" / f"{name}.ogg")
    for name, (clip, words) in SPEECH.items():
        _copy(clip, tmp_path / "recordings" / f"{name}.wav")
        (tmp_path / "recordings" / f"{name}.txt").write_text(words + "\n", "utf-8")
    (tmp_path / "garden").mkdir()
    song, rate = soundfile.read(AUDIO / "nonspeech-robin.ogg", frames=22_050)
    soundfile.write(tmp_path / "garden" / "robin.wav", song, rate)
    (tmp_path / "garden" / "robin.txt").write_text("", "utf-8")
    return tmp_path


def _copy(clip: str, to: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    shutil.copyfile(AUDIO / clip, to)


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what a reader types, with this interpreter."""
    program, *arguments = shlex.split(line)
    module = {"pytest": "pytest", "pytest-asrbench": "pytest_asrbench", "python": ""}[program]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TOX_"))}
    # `python -m pytest` would put the current folder on the path, which `pytest` does not.
    code = f"import runpy, sys; sys.path.remove(''); sys.argv[0] = {program!r}; "
    return subprocess.run(
        [
            sys.executable,
            *(["-c", f"{code}runpy.run_module({module!r}, run_name='__main__')"] if module else []),
            *arguments,
        ],
        cwd=folder,
        env={**environment, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=900,
    )


def follow(recipe: Recipe, folder: Path) -> None:
    """Do what a recipe says in `folder`, and see that what it shows appears."""
    if recipe.name == "speed":  # on a machine that others keep busy, the gate would rightly say that it cannot tell
        (folder / "conftest.py").write_text(
            "from pytest_asrbench.statistics.speed import judge\n\njudge.QUIET = 99.0\n", "utf-8"
        )
    for step in recipe.steps:
        if isinstance(step, File):
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.path).write_text(step.content, "utf-8")
            continue
        done = typed(step.line, folder)
        told = f"$ {step.line}\n{done.stdout}{done.stderr}"
        assert done.returncode == step.exit_code, told
        absent = missing(step.output, done.stderr + done.stdout if step.exit_code == 4 else done.stdout)
        assert absent is None, f"not shown: {absent}\n{told}"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.source}-{recipe.name}")
def test_what_is_typed_runs_and_shows_what_is_shown(recipe: Recipe, folder: Path) -> None:
    pytest.importorskip("pocketsphinx", reason="the recipes run the recogniser that comes with the package")
    pytest.importorskip(NEEDS.get(recipe.name, "pytest"))
    if recipe.name in REAL:
        pytest.skip("it needs real weights: tox -e real follows it")
    follow(recipe, folder)


def test_a_line_that_does_not_come_is_noticed() -> None:
    shown = ("WER 37.50 % of recordings/young-man ... 30.00 % (--asr-snippet-max-wer)", "...", "1 failed in 3.62s")
    output = (
        "WER 37.50 % of recordings/young-man exceeds 30.00 % (--asr-snippet-max-wer)\nmore\n=== 1 failed in 0.2s ==="
    )
    assert missing(shown, output) is None
    assert missing(shown, output.replace("37.50", "37.60")) == shown[0]
    assert missing(shown, output.replace("1 failed", "2 failed")) == shown[2]
    assert missing(tuple(reversed(shown)), output) == shown[0], "the order counts"
    assert plain(" stub   clips   0.00 %   0+0+0 / 4   0.133   1.2e-05   128   1 of 1") == (
        "stub clips 0.00 % 0+0+0 / 4 # # # 1 of 1"
    )
    assert plain(" stub   garden   -   0+0+2 / 0   -   2   2.5   0.5   131   1 of 1") == (
        "stub garden - 0+0+2 / 0 - # # # # 1 of 1"
    )


def test_every_kind_of_step_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- recipe: one -->\n`a/b.toml`:\n\n```toml\nx = 1\n```\n\nThen:\n\n```console\n$ pytest -q\nERROR: no\n"
        "$ pytest\n1 failed\n```\n<!-- end -->\n",
        "utf-8",
    )
    (recipe,) = recipes(page)
    first, second = Command("pytest -q", ("ERROR: no",)), Command("pytest", ("1 failed",))
    assert recipe.steps == (File("a/b.toml", "x = 1\n"), first, second)
    assert (first.exit_code, second.exit_code, Command("pytest", ("4 passed",)).exit_code) == (4, 1, 0)


# What is not run is checked in other ways


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_nothing_is_shown_as_output_that_was_not_run(document: Path) -> None:
    for language, text, _ in blocks(outside(document)):
        assert language != "console", f"outside of a recipe: {text}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_configuration_that_is_shown_would_be_taken(document: Path) -> None:
    options = {option.name for option in OPTIONS if option.ini is not None}
    known = entry.catalogue()
    for language, text, _ in blocks(document.read_text("utf-8")):
        if language != "toml":
            continue
        content = tomllib.loads(text)
        tool: Mapping[str, Any] = content.get("tool", {})
        for name, table in {**content.get("models", {}), **tool.get("asrbench", {}).get("models", {})}.items():
            entry.read(name, table, document.name, known)
        unknown = {key for key in tool.get("pytest", {}) if key.startswith("asr_")} - options
        assert not unknown, f"no such option: {unknown}"


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "reports" / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        place = (document.parent / path) if path else document
        assert place.exists(), f"{target} does not exist"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", place.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_option_column_fixture_and_hook_is_documented() -> None:
    pages = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)
    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_asrbench_")]
    own = [name for name in vars(fixtures) if name.startswith("asr_")]
    names = [*(option.switch for option in OPTIONS), *columns(), *own, *hooks]
    assert len(hooks) >= 4
    assert len(own) >= 7
    assert [name for name in names if f"`{name}" not in pages] == []


def test_the_figures_of_the_readme_are_those_of_the_sample_run() -> None:
    content = json.loads((SAMPLE / "results.json").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    intervals = content["findings"]["intervals"]
    for totals, interval in zip(content["totals"], intervals, strict=True):
        errors = "+".join(str(totals[name]) for name in ("substitutions", "deletions", "insertions"))
        rate = f"{totals['wer'] * 100:.2f} % " + plain(f"{interval['low'] * 100:.1f}–{interval['high'] * 100:.1f} %")
        row = f"{totals['model']} quickstart {rate} {errors} / {totals['reference_words']}"
        assert row in plain(readme)
        assert (interval["model"], interval["estimate"]) == (totals["model"], totals["wer"])
        assert f" {totals['rtf']:.3g} " in readme
    assert content["run"]["command"] in readme
    assert content["run"]["machine"]["node"] == "sample", "a host's name is nobody's business"


@pytest.mark.parametrize("name", ["results.csv", "results.json"])
def test_the_sample_run_names_no_place_on_a_machine(name: str) -> None:
    assert re.findall(r"(?:/(?:home|root|tmp|Users)/|[A-Z]:\\)\S*", (SAMPLE / name).read_text("utf-8")) == []
