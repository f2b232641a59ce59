"""Ids of a manifest's lines: the file's name, its path, or that and the part, whichever tells them apart first."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from tests.unit.corpora import by_id, line, manifest, problems


def ids(folder: Path, *lines: str, allowed: tuple[Path, ...] = ()) -> list[str]:
    """The ids of these lines, none of which has a problem."""
    loaded = loading.load(manifest(folder, *lines), allowed)
    assert not problems(loaded)
    return [snippet.id for snippet in loaded.snippets]


def test_a_name_that_is_alone_is_the_id(tmp_path: Path) -> None:
    assert ids(tmp_path, line("one/a.wav"), line("two/b.wav", offset=1.0, duration=2.0)) == ["a", "b"]


def test_folders_tell_equal_names_apart(tmp_path: Path) -> None:
    lines = [line("s1/001.wav"), line("s2/001.wav"), line("s1/x/001.flac"), line("other.wav")]
    assert ids(tmp_path, *lines) == ["s1/001", "s2/001", "s1/x/001", "other"]


def test_an_id_does_not_depend_on_the_order(tmp_path: Path) -> None:
    lines = [line("s1/001.wav"), line("s2/001.wav"), line("001.wav"), line("b.wav")]
    forwards = ids(tmp_path, *lines)
    assert forwards == ["s1/001", "s2/001", "001", "b"]
    assert ids(tmp_path, *reversed(lines)) == forwards[::-1]


def test_parts_of_one_file_are_told_apart_by_their_offsets(tmp_path: Path) -> None:
    lines = [line("s/1.wav", offset=0.0, duration=1.3), line("s/1.wav", offset=1.3000000001), line("s/1.wav")]
    assert ids(tmp_path, *lines) == ["s/1#0", "s/1#1.3", "s/1"]


def test_parts_that_begin_together_are_told_apart_by_their_ends(tmp_path: Path) -> None:
    lines = [
        line("1.wav", offset=0.5, duration=1),
        line("1.wav", offset=0.5, duration=2),
        line("1.wav", offset=7200.25),
    ]
    assert ids(tmp_path, *lines) == ["1#0.5-1.5", "1#0.5-2.5", "1#7200.25"]


def test_endings_tell_files_apart_that_differ_in_nothing_else(tmp_path: Path) -> None:
    assert ids(tmp_path, line("c/a.wav"), line("c/a.mp3"), line("d/a.wav")) == ["c/a.wav", "c/a.mp3", "d/a"]


def test_an_id_that_a_line_gives_itself_stays(tmp_path: Path) -> None:
    assert ids(tmp_path, line("s1/1.wav", id="1"), line("s2/1.wav")) == ["1", "s2/1"]


def test_files_outside_are_named_below_the_folder_they_share(tmp_path: Path) -> None:
    data = tmp_path / "data" / "set"
    lines = [line(str(data / "x" / "1.wav")), line(str(data / "y" / "1.wav")), line("1.wav")]
    (tmp_path / "lists").mkdir()
    assert ids(tmp_path / "lists", *lines, allowed=(data,)) == ["x/1", "y/1", "1"]


@pytest.mark.parametrize("part", [{}, {"offset": 1.5, "duration": 2}])
def test_a_line_twice_is_a_problem(tmp_path: Path, part: dict[str, float]) -> None:
    loaded = loading.load(manifest(tmp_path, line("a.wav", **part), line("a.wav", **part)))
    (first, second) = loaded.snippets
    assert first.problem is None
    assert second.id == f"{first.id}#2"
    assert "line 2" in (second.problem or "")


def test_ten_thousand_parts_of_one_file(tmp_path: Path) -> None:
    loaded = loading.load(manifest(tmp_path, *(line("a.wav", offset=n / 10, duration=5) for n in range(10_000))))
    assert len(by_id(loaded)) == 10_000
    assert not problems(loaded)
