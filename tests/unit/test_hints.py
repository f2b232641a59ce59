"""The advice for a machine: facts in, commands and reasons out."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.machine import hints as hints_module
from pytest_asrbench.machine.accelerators import Accelerator
from pytest_asrbench.machine.hints import NATIVE, Facts, Hint, hints

STRIX_HALO = Accelerator("amd", "Radeon 8060S", "amdgpu 6.14", 512 * 2**20, unified=True, target="gfx1151")
RX_7700_XT = Accelerator("amd", "Radeon RX 7700 XT", "amdgpu 6.14", 12 * 2**30, target="gfx1101")
RX_6700_XT = Accelerator("amd", "Radeon RX 6700 XT", "amdgpu 6.14", 12 * 2**30, target="gfx1031")
RTX_4090 = Accelerator("nvidia", "NVIDIA GeForce RTX 4090", "NVIDIA 580.65.06", 24 * 2**30)
OLD_RTX = Accelerator("nvidia", "NVIDIA GeForce RTX 2080", "NVIDIA 535.104.05", 8 * 2**30)
M4 = Accelerator("apple", "Apple M4", "macOS 15.1", unified=True)
ARC = Accelerator("intel", "Intel e20b", "xe 6.14")
INTEGRATED = Accelerator("intel", "Intel(R) UHD Graphics", "31.0", unified=True)


def advice(
    *accelerators: Accelerator, system: str = "Linux", python: tuple[int, int] = (3, 12), **given: Any
) -> list[Hint]:
    """With transcribe.cpp installed, unless its version is given: what else a machine needs does not hang on it."""
    given["versions"] = {"transcribe-cpp": "0.4.1", **given.get("versions", {})}
    return hints(Facts(system, given.pop("architecture", "x86_64"), python, accelerators, **given))


def commands(*accelerators: Accelerator, **given: Any) -> list[str]:
    return [hint.command for hint in advice(*accelerators, **given)]


def test_without_a_gpu_linux_is_spared_the_cuda_libraries() -> None:
    [hint] = advice()
    assert hint.command == "pip install torch --index-url https://download.pytorch.org/whl/cpu"
    assert "CUDA libraries" in hint.reason


@pytest.mark.parametrize(("system", "architecture"), [("Windows", "AMD64"), ("Linux", "aarch64")])
def test_where_pypi_has_the_cpu_build_no_index_is_named(system: str, architecture: str) -> None:
    assert commands(system=system, architecture=architecture) == ["pip install torch"]


def test_strix_halo_on_linux_gets_amds_own_index_with_two_alternatives() -> None:
    [hint] = advice(STRIX_HALO)
    assert hint.command == "pip install torch --index-url https://repo.amd.com/rocm/whl/gfx1151/"
    assert "gfx1151" in hint.reason
    assert "https://download.pytorch.org/whl/rocm7.2" in hint.otherwise
    assert "--pre torch --index-url https://rocm.nightlies.amd.com/v2/gfx1151/" in hint.otherwise


def test_strix_halo_on_windows_gets_rocm_first_and_directml_second() -> None:
    rocm, directml = advice(STRIX_HALO, system="Windows")
    assert rocm.command == "pip install torch --index-url https://repo.amd.com/rocm/whl/gfx1151/"
    assert directml.command == "pip install torch-directml"
    assert "2.4.1" in directml.reason
    assert "virtual environment" in directml.reason


@pytest.mark.parametrize(("gpu", "system"), [(STRIX_HALO, "Linux"), (STRIX_HALO, "Windows"), (INTEGRATED, "Linux")])
def test_vulkan_stands_between_the_builds_of_torch_and_directml(gpu: Accelerator, system: str) -> None:
    facts = Facts(system, "x86_64", (3, 12), (gpu,))
    wanted = ["torch", "transcribe-cpp"] + ["torch-directml"] * (system == "Windows")
    found = hints(facts)
    assert [name in hint.command for name, hint in zip(wanted, found, strict=True)] == [True] * len(wanted)
    assert "through Vulkan" in found[1].reason


@pytest.mark.parametrize(("gpu", "architecture"), [(RTX_4090, "x86_64"), (M4, "x86_64"), (ARC, "aarch64")])
def test_vulkan_is_not_offered_where_it_is_not_the_way(gpu: Accelerator, architecture: str) -> None:
    found = hints(Facts("Linux", architecture, (3, 12), (gpu,)))
    assert not [hint for hint in found if "transcribe-cpp" in hint.command]


def test_directml_is_not_installed_into_a_python_that_it_has_no_wheel_for() -> None:
    [_, directml] = advice(STRIX_HALO, system="Windows", python=(3, 13))
    assert directml.command == "py -3.12 -m venv directml"
    assert "Python 3.12 or older" in directml.reason


def test_windows_takes_other_radeons_from_the_multi_arch_index() -> None:
    rocm, _ = commands(RX_7700_XT, system="Windows")
    assert rocm == 'pip install "torch[device-gfx1101]" --index-url https://repo.amd.com/rocm/whl-multi-arch/'


def test_a_radeon_on_linux_that_the_wheels_know_needs_no_override() -> None:
    [hint] = advice(RX_7700_XT)
    assert hint.command == "pip install torch --index-url https://download.pytorch.org/whl/rocm7.2"
    assert "hold code for it" in hint.reason


@pytest.mark.parametrize("gpu", [RX_7700_XT, STRIX_HALO])
def test_an_override_that_is_not_needed_is_to_be_taken_back(gpu: Accelerator) -> None:
    environment = {"HSA_OVERRIDE_GFX_VERSION": "11.0.1"}
    hint = advice(gpu, environment=environment, versions={"torch": "2.13.0+rocm7.2"})[-1]
    assert hint.command == "unset HSA_OVERRIDE_GFX_VERSION"
    assert "11.0.1" in hint.reason


def test_a_radeon_that_no_wheel_knows_passes_for_its_relative() -> None:
    torch, override = advice(RX_6700_XT)
    assert torch.command.endswith("/whl/rocm7.2")
    assert override.command == "export HSA_OVERRIDE_GFX_VERSION=10.3.0"
    assert advice(RX_6700_XT, environment={"HSA_OVERRIDE_GFX_VERSION": "10.3.0"}) == [torch]


def test_a_rocm_build_older_than_the_gpu_is_to_be_replaced_or_deceived() -> None:
    torch, override = advice(RX_7700_XT, versions={"torch": "2.5.1+rocm6.2"})
    assert torch.command.startswith("pip install --force-reinstall torch --index-url")
    assert override.command == "export HSA_OVERRIDE_GFX_VERSION=11.0.0"
    assert "ROCm 6.2" in override.reason
    assert "6.4" in override.otherwise


def test_strix_halo_is_never_told_to_pass_for_another() -> None:
    [torch] = advice(STRIX_HALO, versions={"torch": "2.8.0+rocm6.4"})
    assert "--force-reinstall" in torch.command


def test_the_override_does_nothing_on_windows() -> None:
    hint = advice(STRIX_HALO, system="Windows", environment={"HSA_OVERRIDE_GFX_VERSION": "11.0.0"})[-1]
    assert hint.command == "set HSA_OVERRIDE_GFX_VERSION="


def test_cuda_on_linux_is_what_pypi_has() -> None:
    assert commands(RTX_4090) == ["pip install torch"]


def test_cuda_on_windows_needs_an_index() -> None:
    [hint] = advice(RTX_4090, system="Windows")
    assert hint.command == "pip install torch --index-url https://download.pytorch.org/whl/cu130"
    assert "CPU build" in hint.reason


def test_an_old_driver_gets_the_build_for_cuda_12() -> None:
    [hint] = advice(OLD_RTX)
    assert hint.command.endswith("/whl/cu126")
    assert "580" in hint.reason
    assert "535.104.05" in hint.reason


def test_a_cpu_build_beside_a_gpu_is_replaced_and_named() -> None:
    [hint] = advice(RTX_4090, versions={"torch": "2.13.0+cpu"})
    assert hint.command == "pip install --force-reinstall torch --index-url https://download.pytorch.org/whl/cu130"
    assert "2.13.0+cpu" in hint.reason


@pytest.mark.parametrize(
    ("gpu", "version"), [(RTX_4090, "2.13.0"), (RTX_4090, "2.13.0+cu130"), (RX_7700_XT, "2.13.0+rocm7.2")]
)
def test_a_fitting_build_is_left_alone(gpu: Accelerator, version: str) -> None:
    assert advice(gpu, versions={"torch": version}) == []


def test_apple_silicon_needs_nothing_special() -> None:
    [hint] = advice(M4, system="Darwin", architecture="arm64")
    assert hint.command == "pip install torch"
    assert "Metal" in hint.reason


def test_an_intel_mac_is_told_what_still_runs() -> None:
    [hint] = advice(system="Darwin")
    assert "whisper.cpp" in hint.reason


def test_intel_gpus_have_an_index_of_their_own() -> None:
    assert commands(ARC) == ["pip install torch --index-url https://download.pytorch.org/whl/xpu"]


def test_of_two_gpus_the_discrete_one_is_set_up() -> None:
    assert commands(INTEGRATED, RTX_4090) == ["pip install torch"]
    assert "7700" in advice(STRIX_HALO, RX_7700_XT)[0].reason


@pytest.mark.parametrize(
    ("gpu", "system", "package"),
    [
        (RTX_4090, "Linux", "onnxruntime-gpu"),
        (RX_7700_XT, "Linux", "onnxruntime-migraphx"),
        (STRIX_HALO, "Windows", "onnxruntime-directml"),
        (INTEGRATED, "Windows", "onnxruntime-directml"),
    ],
)
def test_onnx_runtime_is_replaced_by_the_build_for_the_gpu(gpu: Accelerator, system: str, package: str) -> None:
    last = advice(gpu, system=system, versions={"onnxruntime": "1.31.1"})[-1]
    assert last.command == f"pip uninstall -y onnxruntime && pip install {package}"
    both = {"onnxruntime": "1.31.1", package: "1.31.1"}
    assert package not in " ".join(commands(gpu, system=system, versions=both))


def test_extras_come_after_torch_and_say_which_models_wait() -> None:
    first, second = advice(missing={"transformers": ("granite-2b", "voxtral", "phi-4", "distil-large-v3", "whisper")})
    assert first.command.startswith("pip install torch ")
    assert second == Hint(
        'pip install "pytest-asrbench[transformers]"', "for granite-2b, voxtral, phi-4, distil-large-v3 and 1 more"
    )


@pytest.mark.parametrize("system", ["Linux", "Windows", "Darwin"])
@pytest.mark.parametrize("torch", ["", "2.13.0", "2.13.0+cpu", "2.13.0+cu130", "2.9.0+rocm6.3", "2.9.0+rocmsdk2025"])
@pytest.mark.parametrize("target", [None, "gfx803", *NATIVE])
def test_every_hint_is_a_whole_command_with_a_reason(system: str, torch: str, target: str | None) -> None:
    gpu = Accelerator("amd", "Radeon", "amdgpu 6", target=target)
    for hint in advice(gpu, system=system, versions={"torch": torch} if torch else {}):
        assert hint.command
        assert hint.reason
        assert "None" not in hint.command


def test_a_condition_that_nobody_knows_does_not_pass_for_one_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ({"sytem": "Linux"}, {"system nto": "Linux"}):
        monkeypatch.setitem(
            hints_module._TABLE, "hints", [{"group": "torch", "when": wrong, "command": "", "reason": ""}]
        )
        with pytest.raises(KeyError):
            advice()
