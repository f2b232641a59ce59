"""The exact commands that set a machine up for its hardware, each with its reason. Pure: facts in, hints out.

Which command fits which machine, and where the wheels are, stands in hints.toml.
"""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_asrbench.machine.accelerators import Accelerator

_TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
# AMD's targets: the first ROCm for which PyTorch's wheels hold their code, and the version of another to claim.
NATIVE: dict[str, str] = {target: version for version, targets in _TABLE["native"].items() for target in targets}
_LIKE: dict[str, str] = {target: version for version, targets in _TABLE["like"].items() for target in targets}
_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda known, wanted: known in wanted if isinstance(wanted, list) else bool(known == wanted),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    "not": operator.ne,
    "has": operator.contains,
    "lacks": lambda known, wanted: wanted not in known,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the hints are drawn from.

    system: as platform.system(). python: (major, minor). versions: distribution -> version of what is installed.
    environment: environment variables. missing: extra of pytest-asrbench -> the models that wait for it.
    """

    system: str
    architecture: str
    python: tuple[int, int]
    accelerators: tuple[Accelerator, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def torch(self) -> str:
        """What the installed torch was built for: "cpu", "cuda", "rocm", "xpu", or "" if there is none."""
        version = self.versions.get("torch", "")
        match = re.search(r"\+(cpu|cu|rocm|xpu)", version)
        if match is not None:
            return {"cu": "cuda"}.get(match[1], match[1])
        return "" if not version else "cuda" if self.system == "Linux" else "cpu"

    @property
    def rocm(self) -> str:
        """The ROCm that the installed torch was built for, such as "6.4"; "" if it is no such build."""
        match = re.search(r"\+rocm(\d+\.\d+)", self.versions.get("torch", ""))
        return match[1] if match else ""

    @property
    def override(self) -> str:
        """The target that HSA_OVERRIDE_GFX_VERSION claims, "" if it is not set."""
        return self.environment.get("HSA_OVERRIDE_GFX_VERSION", "")


@dataclass(frozen=True, slots=True)
class Hint:
    """A command to run, and why. `otherwise` is another way to the same end."""

    command: str
    reason: str
    otherwise: str = ""


def hints(facts: Facts) -> list[Hint]:
    """Return what to run on this machine, in order; torch comes before whatever would pull in another build of it."""
    known = _known(facts, _best(facts.accelerators))
    found: dict[str, Hint] = {}
    for row in _TABLE["hints"]:
        if row["group"] not in found and _holds(row["when"], known):
            texts = (row[name].format_map(known) for name in ("command", "reason", "otherwise") if name in row)
            found[row["group"]] = Hint(*texts)
    return [*found.values(), *_extras(facts)]


def _holds(conditions: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    for condition, wanted in conditions.items():
        name, _, test = condition.partition(" ")
        if not _CONDITIONS[test](known[name], wanted):
            return False
    return True


def _known(facts: Facts, gpu: Accelerator | None) -> dict[str, Any]:
    """What conditions and texts may name.

    fits: whether the installed torch is the build for the GPU. driver_number: 0 if not told. instructions: the target
    in words. since: the first ROCm whose wheels hold code for the target, native: whether the installed one's do.
    like: the version to claim, claimed: whether that is done. install: pip's command, which takes an installed build of
    the same version for good enough, whatever hardware it was built for, unless it is forced.
    """
    vendor, target = (gpu.vendor, gpu.target or "") if gpu is not None else ("", "")
    driver = gpu.driver.removeprefix("NVIDIA ") if gpu is not None else ""
    since, like, built = NATIVE.get(target, ""), _LIKE.get(target, ""), facts.rocm
    version = facts.versions.get("torch", "")
    native = bool(since) and (not built or _numbers(built) >= _numbers(since))
    wanted = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu"}.get(vendor, "cpu")
    outdated = bool(built and since) and not native
    return {
        **_TABLE["names"],
        "system": facts.system,
        "architecture": facts.architecture,
        "python": list(facts.python),
        "vendor": vendor,
        "gpu": gpu.name if gpu is not None else "",
        "target": target,
        "instructions": target or "unknown instruction set",
        "driver": driver,
        "driver_number": int((re.search(r"\d+", driver) or ["0"])[0]),
        "installed": facts.versions,
        "torch": facts.torch,
        "torch_version": version,
        "fits": wanted == facts.torch and not outdated,
        "besides": f"; the installed torch {version} is a build for {facts.torch}" if facts.torch else "",
        "install": "pip install --force-reinstall" if facts.torch else "pip install",
        "since": since,
        "native": native,
        "like": like,
        "claimed": facts.override == like,
        "override": facts.override,
        "wheels": f"the installed ROCm {built} build" if built else "ROCm wheels",
    }


def _best(accelerators: tuple[Accelerator, ...]) -> Accelerator | None:
    """The one to set up for: NVIDIA's before AMD's, Apple's, Intel's; of two, the one with memory of its own."""
    order = {"nvidia": 0, "amd": 1, "apple": 2, "intel": 3}
    known = [one for one in accelerators if one.vendor in order]
    return min(known, key=lambda one: (order[one.vendor], one.unified), default=None)


def _extras(facts: Facts) -> Iterator[Hint]:
    for extra, models in facts.missing.items():
        some = ", ".join(models[:4]) + (f" and {len(models) - 4} more" if len(models) > 4 else "")
        yield Hint(f'pip install "pytest-asrbench[{extra}]"', f"for {some}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
