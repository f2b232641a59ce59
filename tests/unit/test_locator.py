"""Locators: scheme, place and options; a path that exists is one, whatever signs are in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading, registry
from pytest_asrbench.corpus.locator import parse
from pytest_asrbench.errors import CorpusError, UsageError
from pytest_asrbench.support import entry_points
from tests.unit.corpora import manifest, pair, problems


@pytest.mark.parametrize(
    ("text", "scheme", "place", "options"),
    [
        ("recordings", "", "recordings", {}),
        ("./recordings[limit=5]", "", "./recordings", {"limit": 5}),
        ("hf:someone/calls[config=de,split=test]", "hf", "someone/calls", {"config": "de", "split": "test"}),
        ("common-voice:cv/de", "common-voice", "cv/de", {}),
        ("C:\\clips", "", "C:\\clips", {}),
        ("C:/clips[seed=1,limit=2]", "", "C:/clips", {"seed": 1, "limit": 2}),
        ("https://x.org/a.jsonl", "", "https://x.org/a.jsonl", {}),
        ("nemo:m_{0..3}.json[tar=a__OP_0..3_CL_.tar]", "nemo", "m_{0..3}.json", {"tar": "a__OP_0..3_CL_.tar"}),
    ],
)
def test_what_is_written_is_taken_apart(text: str, scheme: str, place: str, options: dict[str, object]) -> None:
    found = parse(text)
    assert (found.scheme, found.place, found.options) == (scheme, place, options)


def test_a_path_that_exists_is_no_locator(tmp_path: Path) -> None:
    for name in ("take[1]", "hf:x", "a,b[limit=1]"):
        pair(tmp_path / name, "a.wav")
        assert loading.load(parse(name, [tmp_path])).name == name
        (one,) = loading.load(parse(f"{name}[limit=1]", [tmp_path])).snippets if "[" not in name else [None]
        assert one is None or one.id == "a"


def test_a_scheme_can_be_named_and_takes_a_name_and_a_language(tmp_path: Path) -> None:
    pair(tmp_path / "clips", "a.wav")
    loaded = loading.load(f"folder:{tmp_path / 'clips'}[name=phone,language=German]")
    assert (loaded.name, loaded.language) == ("phone", "de")
    with pytest.raises(UsageError, match="language: "):
        loading.load(f"{tmp_path / 'clips'}[language=klingonisch]")


def test_an_unknown_scheme_names_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown corpus source 'kadli': did you mean 'kaldi'\?"):
        loading.load(f"kadli:{tmp_path}")
    with pytest.raises(CorpusError, match="is no folder"):
        loading.load(f"folder:{manifest(tmp_path, '{}')}")


def test_every_source_is_an_entry_point_that_loads() -> None:
    known = entry_points.offered(registry.GROUP)
    assert {"folder", "manifest", "hf", "lhotse", "kaldi", "nemo", "table", "librispeech", "common-voice"} <= set(known)
    assert all(callable(registry.source(name)) for name in known)


def test_subtitles_without_text_are_no_problem_of_other_recordings(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / "b.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nx\n")
    assert problems(loading.load(tmp_path)) == {}
