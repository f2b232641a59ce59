"use strict";
/* Requests at a rate: how long they wait, by model and load, in one table and one chart. */
const loads = (() => {
  const {el} = dom;
  const {head} = report;
  const PERCENTILES = ["p50", "p90", "p95", "p99"];
  const scenario = (system) => head.sets[system.set].scenario;
  const load = (system) => scenario(system).replace(/^server@/, "");
  const size = (system) => Number.parseFloat(load(system));

  function build() {
    const systems = head.systems.filter((system) => system.totals.load)
      .sort((a, b) => a.label.localeCompare(b.label) || load(a).localeCompare(load(b), "en", {numeric: true}));
    if (!systems.length) return null;
    return [chart(systems), tables.build(columns(systems), systems, {label: "requests at a rate", mark: ({totals: t}) => (t.load.failed ? "failed" : null)}),
      el("p", {class: "note"}, "Latency: from the scheduled arrival of a request to its answer; one without an answer is slower than any that has one. ",
        "RTFx: seconds of audio answered in a second. Late: by how much the sender was late at worst, which is part of the latency.")];
  }

  function columns(systems) {
    const several = new Set(systems.map((system) => head.sets[system.set].corpus)).size > 1;
    const figure = (title, read, tip) => ({title, number: true, tip, value: (one) => read(one.totals.load) ?? null, show: (one) => format.number(read(one.totals.load))});
    return [
      {title: "Model", value: (one) => one.label, show: (one) => dom.bdi(one.label)},
      several && {title: "Corpus", value: (one) => head.sets[one.set].corpus, show: (one) => dom.bdi(head.sets[one.set].corpus)},
      {title: "Load", value: size, number: true, show: load, tip: "rps: requests a second; clients: each waits for its answer"},
      ...PERCENTILES.map((name) => figure(`${name} s`, (one) => one.latency[name], "of the latency, in seconds")),
      figure("Answers/s", (one) => one.rate), figure("RTFx", (one) => one.throughput),
      {title: "WER", number: true, value: (one) => report.rate(one), show: (one) => format.figure(report.leading(one), report.rate(one))},
      figure("Late s", (one) => one.late),
      {title: "Failed", number: true, value: (one) => one.totals.load.failed, show: (one) => `${format.count(one.totals.load.failed)} of ${format.count(one.totals.load.requests)}`},
    ].filter(Boolean);
  }

  /* The p90 of each model against the load, if there is more than one load. */
  function chart(systems) {
    const names = [...new Set(systems.map(load))].sort((a, b) => a.localeCompare(b, "en", {numeric: true}));
    if (names.length < 2) return null;
    const kinds = [...new Set(systems.map((system) => `${system.label} on ${head.sets[system.set].corpus}`))];
    const lines = kinds.map((name) => ({name, points: names.map((place) => {
      const one = systems.find((system) => load(system) === place && `${system.label} on ${head.sets[system.set].corpus}` === name);
      const latency = one && one.totals.load.latency.p90;
      return format.known(latency) ? {y: latency, lines: [[name], ["Load", place], ...PERCENTILES.map((part) => [part, format.seconds(one.totals.load.latency[part])])]} : null;
    })}));
    return charts.chart("p90 latency against the load", plots.course(lines, names, "p90 latency, s", true), 290);
  }

  return {build};
})();
