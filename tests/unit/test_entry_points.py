"""The one lookup of what installed packages offer: by name, without importing, and told when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import pytest

from pytest_asrbench.corpus import registry as corpora
from pytest_asrbench.engine import setup as engines
from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics import registry as metrics
from pytest_asrbench.models import registry as adapters
from pytest_asrbench.support import entry_points
from pytest_asrbench.tasks import registry as tasks

GROUP = "pytest_asrbench.test"


def package(folder: Path, name: str, points: Mapping[str, str]) -> None:
    """What an installed package leaves in a folder of packages."""
    facts = folder / f"{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = "".join(f"{key} = {value}\n" for key, value in points.items())
    (facts / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}", "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages."""
    monkeypatch.syspath_prepend(tmp_path)
    entry_points.everything.cache_clear()
    yield tmp_path
    entry_points.everything.cache_clear()


def test_what_packages_offer_is_found_by_name_and_not_imported(site: Path) -> None:
    package(site, "one", {"a": "nowhere:A", "b": "nowhere:B"})
    package(site, "two", {"c": "nowhere:C"})
    found = entry_points.offered(GROUP)
    assert {name: point.value for name, point in found.items()} == {
        "a": "nowhere:A",
        "b": "nowhere:B",
        "c": "nowhere:C",
    }
    assert entry_points.package(found["c"]) == "two"
    assert entry_points.offered("pytest_asrbench.nothing") == {}


def test_a_name_that_two_packages_offer_is_refused(site: Path) -> None:
    package(site, "one", {"a": "nowhere:A"})
    package(site, "two", {"a": "elsewhere:A"})
    with pytest.raises(UsageError) as caught:
        entry_points.offered(GROUP)
    assert str(caught.value) in (
        f"one and two both offer 'a' in {GROUP}: uninstall one of them",
        f"two and one both offer 'a' in {GROUP}: uninstall one of them",
    )


def test_a_package_that_is_there_twice_is_one(site: Path) -> None:
    package(site, "one", {"a": "nowhere:A"})
    package(site, "renamed", {"a": "nowhere:A"})
    assert entry_points.offered(GROUP)["a"].value == "nowhere:A"


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        ("absent_part:A", "", "the part 'a' cannot be loaded (No module named 'absent_part'): mend it"),
        ("part_one:B", "A = 1", "the part 'a' cannot be loaded (module 'part_one' has no attribute 'B'): mend it"),
        ("part_two:A", "raise KeyError('licence')", "the part 'a' cannot be loaded (KeyError: 'licence'): mend it"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(site: Path, value: str, code: str, said: str) -> None:
    if code:
        (site / f"{value.partition(':')[0]}.py").write_text(code, "utf-8")
    with pytest.raises(UsageError) as caught, entry_points.loading("the part 'a'", "mend it"):
        metadata.EntryPoint("a", value, GROUP).load()
    assert str(caught.value) == said


@pytest.mark.parametrize("registry", [adapters, corpora, engines, metrics, tasks])
def test_every_seam_is_proved_by_what_comes_with_the_package(registry: object) -> None:
    found = entry_points.offered(registry.GROUP)  # type: ignore[attr-defined]
    assert {entry_points.package(point) for point in found.values()} >= {"pytest-asrbench"}
