"""What the sessions showed: a table, and the power curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import Any

Record = Mapping[str, Any]
# Means of two runs are what pytest-benchmark compares; those of one run are there only where models took turns.
JUDGES = {
    "failed": "this gate",
    "sum of means": "mean of the run, against an earlier run",
    "any mean": "mean of any snippet, against an earlier run",
    "in turn, sum of means": "mean of the run, models in turn",
    "in turn, any mean": "mean of any snippet, models in turn",
}


def table(records: Sequence[Record]) -> list[str]:
    """One line per workload and level: how many sessions failed by each judge, and what the gate measured."""
    judges = [judge for judge in JUDGES if any(judge in one for one in records)]
    heads = ["workload", "more work", "sessions", "cannot tell", *(JUDGES[judge] for judge in judges)]
    heads += ["slowdown measured", "by the mean", "seconds a session"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for workload, level in sorted({(one["workload"], one["level"]) for one in records}):
        some = [one for one in records if (one["workload"], one["level"]) == (workload, level)]
        cells = [workload, f"{level:.0%}", str(len(some)), str(sum(one["state"] == "undecided" for one in some))]
        cells += [_count(some, judge) for judge in judges]
        cells += [_spread([one.get(name) for one in some]) for name in ("estimate", "mean ratio")]
        cells.append(f"{median(one['took'] for one in some):.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"\n{len(records)} sessions, {fmean(one['took'] for one in records):.1f} s each on average.")
    return lines


def draw(records: Sequence[Record], path: Path) -> None:
    """Draw the share of failed sessions over the level, a panel for each workload."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "gatepower"
    from matplotlib import pyplot as plt

    workloads = sorted({one["workload"] for one in records})
    figure, panels = plt.subplots(1, len(workloads), figsize=(4 * len(workloads), 4.2), sharey=True, squeeze=False)
    for panel, workload in zip(panels[0], workloads, strict=True):
        some = [one for one in records if one["workload"] == workload]
        for judge, label in JUDGES.items():
            shares = _shares(some, judge)
            points = [100 * level for level in shares], [100 * share for share in shares.values()]
            panel.plot(*points, "o-", label=label, ms=3, lw=2.0 if judge == "failed" else 0.8)
        panel.axvline(3, color="grey", lw=0.8, ls=":")
        panel.set(title=workload, xlabel="more work, %", ylim=(-3, 103))
    panels[0][0].set_ylabel("sessions that failed, %")
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="lower center", ncols=2, fontsize=8)
    figure.tight_layout(rect=(0, 0.16, 1, 1))
    figure.savefig(path, metadata={"Date": None})


def _shares(records: Sequence[Record], judge: str) -> dict[float, float]:
    """By level the share that failed; levels that this judge has not judged are left out."""
    told = [one for one in records if judge in one]
    levels = sorted({one["level"] for one in told})
    return {level: fmean(one[judge] for one in told if one["level"] == level) for level in levels}


def _count(records: Sequence[Record], judge: str) -> str:
    told = [one[judge] for one in records if judge in one]
    return f"{sum(told)}" + (f" of {len(told)}" if len(told) < len(records) else "")


def _spread(values: Sequence[float | None]) -> str:
    known = [100 * value for value in values if value is not None]
    return f"{fmean(known):+.1f} ± {pstdev(known):.1f} %" if known else "-"
