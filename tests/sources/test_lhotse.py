"""Cuts and Kaldi folders, written by Lhotse and held against what Lhotse itself reads of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.corpus import loading
from pytest_asrbench.errors import CorpusError, MissingDependencyError
from tests.sources import clips
from tests.unit import sounds

lhotse = pytest.importorskip("lhotse", reason="writes the cuts")


def cut_set(folder: Path) -> Any:
    """Three recordings, one of two channels, and five utterances in them."""
    files = [clips.write(folder / f"audio/{n}.wav", 1.0 + n, channels=1 + (n == 2)) for n in range(3)]
    recordings = lhotse.RecordingSet.from_recordings(lhotse.Recording.from_file(file) for file in files)
    said = [("0", 0.0, 1.0, 0), ("1", 0.0, 0.75, 0), ("1", 0.75, 1.25, 0), ("2", 0.5, 1.0, 0), ("2", 1.5, 1.5, 1)]
    segments = [
        lhotse.SupervisionSegment(
            f"u{n}",
            recording,
            start,
            seconds,
            channel=channel,
            text=f"words of {n}",
            speaker=f"s{n % 2}",
            language="en",
            custom={"clean": f"Words of {n}.", "snr": 20.0},
        )
        for n, (recording, start, seconds, channel) in enumerate(said)
    ]
    cuts = lhotse.CutSet.from_manifests(recordings, lhotse.SupervisionSet.from_segments(segments))
    return cuts.trim_to_supervisions(keep_overlapping=False)


@pytest.mark.parametrize("named", ["{}", "lhotse:{}"])
@pytest.mark.parametrize("ending", ["jsonl.gz", "jsonl"])
def test_cuts_are_read_as_lhotse_reads_them(tmp_path: Path, named: str, ending: str) -> None:
    cut_set(tmp_path).to_file(tmp_path / f"cuts.{ending}")
    loaded = loading.load(named.format(tmp_path / f"cuts.{ending}"))
    theirs = {cut.id: cut for cut in lhotse.CutSet.from_file(tmp_path / f"cuts.{ending}")}
    assert loaded.name == "cuts"
    assert len(theirs) == 5
    assert clips.texts(loaded) == {name: cut.supervisions[0].text for name, cut in theirs.items()}
    assert clips.lengths(loaded) == pytest.approx({name: cut.duration for name, cut in theirs.items()}, abs=1e-3)
    assert {one.speaker for one in loaded.snippets} == {"s0", "s1"}
    assert {one.language for one in loaded.snippets} == {"en"}
    cleaned = {one.id: one.reference("clean") for one in loaded.snippets}
    assert cleaned == {name: cut.supervisions[0].custom["clean"] for name, cut in theirs.items()}
    for name, cut in theirs.items():
        clips.same_sound(loaded, name, cut.load_audio())


def test_what_lhotse_would_compute_is_told_and_the_rest_is_measured(tmp_path: Path) -> None:
    first, second, third, fourth, _ = list(cut_set(tmp_path))
    (tmp_path / "audio" / "1.wav").unlink()  # that of the second and third
    lhotse.CutSet.from_cuts(
        [first, second, third.perturb_speed(1.1), fourth.pad(5.0), first.mix(fourth).with_id("noisy")]
    ).to_file(tmp_path / "cuts.jsonl.gz")
    loaded = loading.load(tmp_path / "cuts.jsonl.gz")
    good, missing, fast, padded, mixed = loaded.snippets
    assert good.problem is None
    with pytest.raises(CorpusError, match=r"cut 2 .*1\.wav does not exist: put the file there, or remove the snippet"):
        missing.read(clips.RATE, "")
    assert "changed by 1 transforms; write it to a file of its own" in str(fast.problem)
    assert "it has no recording (MixedCut)" in str(padded.problem)
    assert "it has no recording (MixedCut)" in str(mixed.problem)
    assert mixed.id == "noisy"
    assert mixed.reference() == "words of 0 words of 3", "what is lost is known"


def test_cuts_may_not_lead_out_of_their_folder(tmp_path: Path) -> None:
    cut_set(tmp_path / "data").to_file(tmp_path / "cuts.jsonl.gz")
    (tmp_path / "lists").mkdir()
    (tmp_path / "cuts.jsonl.gz").rename(tmp_path / "lists" / "cuts.jsonl.gz")
    where = tmp_path / "lists" / "cuts.jsonl.gz"
    assert all("asr_audio_roots" in str(one.problem) for one in loading.load(where).snippets)
    clips.texts(loading.load(where, [tmp_path / "data"]))
    clips.texts(loading.load(f"lhotse:{where}[root={tmp_path / 'data'}]"))


def test_what_is_no_list_of_cuts_is_told(tmp_path: Path) -> None:
    cuts = cut_set(tmp_path)
    lhotse.SupervisionSet.from_segments(s for cut in cuts for s in cut.supervisions).to_file(tmp_path / "sup.jsonl")
    with pytest.raises(CorpusError, match="lists SupervisionSegment, and no cuts: make some, lhotse cut simple"):
        loading.load(tmp_path / "sup.jsonl")
    (tmp_path / "cuts.jsonl").write_text('{"id": "a", "supervisions": []}\n{"id": \n')
    with pytest.raises(CorpusError, match=r"cuts.jsonl cannot be read by Lhotse"):
        loading.load(tmp_path / "cuts.jsonl")
    with pytest.raises(CorpusError, match="does not exist: name a manifest of cuts"):
        loading.load(f"lhotse:{tmp_path / 'none.jsonl.gz'}")


def test_without_lhotse_its_pip_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_set(tmp_path).to_file(tmp_path / "cuts.jsonl.gz")
    sounds.without(monkeypatch, "lhotse")
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[lhotse\]"'):
        loading.load(tmp_path / "cuts.jsonl.gz")


@pytest.mark.parametrize("segmented", [True, False])
def test_a_kaldi_folder_is_read_as_lhotse_reads_it(tmp_path: Path, segmented: bool) -> None:
    cuts = lhotse.CutSet.from_cuts(cut for cut in cut_set(tmp_path) if cut.recording.num_channels == 1)
    recordings, supervisions, _ = cuts.decompose(verbose=False)
    if not segmented:
        supervisions = lhotse.SupervisionSet.from_segments(
            lhotse.SupervisionSegment(
                one.id, one.id, 0.0, one.duration, text=f"words of {one.id}", speaker=f"s{one.id}"
            )
            for one in recordings
        )
    data = tmp_path / "data"
    lhotse.kaldi.export_to_kaldi(recordings, supervisions, data)
    if not segmented:
        (data / "segments").unlink(missing_ok=True)
    _, theirs, _ = lhotse.kaldi.load_kaldi_data_dir(data, clips.RATE)
    loaded = loading.load(data, [tmp_path])
    assert len(theirs) == len(loaded.snippets) > 1
    assert clips.texts(loaded) == {one.id: one.text for one in theirs}
    assert clips.lengths(loaded) == pytest.approx({one.id: one.duration for one in theirs}, abs=2e-3)
    assert {one.id: one.speaker for one in loaded.snippets} == {one.id: one.speaker for one in theirs}
