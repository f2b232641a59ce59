"use strict";
/* Where the figures come from: failures with their logs, how each number was measured, machines, commands. */
const provenance = (() => {
  const {el} = dom;
  const {head} = report;

  function log(number) {
    if (number === undefined) return null;
    if (number === null) return el("p", {class: "note"}, "Its log is left out here: there are too many; see results.json.");
    const shown = el("details", {}, el("summary", {}, "last lines of its log"));
    shown.addEventListener("toggle", () => {
      if (shown.open && shown.childNodes.length === 1) shown.append(el("pre", {}, head.logs[number]));
    });
    return shown;
  }

  /* Failures of a set, those with the same cause together. */
  function failures(number) {
    const {snippets, systems, rows} = report.set(number);
    const causes = new Map();
    for (const system of systems) {
      for (const row of rows.get(system.id)) {
        if (!row || report.measured(row)) continue;
        const {error, kind, log: tail, counts_as: counted} = report.rare(row);
        if (counted === "not run" && report.status(row) === "NOT_RUN") continue; // the model's first case says why
        const key = JSON.stringify([system.id, report.status(row), kind, error]);
        if (!causes.has(key)) causes.set(key, {system, status: report.status(row), kind, error, log: tail, names: []});
        causes.get(key).names.push(snippets[row[ROW.snippet]].id);
      }
    }
    if (!causes.size) return null;
    const MOST = 60;
    const list = [...causes.values()];
    return [
      list.slice(0, MOST).map(({system, status, kind, error, log: tail, names}) => el("div", {class: "snippet"},
        el("h3", {}, dom.bdi(system.label), " ", el("span", {class: "badge bad"}, kind ? `${status}: ${kind}` : status)),
        dom.long(error || "no cause is known"),
        el("p", {class: "facts"}, `${format.many(names.length, "snippet")}: `, dom.bdi(names.slice(0, 8).join(", ")),
          names.length > 8 ? ` and ${names.length - 8} more` : ""),
        log(tail))),
      list.length > MOST && el("p", {class: "note"}, `${list.length - MOST} more causes are in results.json.`),
    ];
  }

  const pairs = (entries) => el("dl", {}, entries.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value instanceof Node ? value : dom.bdi(value))]));

  /* pytest-benchmark calls a commit that there is none of "unversioned". */
  function commit(found) {
    const {id, branch, dirty} = found || {};
    if (!/^[0-9a-f]{7,}$/.test(id || "")) return "";
    return `commit ${id.slice(0, 10)}${branch ? ` (${branch})` : ""}${dirty ? ", with uncommitted changes" : ""}`;
  }

  const versions = (found) => Object.entries(found || {}).map(([name, version]) => `${name} ${version}`).join(", ");

  const TIMING = {"child-wall-1": "wall-clock seconds from samples in memory to the final text, taken in the model's own " +
    "process with the device synchronised; decoding of the file, loading and the first call are not part of it"};

  function measuring(number) {
    const set = head.sets[number];
    const systems = head.systems.filter((system) => system.set === number);
    const settings = (systems.length && head.runs[systems[0].run].settings) || {};
    return [
      pairs([
        ["WER", "(substituted + deleted + inserted words) / words of the reference, over all snippets together; the words of a failed snippet count as deleted"],
        ["RTF", "compute seconds / audio seconds of the measured snippets, all together; a snippet's seconds are the median of its rounds"],
        ["95 % interval", "bootstrap over snippets, or over speakers where every snippet names one and there are enough"],
        ["Timing", `${set.timing}: ${TIMING[set.timing] || "another version's definition"}`],
        ["Normaliser", set.normalizer || "not known"],
        ["Corpus", `${set.corpus}${set.corpus_version ? `, version ${set.corpus_version}` : ""}: ${format.many(set.snippets, "snippet")}, ${format.seconds(set.audio_seconds)}, ${format.many(set.reference_words, "word")}`],
        ["Task", set.task],
        ["Rounds, warm-up", `${settings.rounds ?? "?"}, ${settings.warmup ?? "?"}`],
        ["Peak RAM", "highest mark of the model's process, by the operating system"],
        ["Peak VRAM", "highest mark of the runtime's allocator where it has one, else of the driver for the process"],
      ]),
      systems.map((system) => [el("h3", {}, dom.bdi(system.label)), pairs([
        ["Runtime", system.runtime], ["Device", system.device], ["Why this device", (system.device_notes || []).join("; ")],
        ["Precision", system.dtype], ["Weights", system.weights], ["Versions", versions(system.versions)],
        ["Load, first call", `${format.seconds(system.totals.load_seconds)}, ${format.seconds(system.totals.first_seconds)}`],
      ])]),
    ];
  }

  function machines() {
    return head.runs.map((run) => {
      const machine = run.machine || {};
      const accelerators = (machine.accelerators || []).map((one) => one.name || one.kind || JSON.stringify(one));
      return [
        el("h3", {}, "Run ", dom.bdi(run.run || run.origin), run.interrupted ? [" ", el("span", {class: "badge bad"}, "interrupted")] : null),
        pairs([
          ["Command", el("code", {}, run.command || "")],
          ["Started, finished", `${format.date(run.started)}, ${format.date(run.finished)}`],
          ["Machine", machine.node], ["Processor", machine.cpu],
          ["Cores", machine.cores_physical ? `${machine.cores_physical} physical, ${machine.cores_usable} usable` : ""],
          ["Quota", format.known(machine.cpu_quota) ? `the time of ${format.number(machine.cpu_quota)} cores` : ""],
          ["Memory", format.known(machine.memory) ? `${format.megabytes(machine.memory)} MB` : ""],
          ["Accelerators", accelerators.join(", ") || "none found"],
          ["System", [machine.system, machine.release, machine.architecture].filter(Boolean).join(" ")],
          ["Python", machine.python], ["pytest-asrbench", run.version], ["Libraries", versions(machine.libraries)],
          ["Commit", commit(run.commit)],
          ["Results", run.origin],
        ]),
      ];
    });
  }

  return {log, commit, failures, measuring, machines};
})();
