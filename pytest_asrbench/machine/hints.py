"""The exact commands that set a machine up for its hardware, each with its reason. Pure: facts in, hints out.

Where the wheels are (checked in November 2026):
- PyPI's torch for Linux is a CUDA 13 build, for Windows and macOS a CPU (and Metal) build;
  https://download.pytorch.org/whl/ has cpu, cu126, cu130, rocm7.2 (Linux alone) and xpu.
- PyTorch's ROCm wheels hold native code for RDNA2 (gfx1030) to RDNA4, gfx1101 since ROCm 6.4, gfx1150 and gfx1151
  since 7.0 (pytorch/pytorch#164854, .ci/docker/manywheel/build.sh).
- AMD's own wheels, the only ROCm ones for Windows: https://repo.amd.com/rocm/whl/gfx1151/ (and gfx1150),
  https://repo.amd.com/rocm/whl-multi-arch/ with the target as an extra, nightly https://rocm.nightlies.amd.com/v2/.
- torch-directml pins torch 2.4.1 and ends at Python 3.12; nobody develops it any more (microsoft/DirectML#712).
- HSA_OVERRIDE_GFX_VERSION is a matter of Linux: Windows does not go through HSA (ROCm/TheRock#1719).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_asrbench.machine.accelerators import Accelerator

TORCH = "https://download.pytorch.org/whl"
AMD = "https://repo.amd.com/rocm/whl"
AMD_NIGHTLY = "https://rocm.nightlies.amd.com/v2"
ROCM = "rocm7.2"
CUDA_13_DRIVER = 580  # the first driver branch that runs CUDA 13; CUDA 12 needs 525
# Targets for which PyTorch's ROCm wheels hold code, and the first ROCm version of which that is true.
NATIVE = {
    **dict.fromkeys(("gfx900", "gfx906", "gfx908", "gfx90a", "gfx942", "gfx1030", "gfx1100"), (6, 0)),
    **dict.fromkeys(("gfx1101", "gfx1102", "gfx1200", "gfx1201"), (6, 4)),
    **dict.fromkeys(("gfx950", "gfx1150", "gfx1151"), (7, 0)),
    "gfx1103": (7, 2),
}
# Targets that run another one's code, with the version to claim.
_LIKE = {
    **dict.fromkeys(("gfx1031", "gfx1032", "gfx1033", "gfx1034", "gfx1035", "gfx1036"), "10.3.0"),
    **dict.fromkeys(("gfx1101", "gfx1102", "gfx1103"), "11.0.0"),
}
_OWN_INDEX = ("gfx1150", "gfx1151")


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
    best = _best(facts.accelerators)
    return [*_torch(facts, best), *_override(facts, best), *_onnx(facts, best), *_extras(facts)]


def _best(accelerators: tuple[Accelerator, ...]) -> Accelerator | None:
    """The one to set up for: NVIDIA's before AMD's, Apple's, Intel's; of two, the one with memory of its own."""
    order = {"nvidia": 0, "amd": 1, "apple": 2, "intel": 3}
    known = [one for one in accelerators if one.vendor in order]
    return min(known, key=lambda one: (order[one.vendor], one.unified), default=None)


def _torch(facts: Facts, gpu: Accelerator | None) -> Iterator[Hint]:
    wanted = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu"}.get(gpu.vendor if gpu else "", "cpu")
    if gpu is not None and wanted == facts.torch and not _outdated(facts, gpu):
        return
    if gpu is not None and gpu.vendor == "nvidia":
        yield _cuda(facts, gpu)
    elif gpu is not None and gpu.vendor == "amd":
        yield from _rocm(facts, gpu)
    elif gpu is not None and gpu.vendor == "intel":
        yield Hint(
            _install(facts, f"torch --index-url {TORCH}/xpu"), f"{gpu.name}: PyTorch's wheels for Intel GPUs (xpu)"
        )
    elif not facts.torch:
        yield _cpu(facts, gpu)


def _cuda(facts: Facts, gpu: Accelerator) -> Hint:
    driver = int((re.search(r"\d+", gpu.driver) or ["0"])[0])
    about = f"{gpu.name}, driver {gpu.driver.removeprefix('NVIDIA ')}"
    if driver < CUDA_13_DRIVER:
        return Hint(
            _install(facts, f"torch --index-url {TORCH}/cu126"),
            f"{about}: CUDA 13, for which PyPI's torch is built, needs driver {CUDA_13_DRIVER} or newer; this is the "
            "build for CUDA 12.6",
            "update the driver and take PyPI's torch",
        )
    if facts.system == "Linux" and not facts.torch:
        return Hint("pip install torch", f"{about}: PyPI's torch for Linux is the CUDA 13 build")
    return Hint(
        _install(facts, f"torch --index-url {TORCH}/cu130"),
        f"{about}: "
        + ("PyPI's torch for Windows is a CPU build" if facts.system == "Windows" else _unfit(facts))
        + "; this is the build for CUDA 13",
    )


def _rocm(facts: Facts, gpu: Accelerator) -> Iterator[Hint]:
    about = f"{gpu.name} ({gpu.target or 'unknown instruction set'})"
    if facts.system == "Linux":
        yield _rocm_linux(facts, gpu.target, about)
    elif facts.system == "Windows":
        if gpu.target in NATIVE:
            yield _rocm_windows(facts, str(gpu.target), about)
        if facts.python <= (3, 12):
            yield Hint(
                "pip install torch-directml",
                f"{about}: DirectML, the next in the chain, runs on any DirectX 12 GPU; it pins torch 2.4.1, so give "
                "it a virtual environment of its own and name that in asr_interpreters",
            )
        else:
            yield Hint(
                "py -3.12 -m venv directml",
                f"{about}: DirectML, the next in the chain, needs Python 3.12 or older: in this environment, "
                "pip install torch-directml, and name its python.exe in asr_interpreters",
            )


def _rocm_linux(facts: Facts, target: str | None, about: str) -> Hint:
    stable = _install(facts, f"torch --index-url {TORCH}/{ROCM}")
    if target in _OWN_INDEX:
        return Hint(
            _install(facts, f"torch --index-url {AMD}/{target}/"),
            f"{about}: AMD's own wheels for this processor, which bring the newest ROCm with them",
            f"{stable} (PyTorch's own, native since ROCm 7.0), or the nightly "
            + _install(facts, f"--pre torch --index-url {AMD_NIGHTLY}/{target}/"),
        )
    built = "PyTorch's ROCm wheels hold code for it" if target in NATIVE else "PyTorch's wheels for ROCm (Linux alone)"
    return Hint(stable, f"{about}: {built}; {_unfit(facts)}" if facts.torch else f"{about}: {built}")


def _rocm_windows(facts: Facts, target: str, about: str) -> Hint:
    reason = f"{about}: PyTorch's own ROCm wheels are for Linux alone; AMD's are for Windows too"
    if target in _OWN_INDEX:
        python = "" if facts.python <= (3, 13) else ", for Python 3.13 and older"
        nightly = _install(facts, f"--pre torch --index-url {AMD_NIGHTLY}/{target}/")
        return Hint(_install(facts, f"torch --index-url {AMD}/{target}/"), reason + python, f"{nightly} (nightly)")
    return Hint(_install(facts, f'"torch[device-{target}]" --index-url {AMD}-multi-arch/'), reason)


def _cpu(facts: Facts, gpu: Accelerator | None) -> Hint:
    if facts.system == "Darwin":
        if gpu is not None:
            return Hint("pip install torch", f"{gpu.name}: PyPI's torch for macOS reaches the GPU through Metal (mps)")
        return Hint(
            'pip install "torch<2.3" "numpy<2"',
            "an Intel Mac: torch 2.2 was the last with wheels for it, too old for today's transformers; "
            "whisper.cpp and PocketSphinx run here",
        )
    if facts.system == "Linux" and facts.architecture in ("x86_64", "AMD64"):
        return Hint(
            f"pip install torch --index-url {TORCH}/cpu",
            "no GPU was found: this build saves the gigabytes of CUDA libraries that PyPI's torch brings along",
        )
    return Hint("pip install torch", "no GPU was found: PyPI's torch for this system is the CPU build")


def _override(facts: Facts, gpu: Accelerator | None) -> Iterator[Hint]:
    if gpu is None or gpu.vendor != "amd" or gpu.target is None:
        return
    variable = "HSA_OVERRIDE_GFX_VERSION"
    if facts.system == "Windows":
        if facts.override:
            yield Hint(f"set {variable}=", f"{variable} has no effect on Windows, which does not go through HSA")
        return
    since, built = NATIVE.get(gpu.target), _rocm_version(facts)
    native = since is not None and (built is None or built >= since)
    if native and facts.override:
        yield Hint(
            f"unset {variable}",
            f"{variable}={facts.override} makes a {gpu.target} pass for another processor; "
            "the wheels have code of its own, which is faster and safer",
        )
    elif not native and gpu.target in _LIKE and facts.override != _LIKE[gpu.target]:
        wheels = f"the installed ROCm {built[0]}.{built[1]} build" if built is not None else "ROCm wheels"
        yield Hint(
            f"export {variable}={_LIKE[gpu.target]}",
            f"{wheels} hold no code for {gpu.target}; with this it runs that of a close relative",
            "" if since is None else f"a build for ROCm {since[0]}.{since[1]} or newer, which needs no such trick",
        )


def _onnx(facts: Facts, gpu: Accelerator | None) -> Iterator[Hint]:
    """ONNX Runtime's builds are packages of their own that share one module: one replaces the other."""
    if gpu is None or "onnxruntime" not in facts.versions:
        return
    package = {
        ("nvidia", "Linux"): "onnxruntime-gpu",
        ("nvidia", "Windows"): "onnxruntime-gpu",
        ("amd", "Linux"): "onnxruntime-migraphx",
    }.get((gpu.vendor, facts.system), "onnxruntime-directml" if facts.system == "Windows" else "")
    if package and package not in facts.versions:
        yield Hint(
            f"pip uninstall -y onnxruntime && pip install {package}",
            f"{gpu.name}: Moonshine runs on ONNX Runtime, and the installed build knows the CPU alone",
        )


def _extras(facts: Facts) -> Iterator[Hint]:
    for extra, models in facts.missing.items():
        some = ", ".join(models[:4]) + (f" and {len(models) - 4} more" if len(models) > 4 else "")
        yield Hint(f'pip install "pytest-asrbench[{extra}]"', f"for {some}")


def _outdated(facts: Facts, gpu: Accelerator) -> bool:
    """Whether the installed ROCm build is too old to hold code for the GPU, and a newer one would."""
    built, since = _rocm_version(facts), NATIVE.get(gpu.target or "")
    return gpu.vendor == "amd" and built is not None and since is not None and built < since


def _rocm_version(facts: Facts) -> tuple[int, int] | None:
    match = re.search(r"\+rocm(\d+)\.(\d+)", facts.versions.get("torch", ""))
    return (int(match[1]), int(match[2])) if match else None


def _install(facts: Facts, what: str) -> str:
    # pip takes an installed build of the same version for good enough, whatever hardware it was built for.
    return f"pip install --force-reinstall {what}" if facts.torch else f"pip install {what}"


def _unfit(facts: Facts) -> str:
    return f"the installed torch {facts.versions.get('torch', '')} is a build for {facts.torch or 'nothing'}"
