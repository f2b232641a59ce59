"""Files of answers that were made elsewhere: what is read of them, and which clip each answer is of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_asrbench.corpus.loading import Corpus, Listing, Snippet
from pytest_asrbench.corpus.recording import FileRecording
from pytest_asrbench.engine.transcripts import files
from pytest_asrbench.engine.transcripts.matching import Matched, match
from pytest_asrbench.engine.transcripts.rows import Content, Row
from pytest_asrbench.errors import UsageError
from pytest_asrbench.records import Case

SCHEMA_1 = Path(__file__).parents[1] / "data" / "runs" / "schema-1-results.json"


def read(folder: Path, content: str, name: str = "answers.csv") -> Content:
    (folder / name).write_text(content, "utf-8")
    return files.read(folder / name)


def texts(content: Content) -> list[tuple[str, str]]:
    return [(row.clip, row.text) for row in content.rows]


# Forms


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bare.csv", 'a,one two\nb,"three, four"\n'),
        ("bare.tsv", "a\tone two\nb\tthree, four\n"),
        ("tabs.txt", "a\tone two\nb\tthree, four\n"),
        ("mark.csv", '\ufeffa,one two\r\nb,"three, four"\r\n'),
        ("headed.csv", 'id,text\na,one two\nb,"three, four"\n'),
        ("turned.csv", 'Hypothesis,Other,Utterance_ID\none two,x,a\n"three, four",y,b\n'),
        ("ours.csv", 'Model,Snippet,Transcript,Reference\nm,a,one two,x\nm,b,"three, four",y\n'),
        ("lines.jsonl", '{"id": "a", "pred_text": "one two"}\n\n{"id": "b", "pred_text": "three, four"}\n'),
        ("list.json", '[{"id": "a", "pred_text": "one two"},\n {"id": "b", "pred_text": "three, four"}]'),
    ],
)
def test_every_form_gives_the_same_rows(tmp_path: Path, name: str, content: str) -> None:
    assert texts(read(tmp_path, content, name)) == [("a", "one two"), ("b", "three, four")]


def test_a_manifest_tells_the_reference_beside_the_prediction(tmp_path: Path) -> None:
    line = {"audio_filepath": "wavs/a.wav", "text": "Said.", "pred_text": "heard", "duration": 1.5}
    (row,) = read(tmp_path, json.dumps(line), "m.jsonl").rows
    assert (row.clip, row.text, row.reference) == ("wavs/a.wav", "heard", "Said.")


def test_signs_that_our_tables_defuse_come_back(tmp_path: Path) -> None:
    content = read(tmp_path, "Snippet,Transcript,Status\na,'=1+1,OK\nb,'tis so,OK\nc,,ERROR\nd,,OK\n")
    assert texts(content) == [("a", "=1+1"), ("b", "'tis so"), ("d", "")], "an error is no answer, an empty text is"


def test_results_of_ours_know_whose_answers_they_are(tmp_path: Path) -> None:
    content = files.read(SCHEMA_1)
    assert len(content.models) == 1
    assert content.of(content.models[0]).rows == content.rows
    assert not content.of("nobody").rows
    assert {row.corpus for row in content.rows} == {"clips"}


def test_lines_that_are_no_answers_are_told_and_cost_nothing_else(tmp_path: Path) -> None:
    lines = ['{"id": "a", "pred_text": "one"}', "{", '{"pred_text": "x"}', '{"id": "b"}', '{"id": "c", "pred_text": 3}']
    content = read(tmp_path, "\n".join([*lines, '{"id": "d", "pred_text": null}']), "m.jsonl")
    assert texts(content) == [("a", "one")]
    told = [problem.rpartition("m.jsonl, ")[2] for problem in content.problems]
    assert [one[:6] for one in told] == ["line 2", "line 3", "line 4", "line 5"]
    assert "the clip (id, audio_filepath) is missing" in told[1]
    assert "pred_text is missing" in told[2]
    assert "pred_text is 3; it should be a text" in told[3]


def test_a_row_of_another_width_is_named(tmp_path: Path) -> None:
    content = read(tmp_path, "a,one\nb,two, and a half\n")
    assert texts(content) == [("a", "one")]
    assert content.problems[0].endswith("line 2: 3 cells, and 2 columns: quote those that hold the delimiter")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.csv", "a,b,c\n", "t.csv has a, b, c in its first line: a table of answers has two columns"),
        ("t.csv", "", "t.csv has nothing in its first line"),
        ("t.jsonl", '{"clips": {}}', "holds no answers"),
        ("t.csv", "\x00\x01\x02", "is no text in UTF-8"),
    ],
)
def test_what_is_no_file_of_answers_is_refused(tmp_path: Path, name: str, content: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, content, name)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.csv does not exist"):
        files.read(tmp_path / "gone.csv")


# Clips


def corpus(*ids: str, name: str = "clips", folder: str = "/data/clips") -> Corpus:
    snippets = [Snippet(one, FileRecording(Path(folder, f"{one}.wav")), text=f"This is {one}.") for one in ids]
    return Corpus(name, Listing(snippets))


def rows(*clips: str, **more: str) -> list[Row]:
    return [Row(f"f, line {number}", clip, f"answer {number}", **more) for number, clip in enumerate(clips)]


def matched(given: list[Row], *corpora: Corpus) -> tuple[dict[str, list[str]], list[str], Matched]:
    found = match(given, corpora, lambda text: text.casefold().strip(" ."))
    return (
        {f"{c}/{s}": [row.text for row in some] for (c, s), some in found.rows.items()},
        [row.clip for row in found.unknown],
        found,
    )


@pytest.mark.parametrize(
    "clip", ["x/a", "x/a.wav", "./x/a.flac", "/data/clips/x/a.wav", "/home/me/x/a.wav", r"D:\speech\x\a.wav", "a"]
)
def test_a_clip_is_found_by_id_and_by_path(clip: str) -> None:
    found, unknown, _ = matched(rows(clip), corpus("x/a", "x/b"))
    assert found == {"clips/x/a": ["answer 0"]}
    assert unknown == []


def test_an_id_with_a_point_keeps_it() -> None:
    found, unknown, _ = matched(rows("a.1", "a.2"), corpus("a.1", "a.2"))
    assert found == {"clips/a.1": ["answer 0"], "clips/a.2": ["answer 1"]}
    assert unknown == []


def test_of_clips_of_one_name_each_gets_the_nearest() -> None:
    found, unknown, _ = matched(rows("/q/x/a.wav", "/q/y/a.wav", "/q/z/a.wav"), corpus("x/a", "y/a"))
    assert found == {"clips/x/a": ["answer 0"], "clips/y/a": ["answer 1"]}
    assert unknown == ["/q/z/a.wav"]


def test_a_corpus_that_is_told_counts() -> None:
    both = corpus("a"), corpus("a", name="others", folder="/data/others")
    found, unknown, _ = matched([*rows("a", corpus="others"), *rows("a", corpus="third")], *both)
    assert found == {"others/a": ["answer 0"]}
    assert unknown == ["a"]
    assert matched(rows("a"), *both)[0] == {"clips/a": ["answer 0"], "others/a": ["answer 0"]}


def test_answers_to_a_task_are_no_others_answers() -> None:
    _, _, found = matched([*rows("a", task="tidy"), *rows("a", task="transcribe")], corpus("a"))
    assert len(found.of(Case("m", "clips", "a"))) == 1
    assert [row.task for row in found.of(Case("m", "clips", "a", "tidy"))] == ["tidy"]
    assert found.of(Case("m", "clips", "a", "other")) == []


def test_counted_samples_go_by_their_references() -> None:
    said = ["This is b.", "this is a", "This is gone."]
    counted = [
        Row(f"f, line {n}", f"sample_{n}", f"answer {n}", reference=reference) for n, reference in enumerate(said)
    ]
    found, unknown, _ = matched(counted, corpus("a", "b", "c"))
    assert found == {"clips/a": ["answer 1"], "clips/b": ["answer 0"]}
    assert unknown == ["sample_2"]


def test_samples_that_say_the_same_go_in_order() -> None:
    alike = Corpus("c", Listing([Snippet(one, text="Yes.") for one in "ab"]))
    same = [Row(f"f, line {n}", f"sample_{n}", f"answer {n}", reference="yes") for n in range(2)]
    assert matched(same, alike)[0] == {"c/a": ["answer 0"], "c/b": ["answer 1"]}
