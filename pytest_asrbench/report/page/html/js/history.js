"use strict";
/* Metrics over the saved runs, with marks where a figure changed against the last comparable run. */
const past = (() => {
  const {el, fill} = dom;
  const SPEED = "rtf"; // whose change is told as `speed_change`, by ratios of the fastest rounds
  const metrics = report.head.metrics.filter((metric) => metric.shown && metric.narrow);
  const changeOf = (metric, point) => point[metric.name === SPEED ? "speed_change" : `${metric.name}_change`] || {};

  function build(corpus) {
    const all = report.head.history.filter((one) => one.corpus === corpus && one.points.length);
    if (!all.length) return null;
    const files = new Map(); // every run of any model, oldest first
    for (const one of all) for (const point of one.points) files.set(point.file, point);
    const runs = [...files.values()].sort((a, b) => a.datetime.localeCompare(b.datetime) || a.file.localeCompare(b.file));
    const names = runs.map((run) => run.commit.slice(0, 7) || `run ${run.run}`);
    const place = el("div");
    const draw = (model) => fill(place, table(all.find((one) => one.model === model)));
    const longest = all.reduce((a, b) => (b.points.length > a.points.length ? b : a)).model;
    draw(longest);
    return [
      metrics.map((metric) => charts.chart(`${metric.title} over the saved runs`,
        plots.course(lines(all, runs, metric), names, metric.unit === "%" ? `${metric.title}, %` : format.heading(metric), metric.name === SPEED), 290)),
      el("p", {class: "note"}, "A red diamond marks a change against the last run under the same conditions: for WER any ",
        "change of a snippet's errors, for speed an interval of the snippets' ratios beyond ±3 % (±25 % of fewer than 3 rounds). Runs of different ",
        "machines share a line only in these charts; they are never compared."),
      all.length > 1 && el("div", {class: "controls"},
        dom.select("Model", all.map((one) => [one.model, one.model]), longest, draw)),
      place,
    ];
  }

  function lines(all, runs, metric) {
    return all.map((one) => {
      const points = new Map(one.points.map((point) => [point.file, point]));
      return {name: one.model, points: runs.map((run) => {
        const point = points.get(run.file);
        if (!point || !format.known(point[metric.name])) return null;
        return {y: point[metric.name] * (metric.unit === "%" ? 100 : 1), changed: changeOf(metric, point).changed === true, lines: [
          [one.model], [metric.title, format.figure(metric, point[metric.name])],
          ["Change", told(changeOf(metric, point), metric)], ["Run", `${point.run}, ${format.date(point.datetime)}`],
          ["Commit", point.commit || format.DASH], ["Machine", point.node || point.cpu || format.DASH]]};
      })};
    });
  }

  function told(change, metric) {
    if (!format.known(change.difference)) return change.reason || format.DASH;
    if (metric.name !== SPEED) {
      const sure = change.significant === true ? ", significant" : change.changed ? ", not significant" : "";
      const size = metric.unit === "%" ? format.points(change.difference) : format.number(change.difference);
      return change.changed ? `${size} (${format.many(change.changed_snippets, "snippet")}${sure})` : "none";
    }
    const percent = `${change.difference > 0 ? "+" : "−"}${Math.abs(change.difference * 100).toFixed(1)} %`;
    return change.changed ? `${percent}, changed` : `${percent}, none shown${change.reason ? ` (${change.reason})` : ""}`;
  }

  function table(one) {
    return tables.build([
      {title: "Run", value: (point) => point.run},
      {title: "Date", number: true, value: (point) => point.datetime, show: (point) => format.date(point.datetime)},
      {title: "Commit", value: (point) => point.commit, show: (point) => (point.commit ? point.commit.slice(0, 10) + (point.dirty ? " +" : "") : format.DASH), tip: "+: with uncommitted changes"},
      {title: "Machine", value: (point) => point.node || point.cpu},
      {title: "Device", value: (point) => point.device},
      {title: "Snippets", number: true, value: (point) => point.snippets, show: (point) => `${format.count(point.snippets)}${point.failed ? ` (${point.failed} failed)` : ""}`},
      ...metrics.flatMap((metric) => [
        {title: format.heading(metric), number: true, value: (point) => point[metric.name] ?? null, show: (point) => format.figure(metric, point[metric.name])},
        {title: "Change", number: true, value: (point) => changeOf(metric, point).difference ?? null, show: (point) => told(changeOf(metric, point), metric)},
      ]),
    ], [...one.points].reverse(), {label: "saved runs"});
  }

  return {build};
})();
