"""A corpus by its description and by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.corpus.recording import FileRecording
from pytest_asrbench.errors import UnknownModelError
from tests.unit.corpora import by_id, complaint, described, line, manifest, problems

BUNDLED = Path(__file__).parents[2] / "corpora"

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
    loaded = loading.load(folder)
    assert (loaded.name, loaded.version, loaded.licence, loaded.language) == ("mine", "2", "CC0-1.0", "en")
    assert (loaded.normalizer, loaded.description) == ("verbatim", "Some clips")
    assert loaded.limits == {"max_wer": 0.1, "max_ram_mb": 500}
    first, second = loaded.snippets
    assert isinstance(first.recording, FileRecording)
    assert (first.language, first.recording.channel, first.tags, first.max_wer) == ("de", 1, ("hard",), 0.5)
    assert second.reference() == ""


def test_a_description_of_a_manifest(tmp_path: Path) -> None:
    folder = described(tmp_path, 'manifest = "manifest.jsonl"')
    manifest(folder, line("a.wav", "from the manifest"), "broken")
    loaded = loading.load(folder)
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
    assert loading.load(described(tmp_path, '\ufeffname = "x"')).name == "x"


def test_a_description_names_the_source_of_a_folder_or_of_its_file(tmp_path: Path) -> None:
    described(tmp_path, 'source = "kaldi"\nlanguage = "de"\n')
    (tmp_path / "wav.scp").write_text("one a.wav\n")
    (tmp_path / "text").write_text("one was gesagt wird\n")
    loaded = loading.load(tmp_path)
    assert {one.id: one.reference() for one in loaded.snippets} == {"one": "was gesagt wird"}
    assert (loaded.name, loaded.language) == (tmp_path.name, "de")
    (tmp_path / "calls.csv").write_text("clip,said,text\na.wav,right words,wrong words\n")
    described(tmp_path, 'source = "table[audio=clip,text=said]"\nmanifest = "calls.csv"\n')
    assert by_id(loading.load(tmp_path))["a"].reference() == "right words"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("kadli", "source is 'kadli': unknown corpus source 'kadli': did you mean 'kaldi'?"),
        ("table[audio]", "source is 'table[audio]': 'table[audio]': the option 'audio' has no value"),
        ("folder", "source is 'folder', which it is without this key: leave it out"),
    ],
)
def test_a_source_that_there_is_not_is_named_with_the_file(tmp_path: Path, source: str, said: str) -> None:
    message = complaint(described(tmp_path, f'source = "{source}"\n'))
    assert message.startswith(f"{tmp_path / 'corpus.toml'}: {said}")


def test_a_described_manifest_that_is_missing(tmp_path: Path) -> None:
    message = complaint(described(tmp_path, 'manifest = "gone.jsonl"'))
    assert str(tmp_path / "gone.jsonl") in message


def test_a_described_folder_without_clips(tmp_path: Path) -> None:
    (tmp_path / "corpus.toml").write_text('name = "x"')
    assert "no snippets found" in complaint(tmp_path)


def test_a_name_that_a_broken_line_may_have_meant_is_no_mistake(tmp_path: Path) -> None:
    described(tmp_path, 'manifest = "manifest.jsonl"\nnonspeech = ["noise"]')
    manifest(tmp_path, line("a.wav"), '{"audio_filepath": "noise.wav", "text": ""')
    assert by_id(loading.load(tmp_path)).keys() == {"a", "line-2"}


# Finding


def test_bundled_corpora_are_found_by_name(tmp_path: Path) -> None:
    folder = described(tmp_path / "corpora" / "mine", "")
    assert loading.find("mine", [tmp_path / "absent", tmp_path / "corpora"]) == folder
    with pytest.raises(UnknownModelError, match="unknown corpus 'mien': did you mean 'mine'"):
        loading.find("mien", [tmp_path / "corpora"])
    with pytest.raises(UnknownModelError, match="bundled are none"):
        loading.find("mine", [])


def test_the_first_folder_has_precedence(tmp_path: Path) -> None:
    for place in ("one", "two"):
        described(tmp_path / place / "mine", "")
    assert loading.find("mine", [tmp_path / "one", tmp_path / "two"]) == tmp_path / "one" / "mine"


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(BUNDLED.glob("*/corpus.toml"))])
def test_the_bundled_corpora_are_sound(name: str) -> None:
    loaded = loading.load(loading.find(name, [BUNDLED]))
    assert not problems(loaded)
    for snippet in loaded.snippets:
        assert snippet.audio is not None
        assert snippet.audio.is_file()
        assert snippet.reference() or snippet.nonspeech
        assert snippet.seconds() == pytest.approx(snippet.read(16_000, snippet.id).seconds, rel=0.02, abs=0.1)
