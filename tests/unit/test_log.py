"""The log of a model's process: bounded, and no reason to stop."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_asrbench.engine.host import log, output
from pytest_asrbench.engine.host.log import Log
from pytest_asrbench.errors import HostError
from pytest_asrbench.support.plain import printable


def test_the_tail_is_what_was_printed_since_the_mark(tmp_path: Path) -> None:
    one = Log(tmp_path / "model.log", "model")
    one.file.write(b"before\n")
    one.mark()
    one.file.write(b"after \x1b[31m\xff\n")
    assert one.tail() == "after \\x1b[31m\ufffd"
    one.close()


def test_folders_that_have_gone_are_made_anew(tmp_path: Path) -> None:
    one = Log(tmp_path / "reports" / "logs" / "model.log", "model")
    one.note("here")
    assert one.path.read_text() == "[asrbench] here\n"
    one.close()


def test_a_log_that_grows_keeps_its_beginning_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_BYTES", 10_000)
    monkeypatch.setattr(log, "KEPT_BYTES", 1_000)
    one = Log(tmp_path / "model.log", "model")
    one.file.write(b"first" + b"." * 9_000)
    one.trim()
    assert one.path.stat().st_size == 9_005, "not longer than it may be"
    one.mark()
    one.file.write(b"-" * 9_000 + b"last")
    one.trim()
    content = one.path.read_bytes()
    assert content.startswith(b"first")
    assert content.endswith(b"---last")
    assert b"[asrbench] 16,009 bytes were left out here" in content
    assert one.tail().endswith("---last")
    one.file.write(b"and on\n")
    assert one.path.read_bytes() == content + b"and on\n"
    one.close()


def test_a_folder_in_its_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.log").mkdir()
    with pytest.raises(HostError, match=r"model: the log .*model\.log cannot be written, it is a folder or a device"):
        Log(tmp_path / "model.log", "model")


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs of POSIX systems")
def test_a_fifo_in_its_place_keeps_nobody_waiting(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    os.mkfifo(tmp_path / "model.log")
    with pytest.raises(HostError, match="it is a folder or a device"):
        Log(tmp_path / "model.log", "model")


def test_without_any_place_the_model_runs_and_the_tail_says_why(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file, not a folder")
    one = Log(tmp_path / "logs" / "model.log", "model")
    one.mark()
    one.note("nowhere")
    assert one.tail().startswith("(no log: ")
    one.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_printing_to_a_full_disk_goes_on() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(OSError, match="No space left"):
        os.write(full, b"lost")
    forgiving = output._stream(full)
    print("lost", file=forgiving, flush=True)
    forgiving.close()
    os.close(full)


def test_what_can_be_printed_is_printed_whole(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    stream = output._stream(descriptor)
    print("grüße \ud800", file=stream)
    assert (tmp_path / "out").read_text("utf-8") == "grüße \\ud800\n"
    os.close(descriptor)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nwith lines, ümlauts and 語", "plain\ttext\nwith lines, ümlauts and 語"),
        ("\x1b[31mred\x07\r\n\x9b", "\\x1b[31mred\\x07\n\\x9b"),
        ("a\u202eb\ud800", "a\\u202eb\\ud800"),
        ("x" * 90 + "y" * 60, "x" * 60 + " ... [60 characters left out] ... " + "y" * 30),
    ],
)
def test_foreign_text_is_cut_and_escaped(text: str, shown: str) -> None:
    assert printable(text, 90) == shown
