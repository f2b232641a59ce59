"""Processor quotas of containers, read from trees as both versions of control groups have them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_asrbench.machine.cgroups import Quota, Throttling, quota, throttling

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of Linux")


def tree(root: Path, membership: str, mounts: str, **files: str) -> Path:
    """A root with these lines in /proc/self, and these files ("sys/fs/cgroup/cpu.max") in its control groups."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(membership, "utf-8")
    (root / "proc/self/mountinfo").write_text(mounts, "utf-8")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


UNIFIED = "29 23 0:26 {root} /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
OLD = (
    "32 31 0:29 {root} /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:30 {root} /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
    "34 31 0:31 {root} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
)
V2, V1 = "sys/fs/cgroup", "sys/fs/cgroup/cpu,cpuacct"


def test_version_2_with_a_namespace_of_its_own(tmp_path: Path) -> None:
    root = tree(tmp_path, "0::/\n", UNIFIED.format(root="/"), **{f"{V2}/cpu.max": "150000 100000\n"})
    assert quota(root) == Quota(1.5, root / V2 / "cpu.stat")


def test_the_tightest_of_a_group_and_those_above_it_counts(tmp_path: Path) -> None:
    files = {
        f"{V2}/user.slice/cpu.max": "50000 100000",
        f"{V2}/user.slice/run.scope/cpu.max": "400000 100000",
        f"{V2}/system.slice/cpu.max": "1000 100000",
    }
    root = tree(tmp_path, "0::/user.slice/run.scope\n", UNIFIED.format(root="/"), **files)
    assert quota(root) == Quota(0.5, root / V2 / "user.slice/cpu.stat")


def test_version_1(tmp_path: Path) -> None:
    files = {f"{V1}/docker/a1/cpu.cfs_quota_us": "25000", f"{V1}/docker/a1/cpu.cfs_period_us": "50000"}
    root = tree(tmp_path, "4:cpuset:/\n3:cpu,cpuacct:/docker/a1\n0::/\n", OLD.format(root="/"), **files)
    assert quota(root) == Quota(0.5, root / V1 / "docker/a1/cpu.stat")


def test_another_process_may_be_in_another_group(tmp_path: Path) -> None:
    files = {f"{V2}/mine/cpu.max": "max 100000", f"{V2}/its/cpu.max": "50000 100000"}
    root = tree(tmp_path, "0::/mine\n", UNIFIED.format(root="/"), **files, **{"proc/7/cgroup": "0::/its\n"})
    assert quota(root) is None
    assert quota(root, process=7) == Quota(0.5, root / V2 / "its/cpu.stat")
    assert quota(root, process=8) is None, "it has ended"


@pytest.mark.parametrize("mounted", ["/docker/a1", "/../..", "/"])
def test_a_container_that_is_told_the_hosts_path_looks_at_what_is_mounted(tmp_path: Path, mounted: str) -> None:
    files = {f"{V1}/cpu.cfs_quota_us": "200000", f"{V1}/cpu.cfs_period_us": "100000"}
    root = tree(tmp_path, "3:cpuacct,cpu:/docker/a1\n", OLD.format(root=mounted), **files)
    assert quota(root) == Quota(2.0, root / V1 / "cpu.stat")


def test_both_versions_side_by_side(tmp_path: Path) -> None:
    mounts = OLD.format(root="/") + UNIFIED.format(root="/").replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
    files = {
        "sys/fs/cgroup/unified/cgroup.procs": "1",
        f"{V1}/cpu.cfs_quota_us": "300000",
        f"{V1}/cpu.cfs_period_us": "100000",
    }
    root = tree(tmp_path, "1:cpu,cpuacct:/\n0::/\n", mounts, **files)
    found = quota(root)
    assert found is not None
    assert found.cores == 3.0


def test_a_mount_point_with_a_blank(tmp_path: Path) -> None:
    mounts = UNIFIED.format(root="/").replace("/sys/fs/cgroup", r"/my\040groups")
    root = tree(tmp_path, "0::/\n", mounts, **{"my groups/cpu.max": "100000 100000"})
    found = quota(root)
    assert found is not None
    assert found.cores == 1.0


@pytest.mark.parametrize("text", ["max 100000", "", "many", "-1 100000", "100000 0", "100000"])
def test_no_limit_and_no_sense_are_no_quota(tmp_path: Path, text: str) -> None:
    assert quota(tree(tmp_path, "0::/\n", UNIFIED.format(root="/"), **{f"{V2}/cpu.max": text})) is None


def test_a_quota_of_version_1_that_is_none(tmp_path: Path) -> None:
    files = {f"{V1}/cpu.cfs_quota_us": "-1", f"{V1}/cpu.cfs_period_us": "100000"}
    assert quota(tree(tmp_path, "3:cpu,cpuacct:/\n", OLD.format(root="/"), **files)) is None


@pytest.mark.parametrize(("membership", "mounts"), [("", ""), ("nonsense\n", "nonsense\n1 2 - \n - cgroup2 a b\n")])
def test_systems_without_control_groups_have_none(tmp_path: Path, membership: str, mounts: str) -> None:
    assert quota(tree(tmp_path, membership, mounts)) is None
    assert quota(tmp_path / "nowhere") is None


def test_how_often_a_group_was_held_back(tmp_path: Path) -> None:
    path = tmp_path / "cpu.stat"
    path.write_text("usage_usec 12\nnr_periods 40\nnr_throttled 30\nthrottled_usec 900\n", "utf-8")
    assert throttling(Quota(0.5, path)) == Throttling(40, 30)
    path.write_text("usage_usec 12\n", "utf-8")
    assert throttling(Quota(0.5, path)) is None
    assert throttling(Quota(0.5, tmp_path / "absent")) is None
