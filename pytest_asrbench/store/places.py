"""Where a run was made, as saved runs tell it: the Python, the system, the machine."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Any

from pytest_asrbench.statistics.comparable import Machine, Place
from pytest_asrbench.support.checks import is_number, is_text


def here(facts: Mapping[str, Any]) -> Place:
    """The place of this process; facts: those of its machine, as a run records them."""
    return Place(platform_here(), machine_of(facts))


def platform_here() -> str:
    """The Python and system of this process, as runs are told apart by them: "CPython 3.13 on Linux"."""
    return platform_name(platform.system(), platform.python_implementation(), platform.python_version()) or ""


def platform_name(system: Any, implementation: Any, version: Any) -> str | None:
    """The same of another process; None if it does not tell."""
    if not (is_text(system) and is_text(implementation) and is_text(version)):
        return None
    return f"{implementation} {'.'.join(version.split('.')[:2])} on {system}"


def platform_of_folder(name: str) -> str | None:
    """The same by pytest-benchmark's name for it, "Linux-CPython-3.13-64bit"; None if `name` is no such."""
    parts = re.fullmatch(r"([^-]+)-([^-]+)-(\d+\.\d+)-\w+", name)
    return platform_name(parts[1], parts[2], parts[3]) if parts else None


def machine_of(facts: Mapping[str, Any], node: str = "", cpu: str = "") -> Machine:
    """The machine of which a run recorded `facts` (`machine.facts`); cpu: what else is known of its processor."""
    listed = facts.get("accelerators")
    found = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    known, quota = facts.get("cpu"), facts.get("cpu_quota")
    name = str(known) if is_text(known) else cpu
    name += f" with a quota of {quota:g} cores" if is_number(quota) else ""
    return Machine(node, name, tuple(str(one.get("name", "")) for one in found))
