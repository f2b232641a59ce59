"""What the system says about its hardware, with the system's answers faked."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.machine import accelerators, environment, facts
from pytest_asrbench.machine.accelerators import Accelerator
from pytest_asrbench.models import registry, runtimes


def says(text: str) -> accelerators.Run:
    return lambda command: text


def sysfs(folder: Path, card: str, vendor: str, device: str, **files: str) -> None:
    place = folder / "class/drm" / card / "device"
    place.mkdir(parents=True)
    for name, text in {"vendor": vendor, "device": device, **files}.items():
        (place / name).write_text(f"{text}\n", "utf-8")


def kfd(folder: Path, node: int, version: int, device: int) -> None:
    place = folder / "class/kfd/kfd/topology/nodes" / str(node)
    place.mkdir(parents=True)
    (place / "properties").write_text(
        f"cpu_cores_count 0\nsimd_count 80\ngfx_target_version {version}\nvendor_id 4098\ndevice_id {device}\n", "utf-8"
    )


@pytest.mark.parametrize(
    ("version", "target"),
    [(110501, "gfx1151"), (110001, "gfx1101"), (90010, "gfx90a"), (90402, "gfx942"), (120001, "gfx1201"), (0, None)],
)
def test_the_kernels_number_is_the_compilers_name(version: int, target: str | None) -> None:
    assert accelerators.gfx_target(version) == target


def test_an_apu_is_known_by_the_compute_driver_and_has_unified_memory(tmp_path: Path) -> None:
    sysfs(tmp_path, "card1", "0x1002", "0x1586", mem_info_vram_total="536870912")
    kfd(tmp_path, 0, 0, 0)
    kfd(tmp_path, 1, 110501, 0x1586)
    assert accelerators.linux(tmp_path, "6.14.0") == [
        Accelerator("amd", "AMD 1586", "amdgpu 6.14.0", 2**29, unified=True, target="gfx1151")
    ]


def test_without_compute_driver_the_pci_identity_tells_the_target(tmp_path: Path) -> None:
    sysfs(tmp_path, "card0", "0x1002", "0x747e", product_name="Radeon RX 7700 XT", mem_info_vram_total="12868124672")
    [found] = accelerators.linux(tmp_path, "6.14.0")
    assert (found.name, found.target, found.unified) == ("Radeon RX 7700 XT", "gfx1101", False)


def test_connectors_and_other_vendors_cards_are_passed_over(tmp_path: Path) -> None:
    sysfs(tmp_path, "card0", "0x10de", "0x2684")
    sysfs(tmp_path, "card1", "0x1234", "0x1111")
    (tmp_path / "class/drm/card0-HDMI-A-1").mkdir()
    assert accelerators.linux(tmp_path, "6.14.0") == []


def test_damaged_or_absent_sysfs_is_no_error(tmp_path: Path) -> None:
    sysfs(tmp_path, "card0", "0x1002", "0x9999", mem_info_vram_total="many")
    place = tmp_path / "class/kfd/kfd/topology/nodes/1"
    place.mkdir(parents=True)
    (place / "properties").write_text("gfx_target_version what\n", "utf-8")
    assert accelerators.linux(tmp_path, "6") == [Accelerator("amd", "AMD 9999", "amdgpu 6")]
    assert accelerators.linux(tmp_path / "nowhere", "6") == []


def test_nvidia_smi_is_read_line_by_line() -> None:
    text = "NVIDIA H200, 580.65.06, 143771\nNVIDIA GB10, 580.95, [N/A]\nsome warning"
    assert accelerators.nvidia(says(text)) == [
        Accelerator("nvidia", "NVIDIA H200", "NVIDIA 580.65.06", 143771 * 2**20),
        Accelerator("nvidia", "NVIDIA GB10", "NVIDIA 580.95", None, unified=True),
    ]
    assert accelerators.nvidia(says("")) == []


def wmi(name: str, device: str) -> dict[str, str]:
    return {"Name": name, "DriverVersion": "32.0.1", "PNPDeviceID": device}


def test_windows_tells_the_target_by_the_pci_identity() -> None:
    text = json.dumps(
        [
            wmi("AMD Radeon(TM) 8060S Graphics", r"PCI\VEN_1002&DEV_1586&SUBSYS_1"),
            wmi("NVIDIA GeForce RTX 4070", r"PCI\VEN_10DE&DEV_2786&SUBSYS_1"),
            wmi("Intel(R) Arc(TM) A770", r"PCI\VEN_8086&DEV_56A0&SUBSYS_1"),
            wmi("Microsoft Remote Display Adapter", r"SWD\REMOTEDISPLAYENUM\1"),
        ]
    )
    amd, intel = accelerators.windows(says(text))
    assert amd == Accelerator("amd", "AMD Radeon(TM) 8060S Graphics", "32.0.1", unified=True, target="gfx1151")
    assert (intel.vendor, intel.target) == ("intel", None)


@pytest.mark.parametrize("text", ["", "not JSON", "[]", json.dumps(wmi("Radeon", "unknown"))])
def test_windows_without_an_answer_has_no_accelerator(text: str) -> None:
    assert accelerators.windows(says(text)) == []


def test_a_command_that_is_absent_or_fails_says_nothing() -> None:
    failing: Sequence[str] = [sys.executable, "-c", "import sys; print('half'); sys.exit(3)"]
    assert accelerators.output(["no-such-command-anywhere"]) == ""
    assert accelerators.output(failing) == ""
    assert accelerators.output([sys.executable, "-c", "print('whole')"]) == "whole"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/cpuinfo")
def test_the_processors_name(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: AMD Ryzen AI MAX+ 395\nmodel name\t: other\n", "utf-8")
    assert facts.cpu_name(cpuinfo) == "AMD Ryzen AI MAX+ 395"
    cpuinfo.write_text("processor : 0\nHardware : BCM2711\nModel : Raspberry Pi 5\n", "utf-8")
    assert facts.cpu_name(cpuinfo) == "Raspberry Pi 5"
    assert facts.cpu_name(tmp_path / "absent")


def test_the_facts_are_ready_for_json() -> None:
    found = facts.facts()
    assert json.loads(json.dumps(found)) == found
    assert found["memory"] > 2**28
    assert found["libraries"]["pytest"] == pytest.__version__


# Environments: this interpreter's, and others' through a child process


def test_this_interpreter_is_looked_at_without_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_ask", pytest.fail)
    found = environment.look(["json", "no_such_module", "json.decoder"], ["pytest", "no-such-distribution"])
    assert found.modules == {"json": True, "no_such_module": False, "json.decoder": True}
    assert found.versions == {"pytest": pytest.__version__}


def test_another_interpreter_is_asked_and_needs_no_pytest_asrbench(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n', "utf-8")
    bare.chmod(0o755)
    found = environment.look(["json", "pytest"], ["pytest"], str(bare))
    assert found.problem == ""
    assert found.modules == {"json": True, "pytest": False}
    assert found.versions == {}


def script(folder: Path, text: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="the interpreters are shell scripts")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("echo of no use >&2; exit 3", "ended with exit status 3: of no use"),
        ("kill -SEGV $$", "SIGSEGV"),
        ("echo asrbench", "it said nothing"),
    ],
)
def test_an_interpreter_that_fails_is_described(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in environment.look([], [], script(tmp_path, text)).problem
    assert problem in environment.chain("torch", script(tmp_path, text)).problem


def running(pid: int) -> bool:
    """False for a process that is gone, and for one that has ended and that nobody has waited for."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="the interpreters are shell scripts")
def test_a_runtime_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    started = tmp_path / "started"
    hanging = script(tmp_path, f'(sleep 600; echo) & echo $! > "{started}"; wait')
    found = environment.chain("torch", hanging, seconds=0.5)
    assert found.problem == "asking torch for its devices took more than 0.5 s and was ended"
    child = int(started.read_text("utf-8"))
    deadline = time.monotonic() + 60
    while running(child):  # killed, but a busy machine takes its time to end it
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_interpreter_that_is_not_there() -> None:
    assert environment.look([], [], "/no/such/python").problem == "/no/such/python does not exist"
    assert "could not be started" in environment.chain("torch", "/no/such/python").problem


def test_the_chain_of_a_runtime_that_knows_no_devices_is_the_cpu() -> None:
    assert environment.chain("none").devices == ("cpu",)
    assert environment.chain("whisper.cpp").devices[-1] == "cpu"


# Runtimes: what adapters need, against what is there

NEEDY = AdapterInfo("needy", ("pytest", "no-such-distribution"), ("pytest", "no_such_module"), "needy")


def test_a_runtime_says_what_is_missing_and_how_to_get_it() -> None:
    state = runtimes.inspect({"needy": NEEDY}, [("needy", sys.executable)])["needy", sys.executable]
    assert not state.ready
    assert state.missing == ("no_such_module",)
    assert state.versions == {"pytest": pytest.__version__}
    assert state.command == 'pip install "pytest-asrbench[needy]"'


def test_the_command_for_another_interpreter_is_that_interpreters_pip() -> None:
    assert runtimes.pip("/opt/venv/bin/python", "x") == "/opt/venv/bin/python -m pip install x"


def test_every_adapter_of_the_registry_tells_of_itself_without_its_runtime() -> None:
    for name, info in runtimes.infos(registry.adapters()).items():
        assert isinstance(info, AdapterInfo), f"{name}: {info}"


def test_a_broken_adapter_is_a_sentence_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_adapter.py").write_text("class Plain: info = 3\nclass Bare: pass\n", "utf-8")
    (tmp_path / "raising_adapter.py").write_text("raise RuntimeError('no licence')\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    known = runtimes.infos(
        {"a": "broken_adapter:Plain", "b": "broken_adapter:Bare", "c": "raising_adapter:X", "d": "nowhere:X"}
    )
    assert known["a"] == "broken_adapter:Plain.info is no AdapterInfo"
    assert "AttributeError" in str(known["b"])
    assert known["c"] == "raising_adapter:X cannot be imported (RuntimeError: no licence)"
    assert "nowhere" in str(known["d"])
    [state] = runtimes.inspect({"c": known["c"]}, [("c", sys.executable)]).values()
    assert (state.ready, state.problem, state.command) == (False, known["c"], "")
