"""Corpora: everything usable is listed, everything else is a problem that names file, line and remedy."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench import audio, corpus
from pytest_asrbench.corpus import Corpus, Snippet
from pytest_asrbench.errors import AudioError, CorpusError, UnknownModelError
from tests.unit import sounds

BUNDLED = Path(__file__).parents[2] / "corpora"


def pair(folder: Path, name: str, text: str | bytes = "some words") -> None:
    """A recording (empty: listing opens none) and its transcript."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.with_suffix(".txt").write_bytes(text.encode() if isinstance(text, str) else text)


def line(audio_filepath: Any = "a.wav", text: Any = "some words", **more: Any) -> str:
    """A line of a manifest."""
    return json.dumps({"audio_filepath": audio_filepath, "text": text, **more})


def manifest(folder: Path, *lines: str | bytes, ends: bytes = b"\n") -> Path:
    """A manifest of these lines."""
    path = folder / "manifest.jsonl"
    path.write_bytes(ends.join(part.encode() if isinstance(part, str) else part for part in lines) + ends)
    return path


def described(folder: Path, text: str) -> Path:
    """A folder with two clips and this corpus.toml."""
    for name in ("a.wav", "b.wav"):
        pair(folder, name)
    (folder / "corpus.toml").write_text(text, encoding="utf-8")
    return folder


def by_id(loaded: Corpus) -> dict[str, Snippet]:
    """The snippets by id; no id is there twice."""
    found = {snippet.id: snippet for snippet in loaded.snippets}
    assert len(found) == len(loaded.snippets)
    return found


def problems(loaded: Corpus) -> dict[str, str]:
    """What is wrong with which snippet."""
    return {snippet.id: snippet.problem for snippet in loaded.snippets if snippet.problem}


def complaint(where: Path) -> str:
    """The sentence with which a corpus is refused as a whole."""
    with pytest.raises(CorpusError) as caught:
        corpus.load(where)
    message = str(caught.value)
    assert "\n" not in message
    return message


# Folders


def test_a_folder_of_pairs(tmp_path: Path) -> None:
    pair(tmp_path, "b.flac")
    pair(tmp_path, "a.wav", " Hello there.\n")
    pair(tmp_path, "deep/er/c.MP3")
    loaded = corpus.load(tmp_path)
    assert loaded.name == tmp_path.name
    assert [snippet.id for snippet in loaded.snippets] == ["a", "b", "deep/er/c"]
    assert loaded.snippets[0].reference() == "Hello there."
    assert not problems(loaded)


def test_listing_opens_no_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("audio was opened")

    monkeypatch.setattr(audio, "decode", fail)
    monkeypatch.setattr(audio, "duration", fail)
    pair(tmp_path, "a.wav")
    assert len(corpus.load(tmp_path).snippets) == 1


def test_audio_without_transcript_and_the_reverse(tmp_path: Path) -> None:
    pair(tmp_path, "good.wav")
    (tmp_path / "silent.wav").touch()
    (tmp_path / "unheard.txt").write_text("words")
    found = problems(corpus.load(tmp_path))
    assert found.keys() == {"silent", "unheard"}
    assert str(tmp_path / "silent.wav") in found["silent"]
    assert "silent.txt" in found["silent"]
    assert str(tmp_path / "unheard.txt") in found["unheard"]
    assert "unheard.wav" in found["unheard"]


@pytest.mark.parametrize(
    "name", ["LICENSE.txt", "licence-cc-by.txt", "README.txt", "NOTICE.txt", "Attribution.TXT", "SOURCES.txt"]
)
def test_notices_beside_clips_are_no_transcripts(tmp_path: Path, name: str) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / name).write_text("all rights granted")
    assert by_id(corpus.load(tmp_path)).keys() == {"a"}


def test_a_recording_may_be_called_like_a_notice(tmp_path: Path) -> None:
    pair(tmp_path, "notice-1.wav")
    assert not problems(corpus.load(tmp_path))


def test_suffixes_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "a.WAV").touch()
    (tmp_path / "a.TXT").write_text("words from another system")
    assert corpus.load(tmp_path).snippets[0].reference() == "words from another system"


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    (tmp_path / "._a.wav").touch()
    pair(tmp_path, ".cache/b.wav")
    assert by_id(corpus.load(tmp_path)).keys() == {"a"}


def test_one_stem_with_two_suffixes(tmp_path: Path) -> None:
    pair(tmp_path, "a.mp3")
    pair(tmp_path, "a.wav")
    pair(tmp_path, "b.wav")
    loaded = corpus.load(tmp_path)
    assert by_id(loaded).keys() == {"a", "a#2", "b"}
    found = problems(loaded)
    assert found.keys() == {"a#2"}
    assert str(tmp_path / "a.mp3") in found["a#2"]
    assert str(tmp_path / "a.wav") in found["a#2"]
    assert "rename" in found["a#2"]


def test_an_empty_folder(tmp_path: Path) -> None:
    message = complaint(tmp_path)
    assert str(tmp_path) in message
    assert "put x.wav and x.txt there" in message
    (tmp_path / "LICENSE.txt").write_text("nothing but a licence")
    assert "no snippets found" in complaint(tmp_path)


def test_neither_folder_nor_manifest(tmp_path: Path) -> None:
    assert "does not exist" in complaint(tmp_path / "absent")
    (tmp_path / "list.csv").touch()
    assert "neither a folder" in complaint(tmp_path / "list.csv")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps names in Unicode")
@pytest.mark.parametrize("name", [b"caf\xe9", b"two\nlines", b"bell\x07"])
def test_names_that_cannot_be_shown_get_an_id_that_can(tmp_path: Path, name: bytes) -> None:
    stem = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118
    try:
        for suffix in (b".wav", b".txt"):
            os.close(os.open(stem + suffix, os.O_CREAT))
    except OSError:
        pytest.skip("this file system refuses the name")
    snippet = corpus.load(tmp_path).snippets[0]
    assert snippet.id.isprintable()
    snippet.id.encode("ascii")
    with pytest.raises(AudioError, match=r"rename the file|is empty"):
        snippet.read(16_000, "x")
    assert snippet.seconds() is None


# Transcripts


def reference_complaint(folder: Path, text: bytes) -> str:
    pair(folder, "a.wav", text)
    with pytest.raises(CorpusError) as caught:
        corpus.load(folder).snippets[0].reference()
    assert str(folder / "a.txt") in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("text", [b"", b" \r\n\t\n", "\ufeff".encode()])
def test_an_empty_transcript_asks_what_is_meant(tmp_path: Path, text: bytes) -> None:
    message = reference_complaint(tmp_path, text)
    assert "the reference is empty" in message
    assert 'nonspeech = ["a"]' in message


def test_latin_1_is_named_with_its_first_wrong_byte(tmp_path: Path) -> None:
    message = reference_complaint(tmp_path, "Café au lait".encode("latin-1"))
    assert "byte 3 is 0xe9" in message
    assert "iconv" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised(tmp_path: Path, encoding: str) -> None:
    assert "iconv -f UTF-16 -t UTF-8" in reference_complaint(tmp_path, "plain words".encode(encoding))


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav", "\ufeffGrüße\r\n")
    assert corpus.load(tmp_path).snippets[0].reference() == "Grüße"


def test_a_transcript_that_vanishes_after_listing(tmp_path: Path) -> None:
    pair(tmp_path, "a.wav")
    snippet = corpus.load(tmp_path).snippets[0]
    (tmp_path / "a.txt").unlink()
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read"):
        snippet.reference()


# Manifests


def test_a_manifest_with_all_that_may_be_said(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        line("audio/a.wav", "hello", duration=1.5, lang="en", speaker=17, tags=["read"], source="web", sampling_rate=8),
        "",
        line(
            "audio/b.wav", "", id="silence", nonspeech=True, channel=1, offset=0.5, max_wer=0.2, language="de", x=None
        ),
    )
    loaded = corpus.load(path)
    assert loaded.name == "manifest"
    first, second = loaded.snippets
    assert (first.id, first.audio, first.text) == ("a", tmp_path / "audio/a.wav", "hello")
    assert (first.duration, first.language, first.speaker, first.tags) == (1.5, "en", "17", ("read",))
    assert (second.id, second.nonspeech, second.channel, second.offset) == ("silence", True, 1, 0.5)
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
    loaded = corpus.load(path)
    assert by_id(loaded).keys() == {"first", "line-2", "last"}
    message = problems(loaded)["line-2"]
    assert f"{path}, line 2: " in message
    assert words in message
    assert len(message) < 700, "long values are shortened"
    with pytest.raises(CorpusError, match="line 2"):
        by_id(loaded)["line-2"].read(16_000, "x")


def test_a_broken_line_keeps_its_own_id(tmp_path: Path) -> None:
    loaded = corpus.load(manifest(tmp_path, line(text=None, id="mine"), line("b.wav")))
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
    assert "points outside" in problems(corpus.load(path))["line-1"]
    allowed = corpus.load(path, allowed=[tmp_path / "elsewhere"])
    assert allowed.snippets[0].read(16_000, "x").seconds == 1.0


def test_an_absolute_path_inside_is_fine(tmp_path: Path) -> None:
    loaded = corpus.load(manifest(tmp_path, line(str(tmp_path / "sub" / "a.wav"))))
    assert not problems(loaded)
    assert loaded.snippets[0].audio == tmp_path / "sub" / "a.wav"


def test_the_same_id_twice(tmp_path: Path) -> None:
    path = manifest(tmp_path, line("a.wav", id="x"), line("b.wav", id="x"), line("c.wav", id="x#2"), line("x.wav"))
    loaded = corpus.load(path)
    assert [snippet.id for snippet in loaded.snippets] == ["x", "x#3", "x#2", "x#4"]
    found = problems(loaded)
    assert found.keys() == {"x#3", "x#4"}
    assert f"{path}, line 2: the id 'x' belongs to {path}, line 1 already; give one of them an id" in found["x#3"]


def test_a_clash_of_base_names(tmp_path: Path) -> None:
    loaded = corpus.load(manifest(tmp_path, line("one/a.wav"), line("two/a.flac"), line("b.wav")))
    assert by_id(loaded).keys() == {"one/a", "two/a", "b"}
    assert not problems(loaded)


def test_ten_thousand_duplicates_are_no_matter_of_minutes(tmp_path: Path) -> None:
    loaded = corpus.load(manifest(tmp_path, *[line("a.wav")] * 10_000))
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
    loaded = corpus.load(path)
    assert by_id(loaded).keys() == {"a", "b", "line-3"}
    assert loaded.snippets[0].reference() == "ä"
    assert f"{path}, line 3" in problems(loaded)["line-3"]


def test_line_ends_within_texts_do_not_end_lines(tmp_path: Path) -> None:
    text = "one\u2028two\x85three\x0bfour"
    raw = json.dumps({"audio_filepath": "a.wav", "text": text}, ensure_ascii=False).replace("\x0b", "\\u000b")
    loaded = corpus.load(manifest(tmp_path, raw.encode()))
    assert loaded.snippets[0].text == text


def test_a_manifest_in_utf_16(tmp_path: Path) -> None:
    path = manifest(tmp_path, line().encode("utf-16"))
    assert "iconv -f UTF-16 -t UTF-8" in complaint(path)


def test_a_line_of_a_megabyte(tmp_path: Path) -> None:
    text = "word " * 200_000
    loaded = corpus.load(
        manifest(tmp_path, line(text=text), "x" * 1_000_000, line("y" * 1_000_000 + ".wav", id="long"))
    )
    assert loaded.snippets[0].reference() == text.strip()
    assert {"line-2", "long"} >= problems(loaded).keys() >= {"line-2"}, "systems differ in how long a name may be"
    assert all(len(problem) < 700 for problem in problems(loaded).values())
    with pytest.raises(CorpusError):
        by_id(loaded)["long"].read(16_000, "x")


def test_audio_that_is_not_there_is_an_error_of_its_case(tmp_path: Path) -> None:
    snippet = corpus.load(manifest(tmp_path, line("gone.wav"))).snippets[0]
    assert snippet.problem is None
    assert snippet.reference() == "some words"
    with pytest.raises(AudioError, match=r"gone\.wav does not exist"):
        snippet.read(16_000, "x")


def test_an_empty_text_asks_what_is_meant(tmp_path: Path) -> None:
    path = manifest(tmp_path, line(text=" "))
    with pytest.raises(CorpusError, match="line 1: the reference is empty"):
        corpus.load(path).snippets[0].reference()


def test_offset_and_duration_select_a_part(tmp_path: Path) -> None:
    sounds.write(tmp_path / "a.wav", sounds.tone(3.0))
    path = manifest(
        tmp_path, line(id="part", offset=1, duration=0.5), line(id="whole", duration=3), line(id="wrong", duration=9)
    )
    part, whole, wrong = corpus.load(path).snippets
    assert part.read(16_000, "x").seconds == 0.5
    assert part.seconds() == 0.5
    assert whole.read(16_000, "x").seconds == 3.0
    with pytest.raises(AudioError, match=r"the manifest says 9\.00 s"):
        wrong.read(16_000, "x")


def test_seconds_come_from_the_header_if_nobody_declares_them(tmp_path: Path) -> None:
    sounds.write(tmp_path / "a.wav", sounds.tone(1.25))
    assert corpus.load(manifest(tmp_path, line())).snippets[0].seconds() == 1.25


# corpus.toml


def test_a_description_with_all_that_may_be_said(tmp_path: Path) -> None:
    folder = described(
        tmp_path,
        """
        name = "mine"
        version = "2"
        description = "Some clips"
        licence = "CC0-1.0"
        language = "en"
        normalizer = "verbatim"
        nonspeech = ["b*"]
        [limits]
        max_wer = 0.1
        max_ram_mb = 500
        [snippets.a]
        language = "de"
        channel = 1
        tags = ["hard"]
        max_wer = 0.5
        """,
    )
    (folder / "b.txt").write_text("")
    loaded = corpus.load(folder)
    assert (loaded.name, loaded.version, loaded.licence, loaded.language) == ("mine", "2", "CC0-1.0", "en")
    assert (loaded.normalizer, loaded.description) == ("verbatim", "Some clips")
    assert loaded.limits == {"max_wer": 0.1, "max_ram_mb": 500}
    first, second = loaded.snippets
    assert (first.language, first.channel, first.tags, first.max_wer) == ("de", 1, ("hard",), 0.5)
    assert second.reference() == ""


def test_a_description_of_a_manifest(tmp_path: Path) -> None:
    folder = described(tmp_path, 'manifest = "manifest.jsonl"')
    manifest(folder, line("a.wav", "from the manifest"), "broken")
    loaded = corpus.load(folder)
    assert loaded.name == tmp_path.name
    assert by_id(loaded)["a"].reference() == "from the manifest"
    assert problems(loaded).keys() == {"line-2"}


BROKEN_DESCRIPTIONS = {
    "no TOML": ("name = ", "no valid TOML"),
    "twice": ('name = "a"\nname = "b"', "no valid TOML"),
    "unknown key": ('nmae = "x"', "unknown key 'nmae'; did you mean 'name'?"),
    "unknown far key": ('zzz = "x"', "unknown key 'zzz'; known are name, version"),
    "unknown limit": ("[limits]\nmax_wre = 0.1", "did you mean 'max_wer'?"),
    "limit a string": ('[limits]\nmax_wer = "10%"', "the limit max_wer is '10%'"),
    "limit negative": ("[limits]\nmax_rtf = -1", "the limit max_rtf is -1"),
    "limit nan": ("[limits]\nmax_rtf = nan", "the limit max_rtf is nan"),
    "limits no table": ("limits = 3", "should be a table"),
    "snippets no table": ("snippets = []", "should be a table"),
    "snippet no table": ("[snippets]\na = 3", 'snippets."a" is 3'),
    "unknown snippet": ("[snippets.aa]\nchannel = 0", "[snippets] names 'aa', which the corpus does not hold; did you"),
    "unknown override": ("[snippets.a]\ntext = 'x'", "unknown key 'text'"),
    "override of a wrong type": ("[snippets.a]\nchannel = 'left'", "snippets.\"a\": channel is 'left'"),
    "name a number": ("name = 3", "name is 3; it should be a string"),
    "name empty": ('name = ""', "name is ''"),
    "nonspeech a string": ('nonspeech = "a"', "nonspeech is 'a'; it should be a list"),
    "nonspeech unknown": ('nonspeech = ["c*"]', "nonspeech names 'c*', which matches no snippet"),
    "manifest a number": ("manifest = 1", "manifest is 1"),
    "manifest outside": ('manifest = "../m.jsonl"', "points outside"),
}


@pytest.mark.parametrize("kind", BROKEN_DESCRIPTIONS)
def test_a_broken_description_names_file_and_key(tmp_path: Path, kind: str) -> None:
    text, words = BROKEN_DESCRIPTIONS[kind]
    message = complaint(described(tmp_path, text))
    assert message.startswith(str(tmp_path / "corpus.toml"))
    assert words in message


def test_a_description_that_is_no_text(tmp_path: Path) -> None:
    described(tmp_path, "")
    (tmp_path / "corpus.toml").write_bytes("name = 'café'".encode("latin-1"))
    assert "corpus.toml is not UTF-8" in complaint(tmp_path)


def test_a_description_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert corpus.load(described(tmp_path, '\ufeffname = "x"')).name == "x"


def test_a_described_manifest_that_is_missing(tmp_path: Path) -> None:
    message = complaint(described(tmp_path, 'manifest = "gone.jsonl"'))
    assert str(tmp_path / "gone.jsonl") in message


def test_a_described_folder_without_clips(tmp_path: Path) -> None:
    (tmp_path / "corpus.toml").write_text('name = "x"')
    assert "no snippets found" in complaint(tmp_path)


def test_a_name_that_a_broken_line_may_have_meant_is_no_mistake(tmp_path: Path) -> None:
    described(tmp_path, 'manifest = "manifest.jsonl"\nnonspeech = ["noise"]')
    manifest(tmp_path, line("a.wav"), '{"audio_filepath": "noise.wav", "text": ""')
    assert by_id(corpus.load(tmp_path)).keys() == {"a", "line-2"}


# Finding


def test_bundled_corpora_are_found_by_name(tmp_path: Path) -> None:
    folder = described(tmp_path / "corpora" / "mine", "")
    assert corpus.find("mine", [tmp_path / "absent", tmp_path / "corpora"]) == folder
    with pytest.raises(UnknownModelError, match="unknown corpus 'mien': did you mean 'mine'"):
        corpus.find("mien", [tmp_path / "corpora"])
    with pytest.raises(UnknownModelError, match="bundled are none"):
        corpus.find("mine", [])


def test_the_first_folder_has_precedence(tmp_path: Path) -> None:
    for place in ("one", "two"):
        described(tmp_path / place / "mine", "")
    assert corpus.find("mine", [tmp_path / "one", tmp_path / "two"]) == tmp_path / "one" / "mine"


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(BUNDLED.glob("*/corpus.toml"))])
def test_the_bundled_corpora_are_sound(name: str) -> None:
    loaded = corpus.load(corpus.find(name, [BUNDLED]))
    assert not problems(loaded)
    for snippet in loaded.snippets:
        assert snippet.audio is not None
        assert snippet.audio.is_file()
        assert snippet.reference() or snippet.nonspeech
        assert snippet.seconds() == pytest.approx(audio.duration(snippet.audio), rel=0.02, abs=0.1)
