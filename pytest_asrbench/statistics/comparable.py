"""Are two measurements comparable? The one answer, for gates on a baseline and for the history alike. Pure functions.

Each figure depends on conditions of its own: accuracy may be compared between devices, machines and Pythons, speed may
not; a new normaliser changes the WER and leaves speed and transcripts alone. The table of rules says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

SAME_SECONDS = 0.001  # audio whose lengths differ by more is not the same


class Figure(StrEnum):
    """What is compared."""

    ACCURACY = "WER"
    SPEED = "speed"
    TRANSCRIPTS = "transcripts"


@dataclass(frozen=True, slots=True)
class Machine:
    """What a measurement was made on, as far as its speed depends on it; "" and (): not known."""

    node: str = ""
    cpu: str = ""
    accelerators: tuple[str, ...] = ()


UNKNOWN = Machine()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run was made: its Python and system, and its machine."""

    platform: str | None = None
    machine: Machine = UNKNOWN


@dataclass(frozen=True, slots=True)
class Facts:
    """What the figures of a measurement, or of several together, depend on; None, "" and an empty Machine: not known.

    asked: what the model was told, by name; what is not in there was left to it. reference: the normalised one. device:
    its kind. cores: of how many processor cores the model could use the time, where it ran on a processor.
    """

    asked: Mapping[str, Any] | None = None
    corpus_version: str | None = None
    audio_seconds: float | None = None
    normalizer: str | None = None
    reference: str | None = None
    timing: str | None = None
    device: str | None = None
    cores: float | None = None
    place: Place = Place()


Say = Callable[[Any, Any], str]


def _was(words: str) -> Say:
    return lambda then, now: f"{words} was {then or 'not recorded'}, is {now}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A fact that must be the same; `say` tells of (then, now) that are not. strict: an unknown one then may be any."""

    fact: str
    figures: frozenset[Figure]
    say: Say
    same: Callable[[Any, Any], bool] = lambda then, now: bool(then == now)
    strict: bool = False

    @property
    def read(self) -> Callable[[Facts], Any]:
        """What reads the fact."""
        return attrgetter(self.fact)


def _say_asked(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Of what a model was told, the first that differs."""
    absent = "not given"
    name = next(one for one in (*then, *now) if then.get(one, absent) != now.get(one, absent))
    if name == "prompt":
        return "the prompt differs"
    return f"{name} was {then.get(name, absent)}, is {now.get(name, absent)}"


def _same_length(then: float, now: float) -> bool:
    return not abs(then - now) > SAME_SECONDS  # NaN: not known


def _same_machine(then: Machine, now: Machine) -> bool:
    """What one of the two does not tell is taken for the same."""
    parts = ((then.node, now.node), (then.cpu, now.cpu))
    known = then.cpu and now.cpu  # a machine without accelerators has told so
    return all(a == b for a, b in parts if a and b) and (not known or then.accelerators == now.accelerators)


def _say_machine(then: Machine, now: Machine) -> str:
    """What tells two machines apart."""
    for name in ("node", "cpu"):
        before, here = getattr(then, name), getattr(now, name)
        if before and here and before != here:
            return f"machine was {before}, is {here}"
    before, here = (", ".join(one.accelerators) or "without accelerators" for one in (then, now))
    return f"machine was {before}, is {here}"


_EVERY = frozenset(Figure)
_ACCURACY, _SPEED = frozenset({Figure.ACCURACY}), frozenset({Figure.SPEED})
_RULES = (
    _Rule("asked", _EVERY, _say_asked),
    _Rule("corpus_version", _EVERY, _was("corpus version")),
    _Rule("audio_seconds", _EVERY, lambda _then, _now: "the audio has another length", _same_length),
    _Rule("normalizer", _ACCURACY, _was("normalizer"), strict=True),
    _Rule("reference", _ACCURACY, lambda _then, _now: "the reference differs"),
    _Rule("place.platform", _SPEED, lambda then, now: f"measured with {then}, this is {now}"),
    _Rule("cores", _SPEED, lambda then, now: f"processor cores allowed were {then:g}, are {now:g}"),
    _Rule("place.machine", _SPEED, _say_machine, _same_machine),
    _Rule("timing", _SPEED, _was("timing"), strict=True),
    _Rule("device", _SPEED, _was("device")),
)


def obstacle(figure: Figure, now: Facts, then: Facts) -> str | None:
    """Why a figure of two measurements cannot be compared, None if it can."""
    for rule in _RULES:
        if figure not in rule.figures:
            continue
        here, before = rule.read(now), rule.read(then)
        unknown = here in (None, "") or before in (None, "")
        if (unknown and rule.strict and before != here) or not (unknown or rule.same(before, here)):
            return rule.say(before, here)
    return None


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of all that is not as it was, of digests of what shapes an answer: where one of them is, it is another."""
    return [name for name in {**now, **then} if then.get(name) != now.get(name)]


def same_audio(then: float, now: float) -> bool:
    """Whether two recordings are equally long, in seconds; NaN: not known."""
    return _same_length(then, now)
