"""Links in folders: followed within the corpus, named where they lead outside, in circles or to nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import CorpusError
from tests.unit.corpora import by_id, pair, problems


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus with one clip, where links can be made."""
    pair(tmp_path / "corpus", "a.wav")
    try:
        (tmp_path / "link").symlink_to(tmp_path)
    except OSError:
        pytest.skip("links are not allowed here")
    return tmp_path / "corpus"


def test_a_linked_folder_inside_is_followed(folder: Path) -> None:
    pair(folder, ".store/b.wav", "behind a link")
    (folder / "calls").symlink_to(folder / ".store", target_is_directory=True)
    loaded = loading.load(folder)
    assert by_id(loaded).keys() == {"a", "calls/b"}
    assert by_id(loaded)["calls/b"].reference() == "behind a link"
    assert not problems(loaded)


def test_a_linked_folder_outside_is_a_problem_until_it_is_allowed(folder: Path) -> None:
    store = folder.parent / "store"
    pair(store, "b.wav", "secret")
    (folder / "calls").symlink_to(Path("..") / "store", target_is_directory=True)
    message = problems(loading.load(folder))["calls"]
    assert "outside" in message
    assert "asr_audio_roots" in message
    assert by_id(loading.load(folder, allowed=[store])).keys() == {"a", "calls/b"}


@pytest.mark.parametrize("name", ["b.wav", "b.txt"])
def test_a_linked_file_outside_is_not_read(folder: Path, name: str) -> None:
    pair(folder, "b.wav", "in the corpus")
    pair(folder.parent / "store", "b.wav", "secret")
    (folder / name).unlink()
    (folder / name).symlink_to(folder.parent / "store" / name)
    snippet = by_id(loading.load(folder))["b"]
    assert "asr_audio_roots" in (snippet.problem or "")
    if name == "b.txt":
        with pytest.raises(CorpusError, match="outside"):
            snippet.reference()
    else:
        assert snippet.reference() == "in the corpus"
        assert snippet.audio is None
        assert snippet.seconds() is None
    assert not problems(loading.load(folder, allowed=[folder.parent / "store"]))


def test_links_to_nothing_are_named(folder: Path) -> None:
    for name in ("d.wav", "d.txt", "calls", "readme.txt"):
        (folder / name).symlink_to(folder / "nowhere")
    found = problems(loading.load(folder))
    assert found.keys() == {"d", "calls"}
    assert "d.wav does not exist: it is a link to" in found["d"]


def test_a_dead_link_that_can_be_no_recording_is_remarked(folder: Path) -> None:
    (folder / "cover.jpg").symlink_to(folder / "nowhere")
    loaded = loading.load(folder)
    assert by_id(loaded).keys() == {"a"}
    assert "cover.jpg does not exist" in loaded.remarks[0]


def test_a_dead_link_of_git_annex_names_its_command(folder: Path) -> None:
    (folder / "b.wav").symlink_to(Path("..") / ".git" / "annex" / "objects" / "x" / "b.wav")
    (folder / "b.txt").write_text("some words")
    snippet = by_id(loading.load(folder))["b"]
    assert "git annex get b.wav" in (snippet.problem or "")
    assert snippet.reference() == "some words"


@pytest.mark.parametrize("target", [".", "..", "sub"])
def test_circles_are_left_and_told(folder: Path, target: str) -> None:
    pair(folder, "sub/b.wav")
    (folder / "sub" / "again").symlink_to(folder / target, target_is_directory=True)
    loaded = loading.load(folder)
    assert {"a", "sub/b"} <= by_id(loaded).keys()
    if target == "..":
        assert "outside" in problems(loaded)["sub/again"]
    else:
        assert not problems(loaded)
        assert "leads back to a folder above it" in loaded.remarks[0]


def test_a_link_to_itself_is_named(folder: Path) -> None:
    (folder / "self.wav").symlink_to(folder / "self.wav")
    assert "self.wav" in problems(loading.load(folder))["self"]


def test_the_corpus_itself_may_be_a_link(folder: Path) -> None:
    assert by_id(loading.load(folder.parent / "link" / "corpus")).keys() == {"a"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes among files")
def test_a_pipe_among_the_recordings_is_named(folder: Path) -> None:
    if sys.platform == "win32":
        return
    os.mkfifo(folder / "b.wav")
    (folder / "b.txt").write_text("some words")
    loaded = loading.load(folder)
    assert "b.wav is a pipe" in problems(loaded)["b"]
    assert by_id(loaded)["b"].reference() == "some words"
