"""A task as it is described: by a file that comes with the package, another package's, or a project's own."""

from __future__ import annotations

import hashlib
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import SETTINGS, TASKS
from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics.format import FORMS, problem
from pytest_asrbench.metrics.judge import KEYS
from pytest_asrbench.records import FIELD, VERBATIM
from pytest_asrbench.support import languages
from pytest_asrbench.support.checks import hint, is_number, is_path_below, is_text, is_texts, is_whole

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a model about a recording, and what the answer is held against.

    version: another one when figures are no longer comparable. asks: one of `adapter.TASKS`; prompt: what the model is
    told, None leaves it to the model's entry and adapter. reference: the field of a snippet's references. normalizer:
    None leaves it to the corpus. metrics: names of those that count beside WER and RTF, () for all. decoding: settings,
    by `adapter.SETTINGS`. format: what is asked of the answer's form, by `metrics.format.FORMS`; judge: who
    gives points for it, by `metrics.judge.KEYS`.
    """

    name: str
    version: str = "1"
    asks: str = TASKS[0]
    prompt: str | None = None
    reference: str = VERBATIM
    normalizer: str | None = None
    metrics: tuple[str, ...] = ()
    decoding: Mapping[str, Any] = field(default_factory=dict)
    format: Mapping[str, Any] = field(default_factory=dict)
    judge: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""


def read(name: str, table: Mapping[str, Any], where: str, folder: Traversable) -> Task:
    """Check a task's table and make a task of it, called `name`; raises UsageError that begins with `where`.

    A task with a prompt asks the model to do what that says, unless it says itself what it asks. folder: where the
    file is that `prompt_file` names.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{where}: a task cannot be called {name!r}: use small letters, digits, hyphens and underscores, as names "
            "of tasks become part of the cases' ids"
        )
    for key, value in table.items():
        if key not in _KEYS:
            raise UsageError(f"{where}: the task {name!r} has an unknown key {key!r}; {hint(key, _KEYS)}")
        test, wanted = _KEYS[key]
        if not test(value):
            raise UsageError(f"{where}: {key} of the task {name!r} is {reprlib.repr(value)}; it should be {wanted}")
    _check_decoding(name, table.get("decoding", {}), where)
    _check_format(name, table.get("format", {}), where)
    _check_judge(name, table, where)
    values: dict[str, Any] = {key: tuple(value) if key == "metrics" else value for key, value in table.items()}
    if file := values.pop("prompt_file", None):
        if "prompt" in values:
            raise UsageError(f"{where}: the task {name!r} has a prompt and a prompt_file: leave one of them out")
        values["prompt"] = _prompt(name, file, where, folder)
    asks = values.setdefault("asks", "instruct" if values.get("prompt") else TASKS[0])
    if asks == "instruct" and not values.get("prompt"):
        raise UsageError(
            f"{where}: the task {name!r} asks the model to do what its prompt says: add prompt or prompt_file"
        )
    if asks != "translate" and "target_language" in values.get("decoding", {}):
        raise UsageError(f'{where}: the task {name!r} names a target_language: add asks = "translate", or leave it out')
    return Task(name, **values)


def prompt_digest(prompt: str | None) -> str:
    """A prompt in 16 characters, "" for none: to tell prompts apart where their words have no place."""
    return "" if prompt is None else hashlib.blake2s(prompt.encode(), digest_size=8).hexdigest()


def _prompt(name: str, file: str, where: str, folder: Traversable) -> str:
    """The text of a prompt that stands in a file of its own, without blanks around it."""
    place = folder / file
    what = f"{where}: prompt_file of the task {name!r}, {file},"
    if isinstance(folder, Path) and not (folder / file).resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{what} leads out of the folder by a link: copy the file itself into {folder}")
    if not place.is_file():  # nobody waits for a pipe
        raise UsageError(f"{what} is no file: put the prompt beside the task")
    try:
        text = place.read_bytes().decode("utf-8-sig").strip()
    except OSError as error:
        raise UsageError(f"{what} cannot be read ({error.strerror}): mend its permissions") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    if not text or "\0" in text:
        raise UsageError(f"{what} {'holds no text' if text else 'is empty'}: write into it what the model is told")
    return text


def _check_decoding(name: str, table: Mapping[str, Any], where: str) -> None:
    for key, value in table.items():
        if key not in SETTINGS:
            raise UsageError(
                f"{where}: the task {name!r} has an unknown setting {key!r} in decoding; {hint(key, SETTINGS)}"
            )
        test, wanted = _SETTINGS[key]
        if not test(value):
            raise UsageError(
                f"{where}: decoding.{key} of the task {name!r} is {reprlib.repr(value)}; it should be {wanted}"
            )


def _is_language(value: Any) -> bool:
    try:
        return isinstance(value, str) and languages.resolve(value) == value
    except UsageError:
        return False


def _check_format(name: str, table: Mapping[str, Any], where: str) -> None:
    for key, value in table.items():
        if key not in FORMS:
            raise UsageError(f"{where}: the task {name!r} has an unknown form {key!r} in format; {hint(key, FORMS)}")
        if (wanted := problem(key, value)) is not None:
            raise UsageError(
                f"{where}: format.{key} of the task {name!r} is {reprlib.repr(value)}; it should be {wanted}"
            )


def _check_judge(name: str, table: Mapping[str, Any], where: str) -> None:
    judge = table.get("judge", {})
    for key, value in judge.items():
        if key not in KEYS:
            raise UsageError(f"{where}: the task {name!r} has an unknown key {key!r} in judge; {hint(key, KEYS)}")
        test, wanted = KEYS[key]
        if not test(value):
            raise UsageError(
                f"{where}: judge.{key} of the task {name!r} is {reprlib.repr(value)}; it should be {wanted}"
            )
    named = "judge" in table.get("metrics", ())
    if named and "endpoint" not in judge:
        raise UsageError(f'{where}: the task {name!r} names the metric judge: add judge.endpoint = "http://..."')
    if judge and not named:
        raise UsageError(f'{where}: the task {name!r} has a judge: add "judge" to its metrics')


_COUNT = (lambda v: is_whole(v) and v > 0, "a whole number above 0")
_SETTINGS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "max_new_tokens": _COUNT,
    "num_beams": _COUNT,
    "temperature": (lambda v: is_number(v) and v >= 0, "a number, 0 or more"),
    "timestamps": (lambda v: isinstance(v, bool), "true or false"),
    "target_language": (lambda v: _is_language(v), "the code of a language, such as de"),
}
_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("version", "prompt", "normalizer", "description"), (is_text, "a string")),
    "prompt_file": (is_path_below, "a path below the task's folder, with / between its parts"),
    "asks": (lambda v: v in TASKS, f"one of {', '.join(TASKS)}"),
    "reference": (lambda v: isinstance(v, str) and FIELD.fullmatch(v) is not None, "the name of a field of references"),
    "metrics": (lambda v: is_texts(v) and bool(v), "a list of names of metrics"),
    **dict.fromkeys(("decoding", "format", "judge"), (lambda v: isinstance(v, Mapping), "a table")),
}
