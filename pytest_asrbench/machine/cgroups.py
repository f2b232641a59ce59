"""The processor quota of the container, or of the systemd unit, in which a process is: Linux control groups 1 and 2.

A quota is a number of microseconds in each period for all processes of a group together; a group that has used it up
stands still until the next period begins. The tightest of a process's group and of those above it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Quota:
    """How many cores' worth of time a group may use, and the file that counts how often it was held back."""

    cores: float
    statistics: Path


@dataclass(frozen=True, slots=True)
class Throttling:
    """Of all periods in which the group has worked: how many there were, and in how many it was held back."""

    periods: int
    held_back: int


def quota(root: Path = ROOT, process: int | None = None) -> Quota | None:
    """Return the quota that holds for a process (None: for this one), None without one.

    root: where /proc and the mounts are read.
    """
    folder = "self" if process is None else str(process)
    found = [one for group in _groups(root, folder) if (one := _quota_of(group)) is not None]
    return min(found, key=lambda one: one.cores, default=None)


def throttling(of: Quota) -> Throttling | None:
    """How often the quota has held its group back since the group exists; None where that is not told."""
    pairs = dict(line.split() for line in _read(of.statistics).splitlines() if len(line.split()) == 2)
    try:
        return Throttling(int(pairs["nr_periods"]), int(pairs["nr_throttled"]))
    except (KeyError, ValueError):
        return None


def _groups(root: Path, process: str) -> Iterator[Path]:
    """The folders of a process's groups that may have a quota, and of all groups above them."""
    paths = dict(_memberships(root / "proc" / process / "cgroup"))
    for kind, mounted_group, mount_point in _mounts(root):
        if kind not in paths:
            continue
        top = root / mount_point.relative_to("/")
        group = top / _below(paths[kind], mounted_group)
        # In a container the path may be told as the host sees it: what is mounted is then the container's group.
        group = group if group.is_dir() else top
        yield from (one for one in (group, *group.parents) if one.is_relative_to(top))


def _memberships(listed: Path) -> Iterator[tuple[str, str]]:
    """Kind of hierarchy ("cgroup2", or "cgroup" for the processor controller of version 1) and the path in it."""
    for line in _read(listed).splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            yield "cgroup2", path
        elif "cpu" in controllers.split(","):
            yield "cgroup", path


def _mounts(root: Path) -> Iterator[tuple[str, str, PurePosixPath]]:
    """Kind of hierarchy, the group that is mounted, and where: the lines of mountinfo that matter."""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, (kind, *options) = before.split(" "), (after.split(" ") or [""])
        if len(fields) < 5 or kind not in ("cgroup", "cgroup2"):
            continue
        if kind == "cgroup2" or "cpu" in options[-1].split(","):
            point = PurePosixPath(_unescaped(fields[4]))
            if point.is_absolute():
                yield kind, _unescaped(fields[3]), point


def _below(path: str, mounted: str) -> str:
    """Our group's path below the mounted one; "" where it is the mounted one, or not to be seen."""
    inside = PurePosixPath(path)
    return str(inside.relative_to(mounted)) if inside.is_relative_to(mounted) and ".." not in inside.parts else ""


def _quota_of(group: Path) -> Quota | None:
    """The quota of one group: version 2 writes it with its period into one file, version 1 into two."""
    together = _read(group / "cpu.max").split()
    of_two = [_read(group / name).strip() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    try:
        allowed, period = (int(number) for number in (together or of_two))
    except ValueError:  # "max 100000", or no file
        return None
    return Quota(allowed / period, group / "cpu.stat") if allowed > 0 and period > 0 else None


def _unescaped(text: str) -> str:
    """A path of mountinfo, in which blanks and the like are written in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
