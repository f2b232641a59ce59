"""What a corpus is loaded from, as users write it: `scheme:place[option=value,...]`; often a path is enough."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.support import spec
from pytest_asrbench.support.checks import hint

_SCHEME = re.compile(r"([a-z][a-z0-9_-]+):(?!//)(.*)", re.DOTALL)  # one letter is a drive


@dataclass(frozen=True, slots=True)
class Locator:
    """One corpus as it was named.

    scheme: of the source that is meant; "": the place tells. place: a path, or a name of the source's own.
    folders: those that a relative path may start from; the first that has it counts. allowed: folders to which a corpus
    may point that lies elsewhere. offline: nothing is to be fetched.
    """

    text: str
    scheme: str
    place: str
    options: Mapping[str, Any] = field(default_factory=dict)
    folders: Sequence[Path] = (Path(),)
    allowed: Sequence[Path] = ()
    offline: bool = False

    @property
    def path(self) -> Path:
        """The place as a path, which need not exist."""
        return _found(self.place, self.folders)

    @property
    def named(self) -> bool:
        """Whether a scheme or a separator says that this is no mere name."""
        return bool(self.scheme) or "/" in self.place or "\\" in self.place

    def only(self, *known: str) -> Mapping[str, Any]:
        """Return the options; raises UsageError for one that is not among `known`."""
        for name in self.options:
            if name not in known:
                raise UsageError(f"{self.text}: there is no option {name!r} here; {hint(name, [*known, *GENERAL])}")
        return self.options

    def root(self, default: Path) -> Path:
        """The folder from which a corpus's paths start and which they must not leave: the option `root`, if given."""
        given = self.text_option("root")
        return _found(given, self.folders) if given else default

    def text_option(self, name: str, default: str = "") -> str:
        """Return an option as text: a name that looks like a number is one all the same."""
        return str(self.options.get(name, default))

    def at(self, path: Path, scheme: str = "") -> Locator:
        """Return the locator of another place that belongs to this one, with the same options."""
        return replace(self, place=str(path), scheme=scheme, folders=(Path(), *self.folders))


# Options that every locator takes; see `loading`.
GENERAL = ("limit", "seed", "by", "name", "language")


def parse(
    text: str, folders: Sequence[Path] = (Path(),), allowed: Sequence[Path] = (), *, offline: bool = False
) -> Locator:
    """Read a locator. A path that exists is one, whatever signs are in it. Raises UsageError."""
    if _exists(text, folders):
        return Locator(text, "", text, {}, folders, allowed, offline)
    head, options = spec.parse(text)
    match = None if _exists(head, folders) else _SCHEME.fullmatch(head)
    scheme, place = match.groups() if match else ("", head)
    return Locator(text, scheme, place, options, folders, allowed, offline)


def _exists(place: str, folders: Sequence[Path]) -> bool:
    try:
        return bool(place) and any((folder / place).exists() for folder in folders)
    except (OSError, ValueError):  # no name that a file could have
        return False


def _found(place: str, folders: Sequence[Path]) -> Path:
    paths = [folder / place for folder in folders]
    return next((path for path in paths if path.exists()), paths[-1])
