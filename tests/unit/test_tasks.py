"""Tasks as data: what a file may say, where tasks are found, and what a mistake is answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.support import entry_points, project
from pytest_asrbench.tasks import registry
from pytest_asrbench.tasks.task import Task, prompt_digest, read

CLEANUP = """
version = "3"
prompt = "Write down what is meant, without fillers."
reference = "clean"
normalizer = "verbatim"
metrics = ["wer", "cer"]

[decoding]
max_new_tokens = 200
num_beams = 1
"""


def load(folder: Path, *names: str) -> dict[str, Task]:
    return registry.load(names, folder, folder)


def test_the_default_is_an_installed_task_like_any_other(tmp_path: Path) -> None:
    (task,) = load(tmp_path, "transcribe").values()
    assert task.description
    assert replace(task, description="") == Task("transcribe")


def test_a_task_of_a_file_a_table_or_pyproject(tmp_path: Path) -> None:
    wanted: dict[str, Any] = {
        "version": "3",
        "asks": "instruct",
        "prompt": "Write down what is meant, without fillers.",
        "reference": "clean",
        "normalizer": "verbatim",
        "metrics": ("wer", "cer"),
        "decoding": {"max_new_tokens": 200, "num_beams": 1},
    }
    (tmp_path / "my-cleanup.toml").write_text(CLEANUP, "utf-8")
    assert load(tmp_path, "./my-cleanup.toml") == {"my-cleanup": Task("my-cleanup", **wanted)}
    table = CLEANUP.replace("[decoding]", "[tasks.tidy.decoding]")
    (tmp_path / "asrbench.toml").write_text(f"[tasks.tidy]{table}", "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.asrbench.tasks.names]\nasks = "transcribe"\nprompt = "Ann, Bob"\n')
    found = load(tmp_path, "tidy", "names", "transcribe")
    assert list(found) == ["tidy", "names", "transcribe"]
    assert found["tidy"] == Task("tidy", **wanted)
    assert (found["names"].asks, found["names"].reference) == ("transcribe", "verbatim")


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("a", {"promt": "x"}, "the task 'a' has an unknown key 'promt'; did you mean 'prompt'"),
        ("a", {"prompt": 5}, "prompt of the task 'a' is 5; it should be a string"),
        ("a", {"asks": "sing"}, "it should be one of transcribe, translate, instruct"),
        ("a", {"asks": "instruct"}, "asks the model to do what its prompt says: add prompt or prompt_file"),
        ("a", {"reference": "Clean text"}, "it should be the name of a field of references"),
        ("a", {"metrics": []}, "it should be a list of names of metrics"),
        ("a", {"decoding": {"beams": 5}}, "an unknown setting 'beams' in decoding; did you mean 'num_beams'"),
        (
            "a",
            {"decoding": {"max_new_tokens": 0}},
            "decoding.max_new_tokens of the task 'a' is 0; it should be a whole",
        ),
        ("a", {"decoding": {"timestamps": 1}}, "it should be true or false"),
        ("a", {"asks": "translate", "decoding": {"target_language": "German"}}, "the code of a language, such as de"),
        ("a", {"decoding": {"target_language": "de"}}, 'add asks = "translate", or leave it out'),
        ("a/b", {}, "a task cannot be called 'a/b': use small letters"),
        ("Clean", {}, "a task cannot be called 'Clean'"),
    ],
)
def test_what_makes_no_sense_is_named(name: str, table: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(name, table, "here.toml", Path())
    assert words in str(caught.value)
    assert str(caught.value).startswith("here.toml: ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("transcrib", "unknown task 'transcrib'; did you mean 'transcribe'"),
        ("./none.toml", "none.toml cannot be read (No such file or directory): name a TOML file"),
        ("./broken.toml", "broken.toml is no valid TOML"),
    ],
)
def test_a_task_that_is_not_there(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "broken.toml").write_text("version = \n", "utf-8")
    with pytest.raises(UsageError) as caught:
        load(tmp_path, name)
    assert words in str(caught.value)


def test_two_tasks_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for path in (tmp_path / "tidy.toml", tmp_path / "a" / "tidy.toml"):
        path.write_text(CLEANUP, "utf-8")
    with pytest.raises(UsageError, match="two tasks are called 'tidy'"):
        load(tmp_path, "./tidy.toml", "./a/tidy.toml")


def test_a_misspelt_table_of_a_project_names_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "asrbench.toml").write_text("[task.tidy]\n", "utf-8")
    with pytest.raises(UsageError, match="unknown table 'task'; did you mean 'tasks'"):
        project.tables(tmp_path / "asrbench.toml", "models")
    (tmp_path / "asrbench.toml").write_text("tasks = 5\n", "utf-8")
    with pytest.raises(UsageError, match="tasks is 5; it should be a table"):
        load(tmp_path, "tidy")


def test_prompts_are_told_apart_by_their_digests() -> None:
    assert prompt_digest(None) == ""
    assert len({prompt_digest(text) for text in ("", "a", "a ", "b")}) == 4


def test_every_task_of_ours_says_what_it_is_for_and_can_be_read(tmp_path: Path) -> None:
    names = list(entry_points.offered(registry.GROUP))
    assert {"transcribe", "verbatim", "cleanup", "fillers-removed", "corrections-applied", "email"} <= set(names)
    for task in load(tmp_path, *names).values():
        assert task.description.endswith(".")
        assert task.prompt is None or task.prompt == task.prompt.strip()
    cleanup = load(tmp_path, "cleanup")["cleanup"]
    assert (cleanup.asks, cleanup.reference, cleanup.normalizer) == ("instruct", "clean", "cleanup")


BESIDE = 'version = "1"\nprompt_file = "prompts/tidy.txt"\nreference = "clean"\n'


@pytest.mark.parametrize("content", [b"Leave the fillers out.\n", b"\xef\xbb\xbf Leave the fillers out.\r\n"])
def test_a_prompt_may_stand_in_a_file_beside_the_task(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tidy.toml").write_text(BESIDE, "utf-8")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "tidy.txt").write_bytes(content)
    (task,) = load(tmp_path, "./tidy.toml").values()
    assert (task.prompt, task.asks) == ("Leave the fillers out.", "instruct")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is no file: put the prompt beside the task"),
        (b"", "is empty: write into it what the model is told"),
        (b" \n\t", "is empty: write into it what the model is told"),
        (b"Fillers \xe9t\xe9", "is not UTF-8 (byte 8): save it as UTF-8"),
        (b"a\0b", "holds no text: write into it what the model is told"),
    ],
)
def test_a_prompt_file_that_holds_no_prompt_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    (tmp_path / "asrbench.toml").write_text('[tasks.tidy]\nprompt_file = "tidy.txt"\n', "utf-8")
    if content is not None:
        (tmp_path / "tidy.txt").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load(tmp_path, "tidy")
    assert f"asrbench.toml: prompt_file of the task 'tidy', tidy.txt, {words}" in str(caught.value)


@pytest.mark.parametrize("name", ["../tidy.txt", "/etc/hostname", "a\\tidy.txt", "C:/tidy.txt", ""])
def test_a_prompt_file_stays_below_the_tasks_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="it should be a path below the task's folder"):
        read("tidy", {"prompt_file": name}, "here.toml", tmp_path)


def test_a_link_to_a_prompt_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Leave the fillers out.", "utf-8")
    (tmp_path / "own").mkdir()
    try:
        (tmp_path / "own" / "tidy.txt").symlink_to(tmp_path / "secret.txt")
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(UsageError, match="leads out of the folder by a link"):
        read("tidy", {"prompt_file": "tidy.txt"}, "here.toml", tmp_path / "own")


def test_a_task_has_one_prompt(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has a prompt and a prompt_file: leave one of them out"):
        read("tidy", {"prompt": "a", "prompt_file": "tidy.txt"}, "here.toml", tmp_path)
