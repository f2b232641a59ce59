"""Repositories that are named on the command line: what is taken of them, by whom, and what is no name of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.errors import UsageError, WeightsError
from pytest_asrbench.models import entry, repositories, sources
from pytest_asrbench.models.registry import Registry, adapters


def test_a_repository_is_run_by_what_its_configuration_says() -> None:
    found = Registry().resolve("hf:our-team/whisper-small.de[num_beams=2]")
    assert found.hub is not None
    assert (found.adapter, found.hub.repo, found.hub.revision) == ("transformers", "our-team/whisper-small.de", "main")
    assert found.options == {"num_beams": 2}
    assert found.names[-1] == "hf:our-team/whisper-small.de"
    assert "config.json" in found.hub.files


def test_a_revision_stands_behind_the_name() -> None:
    found = Registry().resolve("hf:our-team/model@refs/pr/70")
    assert found.hub is not None
    assert (found.hub.repo, found.hub.revision) == ("our-team/model", "refs/pr/70")


def test_an_adapter_takes_a_repository_too() -> None:
    found = Registry().resolve("whisper:hf:our-team/model")
    assert found.hub is not None
    assert (found.adapter, found.source, found.hub.repo) == ("whisper", None, "our-team/model")


@pytest.mark.parametrize("name", ["hf:", "hf:model", "hf:a/b/c", "hf:../model", "hf:a/b@", "hf:https://hub/a/b"])
def test_what_names_no_repository(name: str) -> None:
    with pytest.raises(UsageError, match="names no repository; write hf:owner/name") as caught:
        Registry().resolve(name)
    assert len(str(caught.value).splitlines()) == 1


def test_an_adapter_whose_files_are_not_known() -> None:
    with pytest.raises(UsageError, match=r"pocketsphinx takes of a repository is not known; describe it in asrbench"):
        Registry().resolve("pocketsphinx:hf:team/model")


def test_layouts_are_of_adapters_that_exist() -> None:
    layouts = repositories._layouts()
    assert {name for layout in layouts.values() for name in layout.adapters} <= adapters().keys()
    assert all(layout.files for layout in layouts.values())
    assert not layouts.keys() & entry.catalogue().keys()


@pytest.mark.parametrize("value", ["openai/whisper-tiny", "hf:openai/whisper-tiny"])
def test_an_option_names_a_repository(value: str) -> None:
    found = repositories.of_options({"processor": value, "num_beams": "a/b"})
    assert {name: hub.repo for name, hub in found.items()} == {"processor": "openai/whisper-tiny"}


def test_an_option_may_name_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openai" / "whisper-tiny").mkdir(parents=True)
    for path in ("openai/whisper-tiny", "./openai", str(tmp_path), "a/b/c"):
        assert repositories.of_options({"processor": path}) == {}
    assert repositories.of_options({"processor": "hf:openai/whisper-tiny"}) != {}


def test_a_processor_that_is_not_here_is_asked_for_with_the_whole_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    model = Registry().resolve("whisper:./trained[processor=openai/whisper-tiny]")
    with pytest.raises(WeightsError, match=r"the files of openai/whisper-tiny are not on this machine: run") as caught:
        sources.resolve(model, tmp_path)
    assert 'download "whisper:./trained[processor=openai/whisper-tiny]"' in str(caught.value)
