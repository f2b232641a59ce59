"use strict";
/* One multimodal pass or two models? Every system that was asked for cleaned text, with what it costs, in one table. */
const passes = (() => {
  const {el} = dom;
  const {head} = report;
  const NAMES = ["content", "removal", "additions", "wer", "rtf"];
  const metrics = NAMES.map((name) => head.metrics.find((metric) => metric.name === name)).filter(Boolean);
  const cleaning = (system) => format.known(system.totals.content);
  const way = (system) => (system.stages.length > 1 ? `${system.stages.length} models` : "one pass");
  const vram = (totals) => totals.peak_vram ?? totals.peak_vram_driver;
  const parts = (system, show) => (system.stages.length > 1
    ? el("small", {class: "below"}, system.stages.map((stage, index) => [index ? " + " : "", show(stage)])) : null);

  function build() {
    const systems = head.systems.filter(cleaning).sort(better);
    if (!systems.length) return null;
    const several = new Set(systems.map((system) => system.set)).size > 1;
    return [verdicts(systems), tables.build(columns(several, systems), systems, {label: "one pass or two models"}),
      el("p", {class: "note"}, "Sorted by content kept, the figure that matters most. RTF and memory of several models are those of all together, ",
        "their parts below. Whether a difference is more than chance stands under Comparisons.")];
  }

  function columns(several, systems) {
    const some = (figure) => systems.some((system) => format.known(figure(system)));
    const figure = (metric) => ({title: format.heading(metric), number: true, value: (one) => one.totals[metric.name], tip: metric.meaning,
      show: (one) => [format.figure(metric, one.totals[metric.name]), metric.name === "content" && interval(one),
        metric.name === "rtf" && parts(one, (stage) => format.number(stage.rtf))]});
    const memory = (title, of, part) => ({title, number: true, value: (one) => of(one.totals),
      show: (one) => [format.megabytes(of(one.totals)), parts(one, (stage) => format.megabytes(stage[part]))]});
    return [
      {title: "Model", value: (one) => one.label, show: (one) => dom.bdi(one.label)},
      {title: "Way", value: way},
      several && {title: "Corpus and task", value: (one) => head.sets[one.set].label, show: (one) => dom.bdi(head.sets[one.set].label)},
      ...metrics.map(figure),
      memory("Peak MB", (totals) => totals.peak_ram, "peak_ram"),
      some((one) => vram(one.totals)) && memory("Peak VRAM MB", vram, "peak_vram"),
    ].filter(Boolean);
  }

  function interval(system) {
    const found = report.found("content_intervals", system.set).find((one) => one.system === system.id);
    return found && format.known(found.low) ? el("small", {class: "below"}, format.interval(found.low, found.high)) : null;
  }

  /* For each set that has both ways, the system of each that keeps most, and of these that removes most. */
  function verdicts(systems) {
    return head.sets.map((set) => {
      const here = systems.filter((system) => system.set === set.id);
      const best = ["one pass", "models"].map((kind) => [kind, here.filter((one) => way(one).endsWith(kind)).sort(better)[0]]).filter(([, one]) => one);
      return best.length > 1 && el("p", {class: "verdict"}, el("b", {}, dom.bdi(set.label), ": "), best.map(([kind, one], index) => [index ? "; " : "",
        `best of ${kind === "models" ? "several models" : kind}, `, dom.bdi(one.label), ` (${metrics.map((metric) => `${metric.title} ${format.figure(metric, one.totals[metric.name])}`).join(", ")}, ${format.megabytes(one.totals.peak_ram)} MB)`]), ".");
    });
  }

  const better = (a, b) => b.totals.content - a.totals.content || (b.totals.removal ?? 0) - (a.totals.removal ?? 0) || (a.totals.additions ?? 0) - (b.totals.additions ?? 0);

  return {build};
})();
