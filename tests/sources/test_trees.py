"""LibriSpeech, STM, subtitles and NeMo's manifests, laid out as their projects publish them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import AudioError, CorpusError, UsageError
from tests.sources import clips
from tests.unit import sounds
from tests.unit.corpora import by_id, line, problems


def test_librispeech_as_it_is_published(tmp_path: Path) -> None:
    folder = tmp_path / "LibriSpeech" / "test-clean"
    for reader, chapter in (("61", "70968"), ("121", "121726")):
        names = [f"{reader}-{chapter}-000{n}" for n in range(2)]
        for number, name in enumerate(names):
            clips.write(folder / reader / chapter / f"{name}.flac", 1.0 + number)
        table = "".join(f"{name} {words.upper()}\n" for name, words in zip(names, clips.WORDS, strict=False))
        (folder / reader / chapter / f"{reader}-{chapter}.trans.txt").write_text(table, "utf-8")
    (folder / "61" / "70968" / "61-70968-0001.flac").unlink()
    loaded = loading.load(folder)
    assert loaded.name == "test-clean"
    assert list(clips.texts(loaded)) == ["121-121726-0000", "121-121726-0001", "61-70968-0000", "61-70968-0001"]
    assert [one.speaker for one in loaded.snippets] == ["121", "121", "61", "61"]
    assert loaded.snippets[1].reference() == clips.WORDS[1].upper()
    assert loaded.snippets[1].read(clips.RATE, "").seconds == 2.0
    with pytest.raises(AudioError, match=r"61-70968.trans.txt, line 2: .*61-70968-0001.flac does not exist"):
        loaded.snippets[3].read(clips.RATE, "")
    with pytest.raises(CorpusError, match=r"has no \*.trans.txt: name the folder of a LibriSpeech set"):
        loading.load(f"librispeech:{clips.write(tmp_path / 'other' / 'a.wav').parent}")


def test_an_stm_of_two_channels(tmp_path: Path) -> None:
    clips.write(tmp_path / "sph" / "talk.wav", 4.0, channels=2)
    stm = tmp_path / "stm" / "talk.stm"
    stm.parent.mkdir()
    stm.write_text(
        ";; a remark\n"
        "talk A anna 0.0 1.5 <o,f0,female> go forward\n"
        "talk B bert 1.5 3.0 ten meters\n"
        "talk A inter_segment_gap 3.0 3.5 <o,,> x\n"
        "talk A anna 3.0 4.0 <o,f0,female> ignore_time_segment_in_scoring\n"
        "talk A anna soon 4.0 x\n",
        "utf-8",
    )
    loaded = loading.load(tmp_path)
    assert {one.id: one.reference() for one in loaded.snippets if not one.problem} == {
        "talk#0.0-1.5": "go forward",
        "talk#1.5-3.0": "ten meters",
    }
    (problem,) = problems(loaded).values()
    assert problem == f"{stm}, line 6: not file, channel, speaker, begin, end and words; correct the line"
    first, second, _ = loaded.snippets
    assert (first.speaker, second.speaker) == ("anna", "bert")
    assert [one.read(clips.RATE, "").seconds for one in (first, second)] == [1.5, 1.5]
    assert len(loading.load(f"stm:{stm}[root={tmp_path}]").snippets) == 3


SRT = "1\n00:00:00,000 --> 00:00:01,500\n<i>Go</i> forward\n\n2\n00:00:01,500 --> 00:00:03,000\nten\nmeters.\n\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:01.500\n<v Anna>Go forward\n\n00:01.500 --> 00:03.000\nten meters.\n"


@pytest.mark.parametrize(("ending", "content"), [("srt", SRT), ("vtt", VTT)])
def test_subtitles_are_references_of_whole_recordings_or_of_parts(tmp_path: Path, ending: str, content: str) -> None:
    pytest.importorskip("pysubs2", reason="reads subtitles")
    clips.write(tmp_path / "talk.wav", 3.0)
    path = tmp_path / f"talk.{ending}"
    path.write_text(content, "utf-8")
    assert clips.texts(loading.load(tmp_path)) == {"talk": "Go forward ten meters."}
    for where in (f"subtitles:{tmp_path}", str(path)):
        loaded = loading.load(where)
        assert clips.texts(loaded) == {"talk#0": "Go forward", "talk#1.5": "ten meters."}
        assert clips.lengths(loaded) == {"talk#0": 1.5, "talk#1.5": 1.5}
    (tmp_path / "talk.txt").write_text("what was said", "utf-8")
    assert clips.texts(loading.load(tmp_path)) == {"talk": "what was said"}, "a text is the reference"


def test_subtitles_without_the_library_or_without_a_cue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pysubs2", reason="reads subtitles")
    clips.write(tmp_path / "talk.wav")
    (tmp_path / "talk.srt").write_text("no cues here\n", "utf-8")
    (one,) = loading.load(tmp_path).snippets
    with pytest.raises(CorpusError, match=r"talk.srt holds no subtitles"):
        one.reference()
    sounds.without(monkeypatch, "pysubs2")
    (one,) = loading.load(tmp_path).snippets
    with pytest.raises(Exception, match=r'pip install "pytest-asrbench\[subtitles\]"'):
        one.reference()


# NeMo


def tar(path: Path, *names: str, seconds: float = 1.0) -> Path:
    """An archive of recordings, as NeMo's convert_to_tarred_audio_dataset.py writes it."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for number, name in enumerate(names):
            content = clips.write(path.parent / "made.wav", seconds + number).read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    (path.parent / "made.wav").unlink()
    return path


def rows(path: Path, *entries: dict[str, object]) -> Path:
    content = "".join(json.dumps(one) + "\n" for one in entries).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["tarred_audio_manifest.json", "tarred_audio_manifest.jsonl.gz"])
def test_a_tarred_manifest_is_read_by_its_shards(tmp_path: Path, name: str) -> None:
    tar(tmp_path / "audio_0.tar", "a.wav", "b.wav")
    tar(tmp_path / "audio_1.tar", "./c.wav", seconds=3.0)
    path = rows(
        tmp_path / name,
        *(
            {"audio_filepath": file, "duration": seconds, "text": f"said in {file}", "shard_id": shard}
            for file, seconds, shard in (("a.wav", 1.0, 0), ("b.wav", 2.0, 0), ("c.wav", 3.0, 1), ("d.wav", 1.0, 1))
        ),
        {"audio_filepath": "e.wav", "text": "x", "shard_id": 7},
        {"audio_filepath": "f.wav", "text": "x", "shard_id": "../../etc"},
    )
    loaded = loading.load(path)
    *good, lost, absent, odd = loaded.snippets
    assert [(one.id, one.reference(), one.read(clips.RATE, "").seconds) for one in good] == [
        ("a", "said in a.wav", 1.0),
        ("b", "said in b.wav", 2.0),
        ("c", "said in c.wav", 3.0),
    ]
    with pytest.raises(AudioError, match=r"line 4: .*audio_1.tar has no d.wav: name another archive"):
        lost.read(clips.RATE, "")
    with pytest.raises(AudioError, match=r"audio_7.tar does not exist: put the file there"):
        absent.read(clips.RATE, "")
    assert "no shard_id, which says in which archive it is" in str(odd.problem)


def test_archives_and_manifests_are_named_as_nemo_names_them(tmp_path: Path) -> None:
    for number in range(2):
        tar(tmp_path / f"audio_{number}.tar", "x.wav", seconds=1.0 + number)
        rows(tmp_path / f"manifest_{number}.json", {"audio_filepath": "x.wav", "text": f"in {number}", "id": number})
    for opened, closed in (("_OP_", "_CL_"), ("{", "}")):
        where = f"nemo:{tmp_path}/manifest_{opened}0..1{closed}.json[tar=audio_{opened}0..1{closed}.tar]"
        loaded = loading.load(where)
        assert clips.texts(loaded) == {"0": "in 0", "1": "in 1"}
        assert clips.lengths(loaded) == {"0": 1.0, "1": 2.0}
    assert clips.lengths(loading.load(f"nemo:{tmp_path}/manifest_1.json[tar=audio_1.tar]")) == {"1": 2.0}
    (one,) = loading.load(f"nemo:{tmp_path}/manifest_0.json[tar=../audio_0.tar]").snippets
    assert "asr_audio_roots" in str(one.problem)
    with pytest.raises(UsageError, match="is no range of archives"):
        loading.load(f"nemo:{tmp_path}/manifest_{{3..1}}.json")


def test_a_damaged_member_is_refused_like_a_damaged_file(tmp_path: Path) -> None:
    content = clips.write(tmp_path / "a.wav").read_bytes()[:9_000]
    with tarfile.open(tmp_path / "audio_0.tar", "w") as archive:
        for name, data in (
            ("cut.wav", content),
            ("empty.wav", b""),
            ("text.wav", b"hello"),
            ("joined.wav", content * 2),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    path = tmp_path / "m.json"
    names = ("cut.wav", "empty.wav", "text.wav", "joined.wav")
    path.write_text("\n".join(line(name, "x", shard_id=0) for name in names))
    words = ("is truncated", "is empty (0 bytes)", "it is text", "is truncated")
    for one, word in zip(loading.load(path).snippets, words, strict=True):
        with pytest.raises(AudioError) as caught:
            one.read(clips.RATE, "")
        assert word in str(caught.value)
        assert f"{one.id}.wav" in str(caught.value)


def test_a_corpus_toml_may_describe_any_layout(tmp_path: Path) -> None:
    clips.write(tmp_path / "1-2-3.flac")
    (tmp_path / "1-2.trans.txt").write_text("1-2-3 GO\n")
    (tmp_path / "corpus.toml").write_text('name = "books"\nlanguage = "en"\n[snippets."1-2-3"]\nmax_wer = 0.5\n')
    loaded = loading.load(tmp_path)
    assert (loaded.name, loaded.language) == ("books", "en")
    assert by_id(loaded)["1-2-3"].max_wer == 0.5
