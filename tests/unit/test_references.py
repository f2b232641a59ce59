"""References by field: beside the recording, in a manifest, and what is said of one that is not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.errors import CorpusError


def folder(path: Path, **texts: str) -> Path:
    """A recording x.wav and its texts by the ends of their names."""
    (path / "x.wav").touch()  # listing opens none
    for ending, text in texts.items():
        (path / f"x{ending.replace('_', '.')}.txt").write_text(text, "utf-8")
    return path


def only(where: Path) -> Snippet:
    (snippet,) = loading.load(where).snippets
    return snippet


def test_a_folder_has_a_text_for_each_field(tmp_path: Path) -> None:
    snippet = only(folder(tmp_path, **{"": "um hello", "_clean": "Hello.", "_de": "Hallo"}))
    assert snippet.references == {"verbatim": "um hello", "clean": "Hello.", "de": "Hallo"}
    assert (snippet.reference(), snippet.reference("clean")) == ("um hello", "Hello.")
    with pytest.raises(
        CorpusError, match=r"x: there is no reference 'fr', which the task needs: write it into x\.fr\.txt"
    ):
        snippet.reference("fr")


def test_one_field_is_enough(tmp_path: Path) -> None:
    snippet = only(folder(tmp_path, _clean="Hello."))
    assert snippet.problem is None
    assert snippet.references == {"clean": "Hello."}
    with pytest.raises(CorpusError, match="snippet x has no transcript"):
        snippet.reference()


def test_a_text_whose_name_means_no_field_is_none(tmp_path: Path) -> None:
    folder(tmp_path, **{"": "hello"})
    (tmp_path / "x.2024-01.txt").write_text("else", "utf-8")
    problems = [one.problem or "" for one in loading.load(tmp_path).snippets]
    assert any("x.2024-01.txt has no recording" in one for one in problems)


def test_a_field_without_words_is_named_with_its_file(tmp_path: Path) -> None:
    snippet = only(folder(tmp_path, **{"": "hello", "_clean": " "}))
    with pytest.raises(CorpusError, match=r"x\.clean\.txt: the reference is empty"):
        snippet.reference("clean")


def manifest(path: Path, **entry: Any) -> Path:
    (path / "x.wav").touch()  # listing opens none
    (path / "m.jsonl").write_text(json.dumps({"audio_filepath": "x.wav", **entry}) + "\n", "utf-8")
    return path / "m.jsonl"


@pytest.mark.parametrize(
    "entry",
    [
        {"text": "um hello", "references": {"clean": "Hello."}},
        {"text": "um hello", "clean": "Hello.", "pred_text": "said by a model", "duration": 0.5},
        {"references": {"clean": "Hello.", "verbatim": "um hello"}},
    ],
)
def test_a_manifest_names_fields_in_a_table_or_by_name(tmp_path: Path, entry: dict[str, Any]) -> None:
    assert only(manifest(tmp_path, **entry)).references == {"verbatim": "um hello", "clean": "Hello."}


@pytest.mark.parametrize("given", ["Hello.", {"clean": 5}, ["x"]])
def test_references_of_another_kind_are_a_problem_of_the_line(tmp_path: Path, given: Any) -> None:
    snippet = only(manifest(tmp_path, text="um hello", references=given))
    assert "m.jsonl, line 1: references is" in (snippet.problem or "")
    assert "it should be a table of texts" in (snippet.problem or "")


def test_a_line_without_any_text_is_still_one(tmp_path: Path) -> None:
    assert "text missing" in (only(manifest(tmp_path, txet="um hello")).problem or "")


def test_what_is_meant_to_be_nothing_is_declared_by_its_field(tmp_path: Path) -> None:
    snippet = only(manifest(tmp_path, text="um, uh", clean=""))
    with pytest.raises(CorpusError, match=r'line 1: the reference is empty.*say so: "empty": \["clean"\] in the manif'):
        snippet.reference("clean")
    snippet = only(manifest(tmp_path, text="um, uh", clean="", empty=["clean"]))
    assert (snippet.reference("clean"), snippet.reference()) == ("", "um, uh")
    snippet = only(manifest(tmp_path, text="", clean="", empty=["clean"]))
    with pytest.raises(CorpusError, match="if the clip holds no speech, say so"):
        snippet.reference()
    assert "empty is 'clean'; it should be a list" in (only(manifest(tmp_path, text="um", empty="clean")).problem or "")


def test_a_folder_declares_it_in_its_description(tmp_path: Path) -> None:
    folder(tmp_path, **{"": "um", "_clean": ""})
    (tmp_path / "corpus.toml").write_text('[snippets."x"]\nempty = ["clean"]\n', "utf-8")
    assert only(tmp_path).references == {"verbatim": "um", "clean": ""}


def test_what_else_metrics_need_is_read_with_what_is_wrong_with_it(tmp_path: Path) -> None:
    snippet = only(folder(tmp_path, **{"": "um hello", "_clean": "Hello."}))
    assert snippet.readable(["verbatim", "fr"]) == ({"verbatim": "um hello"}, [])
    (tmp_path / "x.txt").write_bytes(b"caf\xe9")
    found, (wrong,) = only(tmp_path).readable(["clean", "verbatim"])
    assert found == {"clean": "Hello."}
    assert "x.txt is not UTF-8" in wrong
