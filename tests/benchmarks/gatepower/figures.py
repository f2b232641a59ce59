"""What the sessions showed: a table, and the power curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

Record = Mapping[str, Any]
JUDGES = {
    "failed": "this gate",
    "sum of means": "mean of the run",
    "any mean": "mean of any snippet (pytest-benchmark)",
}


def table(records: Sequence[Record]) -> list[str]:
    """One line per workload and level: how many sessions failed by each judge, and what the gate measured."""
    lines = [
        "| workload | more work | sessions | failed by this gate | cannot tell | mean of the run "
        "| mean of any snippet | slowdown measured | by the mean |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for workload, level in sorted({(one["workload"], one["level"]) for one in records}):
        some = [one for one in records if (one["workload"], one["level"]) == (workload, level)]
        counts = [sum(one[judge] for one in some) for judge in JUDGES]
        unsure = sum(one["state"] == "undecided" for one in some)
        lines.append(
            f"| {workload} | {level:.0%} | {len(some)} | {counts[0]} | {unsure} | {counts[1]} | {counts[2]} "
            f"| {_spread([one['estimate'] for one in some])} | {_spread([one['mean ratio'] for one in some])} |"
        )
    lines.append(f"\n{len(records)} sessions, {fmean(one['seconds'] for one in records):.1f} s each on average.")
    return lines


def draw(records: Sequence[Record], path: Path) -> None:
    """Draw the share of failed sessions over the level, a panel for each workload."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "gatepower"
    from matplotlib import pyplot as plt

    workloads = sorted({one["workload"] for one in records})
    figure, panels = plt.subplots(1, len(workloads), figsize=(4 * len(workloads), 3.4), sharey=True, squeeze=False)
    for panel, workload in zip(panels[0], workloads, strict=True):
        some = [one for one in records if one["workload"] == workload]
        levels = sorted({one["level"] for one in some})
        for judge, label in JUDGES.items():
            shares = [fmean(one[judge] for one in some if one["level"] == level) for level in levels]
            panel.plot([100 * level for level in levels], [100 * share for share in shares], "o-", label=label, ms=3)
        panel.axvline(3, color="grey", lw=0.8, ls=":")
        panel.set(title=workload, xlabel="more work, %", ylim=(-3, 103))
    panels[0][0].set_ylabel("sessions that failed, %")
    panels[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def _spread(values: Sequence[float | None]) -> str:
    known = [100 * value for value in values if value is not None]
    return f"{fmean(known):+.1f} ± {pstdev(known):.1f} %" if known else "-"
