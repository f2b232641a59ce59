"""Manifests: every entry is a snippet, or a problem that names file and line."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.recording import FileRecording
from pytest_asrbench.errors import AudioError, CorpusError
from tests.unit import sounds
from tests.unit.corpora import by_id, complaint, line, manifest, problems


def test_a_manifest_with_all_that_may_be_said(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        line("audio/a.wav", "hello", duration=1.5, lang="en", speaker=17, tags=["read"], source="web", sampling_rate=8),
        "",
        line(
            "audio/b.wav", "", id="silence", nonspeech=True, channel=1, offset=0.5, max_wer=0.2, language="de", x=None
        ),
    )
    loaded = loading.load(path)
    assert loaded.name == "manifest"
    first, second = loaded.snippets
    assert (first.id, first.audio, first.text) == ("a", tmp_path / "audio/a.wav", "hello")
    assert (first.duration, first.language, first.speaker, first.tags) == (1.5, "en", "17", ("read",))
    assert (second.id, second.nonspeech) == ("silence", True)
    assert second.recording == FileRecording(tmp_path / "audio/b.wav", offset=0.5, channel=1)
    assert (second.max_wer, second.language) == (0.2, "de")
    assert second.reference() == ""
    assert not problems(loaded)


BROKEN_LINES: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ("audio/a.wav some words", "not JSON"),
    "half a line": (line()[:-5], "not JSON"),
    "two objects": (line() + line(), "not JSON"),
    "NaN": ('{"audio_filepath": "a.wav", "text": "x", "duration": NaN}', "NaN is no number"),
    "endless": ('{"audio_filepath": "a.wav", "text": "x", "duration": 1e999}', "duration is inf"),
    "5,000 digits": ('{"audio_filepath": "a.wav", "text": "x", "duration": ' + "1" * 5_000 + "}", "not JSON"),
    "deep": ("[" * 100_000, "not JSON"),
    "latin-1": (line("a.wav", "caf").replace("caf", "caf\xe9").encode("latin-1"), "not UTF-8"),
    "a list": ("[1, 2]", "is no object"),
    "null": ("null", "is no object"),
    "a number": ("3", "is no object"),
    "no text": ('{"audio_filepath": "a.wav"}', "text missing"),
    "no path": ('{"text": "x"}', "audio_filepath missing"),
    "nothing": ("{}", "audio_filepath and text missing"),
    "text null": (line(text=None), "text is None; it should be a string"),
    "text a list": (line(text=["x"]), "text is ['x']"),
    "path a number": (line(5), "audio_filepath is 5"),
    "path empty": (line(""), "audio_filepath is empty"),
    "path with NUL": (line("a\0.wav"), "no usable path"),
    "up": (line("../a.wav"), "points outside"),
    "up and down": (line("sub/../../elsewhere/a.wav"), "points outside"),
    "absolute": (line(os.path.abspath(os.sep) + "elsewhere.wav"), "points outside"),  # noqa: PTH100
    "duration a string": (line(duration="1.5"), "duration is '1.5'; it should be a number of seconds above 0"),
    "duration zero": (line(duration=0), "duration is 0"),
    "duration true": (line(duration=True), "duration is True"),
    "duration vast": (line(duration=10**400), "duration is 1"),
    "offset negative": (line(offset=-1), "offset is -1"),
    "channel negative": (line(channel=-1), "channel is -1"),
    "channel half": (line(channel=0.5), "channel is 0.5"),
    "nonspeech a string": (line(nonspeech="yes"), "nonspeech is 'yes'; it should be true or false"),
    "tags a string": (line(tags="read"), "tags is 'read'"),
    "tags of numbers": (line(tags=[1]), "tags is [1]"),
    "language a number": (line(lang=7), "lang is 7"),
    "speaker an object": (line(speaker={}), "speaker is {}"),
    "max_wer negative": (line(max_wer=-0.1), "max_wer is -0.1"),
    "id a list": (line(id=[1]), "id is [1]"),
    "id with a line end": (line(id="a\nb"), "id is 'a\\nb'"),
    "id half a pair": ('{"audio_filepath": "a.wav", "text": "x", "id": "\\ud800"}', "id is '\\ud800'"),
    "id too long": (line(id="x" * 1_000), "id is 'xxx"),
    "id blank": (line(id=" "), "id is ' '"),
}


@pytest.mark.parametrize("kind", BROKEN_LINES)
def test_a_broken_line_is_one_problem_and_the_others_stay(tmp_path: Path, kind: str) -> None:
    broken, words = BROKEN_LINES[kind]
    path = manifest(tmp_path, line("first.wav"), broken, line("last.wav"))
    loaded = loading.load(path)
    assert by_id(loaded).keys() == {"first", "line-2", "last"}
    message = problems(loaded)["line-2"]
    assert f"{path}, line 2: " in message
    assert words in message
    assert len(message) < 700, "long values are shortened"
    with pytest.raises(CorpusError, match="line 2"):
        by_id(loaded)["line-2"].read(16_000, "x")


def test_a_broken_line_keeps_its_own_id(tmp_path: Path) -> None:
    loaded = loading.load(manifest(tmp_path, line(text=None, id="mine"), line("b.wav")))
    assert problems(loaded).keys() == {"mine"}


def test_a_link_that_leads_outside(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    sounds.write(tmp_path / "elsewhere" / "a.wav")
    folder.mkdir()
    try:
        (folder / "a.wav").symlink_to(tmp_path / "elsewhere" / "a.wav")
    except OSError:
        pytest.skip("links are not allowed here")
    path = manifest(folder, line("a.wav"))
    assert "points outside" in problems(loading.load(path))["line-1"]
    allowed = loading.load(path, allowed=[tmp_path / "elsewhere"])
    assert allowed.snippets[0].read(16_000, "x").seconds == 1.0


def test_an_absolute_path_inside_is_fine(tmp_path: Path) -> None:
    loaded = loading.load(manifest(tmp_path, line(str(tmp_path / "sub" / "a.wav"))))
    assert not problems(loaded)
    assert loaded.snippets[0].audio == tmp_path / "sub" / "a.wav"


def test_the_same_id_twice(tmp_path: Path) -> None:
    path = manifest(tmp_path, line("a.wav", id="x"), line("b.wav", id="x"), line("c.wav", id="x#2"), line("x.wav"))
    loaded = loading.load(path)
    assert [snippet.id for snippet in loaded.snippets] == ["x", "x#3", "x#2", "x#4"]
    found = problems(loaded)
    assert found.keys() == {"x#3", "x#4"}
    assert f"{path}, line 2: the id 'x' belongs to {path}, line 1 already; give one of them an id" in found["x#3"]


def test_a_clash_of_base_names(tmp_path: Path) -> None:
    loaded = loading.load(manifest(tmp_path, line("one/a.wav"), line("two/a.flac"), line("b.wav")))
    assert by_id(loaded).keys() == {"one/a", "two/a", "b"}
    assert not problems(loaded)


def test_ten_thousand_duplicates_are_no_matter_of_minutes(tmp_path: Path) -> None:
    loaded = loading.load(manifest(tmp_path, *[line("a.wav")] * 10_000))
    assert len(by_id(loaded)) == 10_000
    assert len(problems(loaded)) == 9_999


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n"])
def test_an_empty_manifest(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(content)
    message = complaint(path)
    assert str(path) in message
    assert "audio_filepath" in message


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_byte_order_mark_and_line_ends_of_other_systems(tmp_path: Path, ends: bytes) -> None:
    path = manifest(tmp_path, b"\xef\xbb\xbf" + line("a.wav", "ä").encode(), line("b.wav"), "{", ends=ends)
    loaded = loading.load(path)
    assert by_id(loaded).keys() == {"a", "b", "line-3"}
    assert loaded.snippets[0].reference() == "ä"
    assert f"{path}, line 3" in problems(loaded)["line-3"]


def test_line_ends_within_texts_do_not_end_lines(tmp_path: Path) -> None:
    text = "one\u2028two\x85three\x0bfour"
    raw = json.dumps({"audio_filepath": "a.wav", "text": text}, ensure_ascii=False).replace("\x0b", "\\u000b")
    loaded = loading.load(manifest(tmp_path, raw.encode()))
    assert loaded.snippets[0].text == text


def test_a_manifest_in_utf_16(tmp_path: Path) -> None:
    path = manifest(tmp_path, line().encode("utf-16"))
    assert "iconv -f UTF-16 -t UTF-8" in complaint(path)


def test_a_line_of_a_megabyte(tmp_path: Path) -> None:
    text = "word " * 200_000
    loaded = loading.load(
        manifest(tmp_path, line(text=text), "x" * 1_000_000, line("y" * 1_000_000 + ".wav", id="long"))
    )
    assert loaded.snippets[0].reference() == text.strip()
    assert {"line-2", "long"} >= problems(loaded).keys() >= {"line-2"}, "systems differ in how long a name may be"
    assert all(len(problem) < 700 for problem in problems(loaded).values())
    with pytest.raises(CorpusError):
        by_id(loaded)["long"].read(16_000, "x")


def test_audio_that_is_not_there_is_an_error_of_its_case(tmp_path: Path) -> None:
    snippet = loading.load(manifest(tmp_path, line("gone.wav"))).snippets[0]
    assert snippet.problem is None
    assert snippet.reference() == "some words"
    with pytest.raises(AudioError, match=r"gone\.wav does not exist"):
        snippet.read(16_000, "x")


def test_an_empty_text_asks_what_is_meant(tmp_path: Path) -> None:
    path = manifest(tmp_path, line(text=" "))
    with pytest.raises(CorpusError, match="line 1: the reference is empty"):
        loading.load(path).snippets[0].reference()


@pytest.mark.parametrize("text", ["...", "?!", "♪ — ♪"])
def test_a_text_of_marks_alone_asks_what_is_meant(tmp_path: Path, text: str) -> None:
    sounds.write(tmp_path / "a.wav")
    lines = [
        {"audio_filepath": "a.wav", "text": text, "id": name, "nonspeech": name == "meant"} for name in ("x", "meant")
    ]
    (tmp_path / "m.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    found = by_id(loading.load(tmp_path / "m.jsonl"))
    with pytest.raises(CorpusError, match="line 1: the reference holds no word"):
        found["x"].reference()
    assert found["meant"].reference() == text


def test_what_is_no_path_here_is_named_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text(
        "\n".join(
            json.dumps({"audio_filepath": name, "text": "x"}) for name in ("https://example.com/a.wav", "s1\\a.wav")
        )
    )
    address, windows = loading.load(tmp_path / "m.jsonl").snippets
    assert "'https://example.com/a.wav' is an address; download it" in (address.problem or "")
    if os.sep == "/":
        with pytest.raises(AudioError, match="write / between folders"):
            windows.read(sounds.RATE, "x")


def test_offset_and_duration_select_a_part(tmp_path: Path) -> None:
    sounds.write(tmp_path / "a.wav", sounds.tone(3.0))
    path = manifest(
        tmp_path, line(id="part", offset=1, duration=0.5), line(id="whole", duration=3), line(id="wrong", duration=9)
    )
    part, whole, wrong = loading.load(path).snippets
    assert part.read(16_000, "x").seconds == 0.5
    assert part.seconds() == 0.5
    assert whole.read(16_000, "x").seconds == 3.0
    with pytest.raises(AudioError, match=r"the manifest says 9\.00 s"):
        wrong.read(16_000, "x")


def test_seconds_come_from_the_header_if_nobody_declares_them(tmp_path: Path) -> None:
    sounds.write(tmp_path / "a.wav", sounds.tone(1.25))
    assert loading.load(manifest(tmp_path, line())).snippets[0].seconds() == 1.25


# What a manifest may look like


def test_a_refused_line_keeps_its_text_and_what_else_is_right(tmp_path: Path) -> None:
    broken = line("../a.wav", "words that count", id="b", duration="2.8", lang="de", speaker=4, nonspeech="no")
    snippet = by_id(loading.load(manifest(tmp_path, line("a.wav"), broken)))["b"]
    assert snippet.problem is not None
    assert "line 2" in snippet.origin
    assert snippet.reference() == "words that count"
    assert (snippet.language, snippet.speaker, snippet.duration, snippet.nonspeech) == ("de", "4", None, False)


@pytest.mark.parametrize("text", [None, 7, ["words"]])
def test_a_refused_line_without_a_text_has_no_words(tmp_path: Path, text: Any) -> None:
    snippet = by_id(loading.load(manifest(tmp_path, line(text=text, id="b"), line())))["b"]
    with pytest.raises(CorpusError, match="line 1"):
        snippet.reference()


def entries() -> list[dict[str, Any]]:
    return [json.loads(line("a.wav", "one two")), json.loads(line("b.wav", "three"))]


@pytest.mark.parametrize("name", ["train_manifest.json", "x.jsonl", "x.manifest", "list", "x.ndjson"])
@pytest.mark.parametrize("form", ["lines", "list", "pretty list", "pretty objects"])
def test_what_a_manifest_holds_decides(tmp_path: Path, name: str, form: str) -> None:
    indent = 2 if form.startswith("pretty") else None
    if form.endswith("list"):
        text = json.dumps(entries(), indent=indent)
    else:
        text = "\n".join(json.dumps(entry, indent=indent) for entry in entries())
    (tmp_path / name).write_text("\ufeff" + text + "\n", encoding="utf-8")
    loaded = loading.load(tmp_path / name)
    assert [(snippet.id, snippet.text) for snippet in loaded.snippets] == [("a", "one two"), ("b", "three")]
    assert not problems(loaded)
    assert loaded.name == Path(name).stem


def test_a_manifest_in_gzip(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(entry) for entry in entries()).encode()))
    loaded = loading.load(path)
    assert loaded.name == "train"
    assert by_id(loaded).keys() == {"a", "b"}
    path.write_bytes(path.read_bytes()[:-12])
    assert "cannot be unpacked" in complaint(path)


def test_broken_entries_of_a_list_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps([*entries(), 5, {"text": "kept", "duration": float("nan")}]))
    loaded = loading.load(path)
    assert problems(loaded).keys() == {"entry-3", "entry-4"}
    assert f"{path}, entry 3: 5 is no object" in problems(loaded)["entry-3"]
    assert by_id(loaded)["entry-4"].reference() == "kept"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        (b"<html><body>404</body></html>", "a web page"),
        (b"PK\x03\x04" + bytes(30), "ZIP archive"),
    ],
)
def test_what_is_no_manifest_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    message = complaint(path)
    assert "is no manifest" in message
    assert words in message


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes among files")
def test_pipes_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    os.mkfifo(tmp_path / "a.wav")
    snippet = loading.load(manifest(tmp_path, line("a.wav"))).snippets[0]
    with pytest.raises(AudioError, match=r"a\.wav cannot be read \(it is a named pipe"):
        snippet.read(16_000, "x")
    assert snippet.seconds() is None
    os.mkfifo(tmp_path / "m.jsonl")
    assert "named pipe" in complaint(tmp_path / "m.jsonl")
