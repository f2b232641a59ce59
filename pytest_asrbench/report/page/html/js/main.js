"use strict";
/* Puts the page together. With several sets of comparable figures, one is shown at a time; the totals show all. */
(() => {
  const {el, fill} = dom;
  const {head} = report;
  const main = document.getElementById("main");
  const contents = document.getElementById("contents");

  const SHORT = {speed: "Speed", memory: "Memory", map: "Heat map", worst: "Worst", words: "Errors", passes: "One or two", loads: "Load", nonspeech: "Non-speech",
    loops: "Loops", contrasts: "Text, calls", measuring: "Method", machines: "Machine"};

  function section(id, title, ...children) {
    const content = children.flat(Infinity).filter(Boolean);
    return content.length ? el("section", {id, "data-title": SHORT[id] || title}, el("h2", {}, title), content) : null;
  }

  const label = (system) => dom.bdi(system.label);
  const vram = (totals) => totals.peak_vram ?? totals.peak_vram_driver;

  /* What the figures to look at first are called: of characters where a script has no blanks between words. */
  const leaders = (systems) => head.metrics.filter((metric) => systems.some((system) => report.leading(system) === metric));
  const rates = (systems) => leaders(systems).map((metric) => metric.title).join(" or ") || head.metrics[0].title;
  const mixed = (systems) => leaders(systems).length > 1;
  const metricColumn = (metric) => ({title: format.heading(metric), number: true, value: (one) => one.totals[metric.name] ?? null,
    show: (one) => format.figure(metric, one.totals[metric.name]), tip: metric.meaning});

  function totals(number) {
    const systems = head.systems.filter((system) => system.set === number);
    const some = (figure) => systems.some((system) => format.known(figure(system)));
    const interval = (system) => report.intervalOf(system) || {};
    const shown = head.metrics.filter((metric) => metric.shown);
    const columns = [
      {title: "Model", value: (one) => one.label, show: label},
      {title: rates(systems), number: true, value: (one) => report.rate(one),
        show: (one) => one.totals.absent || `${mixed(systems) ? `${one.totals.headline} ` : ""}${format.figure(report.leading(one), report.rate(one))}`,
        tip: "what a model failed to answer counts as deleted"},
      ...shown.slice(1, 2).map(metricColumn),
      {title: "95 % interval", number: true, value: (one) => interval(one).low,
        show: (one) => (format.known(interval(one).low) ? format.interval(interval(one).low, interval(one).high)
          : el("small", {title: interval(one).reason}, interval(one).reason || format.DASH))},
      {title: "S + D + I / words", tip: "substituted, deleted and inserted words / words of the reference", number: true, value: (one) => one.totals.errors + one.totals.lost_words, show: counts},
      ...shown.slice(2).filter((metric) => metric.title !== rates(systems)).map(metricColumn),
      {title: "First s", number: true, value: (one) => one.totals.first_seconds, show: (one) => format.number(one.totals.first_seconds)},
      {title: "Load s", number: true, value: (one) => one.totals.load_seconds, show: (one) => format.number(one.totals.load_seconds)},
      {title: "Peak MB", number: true, value: (one) => one.totals.peak_ram, show: (one) => format.megabytes(one.totals.peak_ram)},
      some((one) => vram(one.totals)) && {title: "Peak VRAM MB", number: true, value: (one) => vram(one.totals), show: (one) => format.megabytes(vram(one.totals))},
      {title: "Failed", number: true, value: (one) => one.totals.failed + one.totals.skipped, show: (one) => failed(one.totals)},
      {title: "Measured", number: true, value: (one) => one.totals.measured, show: (one) => `${format.count(one.totals.measured)} of ${format.count(head.sets[number].snippets)}`, tip: "snippets"},
      {title: "Device", value: (one) => one.device || null},
    ].filter(Boolean);
    return tables.build(columns, systems, {label: "totals", mark: ({totals: t}) => (t.failed > t.left_out ? "failed" : null)});
  }

  function counts({totals: t}) {
    if (t.absent) return format.DASH;
    return `${t.substitutions}+${t.deletions + t.lost_words}+${t.insertions} / ${format.count(t.reference_words + t.lost_words)}`;
  }

  const failed = (t) => (t.skipped ? `${t.failed} (+${t.skipped} skipped)` : format.count(t.failed));

  function totalsSection() {
    const choices = ((head.findings || {}).choices || []).map(({set, sentence}) =>
      el("p", {class: "verdict"}, el("b", {}, "Verdict: "), head.sets.length > 1 && [el("b", {}, dom.bdi(head.sets[set].label)), ": "], dom.bdi(sentence), "."));
    return section("totals", "Totals", choices,
      head.sets.map((set) => [head.sets.length > 1 && el("h3", {}, dom.bdi(set.label)), totals(set.id)]),
      head.missing.map((sentence) => el("p", {class: "note"}, dom.bdi(sentence), ".")),
      el("p", {class: "note"}, head.metrics.filter((metric) => metric.shown && metric.meaning)
        .map((metric) => `${metric.title} = ${metric.meaning}. `), "An RTF below 1 is faster than speech. MB = 2²⁰ bytes."));
  }

  const HEIGHT = 400; // pixels

  function speedSection(number) {
    const systems = report.set(number).systems;
    const most = Math.max(0, ...systems.map((system) => system.tried));
    const points = systems.map((system, index) => ({
      index, label: system.label, absent: system.totals.absent, wer: report.rate(system), rate: system.totals.headline, rtf: system.totals.rtf, group: system.machine,
      low: (report.intervalOf(system) || {}).low, high: (report.intervalOf(system) || {}).high, part: system.tried < most,
    }));
    const shown = points.filter((point) => format.known(point.wer) && point.rtf > 0 && !point.part);
    const hidden = points.filter((point) => !shown.includes(point));
    return section("speed", "Accuracy against speed",
      shown.length ? [charts.chart(`${rates(systems)} against RTF`, plots.accuracyAndSpeed(shown, HEIGHT), HEIGHT), plots.pointKey(shown)] : el("p", {class: "empty"}, "No model has both a WER and an RTF here."),
      shown.length > 0 && el("p", {class: "note"}, "Down and left is better.",
        shown.some((point) => format.known(point.low)) ? " Whiskers: 95 % interval of the WER." : "",
        plots.fronts(shown).length ? " Dashed: the models that no other one on the same machine beats in both." : ""),
      hidden.length > 0 && el("p", {class: "note"}, "Not drawn: ", dom.bdi(hidden.map((point) =>
        `${point.label} (${point.absent || (point.part ? "tried on fewer snippets" : "no RTF, or no reference words")})`).join(", "))));
  }

  function memorySection(number) {
    const systems = report.set(number).systems;
    const names = systems.map((system) => system.label);
    const get = (figure) => systems.map((system) => figure(system.totals));
    const memory = [{name: "peak RAM", values: get((t) => t.peak_ram && t.peak_ram / format.MIB)}];
    const graphics = get((t) => vram(t) && vram(t) / format.MIB);
    if (graphics.some(format.known)) memory.push({name: "peak VRAM", values: graphics});
    const times = [{name: "load", values: get((t) => t.load_seconds)}, {name: "first call", values: get((t) => t.first_seconds)}];
    const height = (parts) => 60 + systems.length * (parts * 20 + 12);
    const whole = (value) => Math.round(value).toLocaleString("en");
    return section("memory", "Memory and loading", el("div", {class: "columns"},
      el("div", {}, el("h3", {}, "Memory, MB"), charts.chart("peak memory", plots.bars(names, memory, "MB", whole), height(memory.length))),
      el("div", {}, el("h3", {}, "Loading and first call, seconds"), charts.chart("load time and first call", plots.bars(names, times, "s", format.number), height(2)))));
  }

  function snippetsSection(number) {
    return section("snippets", "Snippets",
      el("p", {class: "note"}, "Above, in full, the reference as it was written. Below it, each model's words against the ",
        "reference's, both normalised, as they were counted: ",
        el("span", {class: "words"}, el("span", {class: "sub"}, el("s", {}, "said"), " ", el("b", {}, "heard")), " substituted, ",
          el("del", {}, "said"), " deleted, ", el("ins", {}, "heard"), " inserted.")),
      report.set(number).systems.some((system) => format.known(system.totals.additions)) && cleaned.legend(),
      audioNote(), browser.build(number));
  }

  function audioNote() {
    if (!head.audio) return el("p", {class: "note"}, "The audio is not part of this page.");
    const reasons = Object.entries(head.audio.left_out).map(([reason, count]) => `${format.many(count, "clip")} left out: ${reason}`);
    const size = `${(head.audio.size / 1e6).toFixed(1)} MB`;
    return el("p", {class: "note"}, `${format.many(head.audio.clips, "clip")} can be played (MP3, 16 kHz mono, ${size}). `,
      reasons.length ? dom.bdi(reasons.join(". ") + ".") : "");
  }

  /* Sections of a set, in their order; empty ones are left out. */
  function sections(number) {
    return [
      speedSection(number), memorySection(number),
      section("comparisons", "Comparisons", analysis.comparisons(number) || []),
      section("map", "Model × snippet", heatmap.build(number) || []),
      section("breakdown", "Breakdown", analysis.breakdown(number) || []),
      section("worst", "Worst snippets", analysis.worst(number) || []),
      section("words", "Frequent errors", analysis.words(number) || []),
      section("nonspeech", "Words without speech", analysis.nonspeech(number) || []),
      section("loops", "Repetition loops", analysis.loops(number) || []),
      section("contrasts", "Text and calls", analysis.contrasts(number) || []),
      section("invariance", "What should not change", analysis.invariance(number) || []),
      snippetsSection(number),
      section("failures", "Failures", provenance.failures(number) || []),
      section("history", "History", past.build(head.sets[number].series) || []),
      section("measuring", "How it was measured", provenance.measuring(number)),
    ].filter(Boolean);
  }

  function notes() {
    const breaches = head.runs.flatMap((run) => run.breaches || []);
    const interrupted = head.runs.filter((run) => run.interrupted);
    const unstable = head.systems.filter((system) => system.unstable);
    const more = ((head.findings || {}).notes || []);
    return [
      breaches.map((text) => el("p", {class: "notice bad"}, dom.bdi(text))),
      interrupted.map((run) => el("p", {class: "notice bad"}, "Run ", dom.bdi(run.run), " was interrupted: not everything was measured.")),
      head.notes.map((text) => el("p", {class: "notice"}, dom.bdi(text))),
      unstable.map((system) => el("p", {class: "notice"}, dom.bdi(system.label),
        `: ${format.many(system.unstable, "snippet")} got different transcripts from call to call.`)),
      more.length > 0 && el("details", {}, el("summary", {}, `${format.many(more.length, "note")} on the analysis`),
        el("ul", {class: "plain"}, more.map((text) => el("li", {}, dom.bdi(text))))),
    ];
  }

  function show(number) {
    const choice = head.sets.length > 1 && el("div", {class: "controls"}, dom.select("Show below",
      head.sets.map((set) => [String(set.id), set.label]), String(number), (chosen) => show(Number(chosen))));
    fill(main, notes(), totalsSection(), section("passes", "One pass or two models?", passes.build() || []), section("loads", "Requests at a rate", loads.build() || []), choice, head.sets.length ? sections(number) : el("p", {class: "empty"}, "Nothing was asked for."),
      section("machines", head.runs.length > 1 ? "Runs and machines" : "Run and machine", provenance.machines()));
    const titled = [...main.querySelectorAll("section[data-title]")];
    fill(contents, el("ul", {}, titled.map((one) => el("li", {}, el("a", {href: `#${one.id}`}, one.dataset.title)))));
  }

  function subtitle() {
    const run = head.runs[0] || {};
    const machine = run.machine || {};
    const parts = head.runs.length > 1 ? [format.many(head.runs.length, "run")]
      : [format.date(run.started), machine.node, machine.cpu, provenance.commit(run.commit)];
    return [...parts, format.many(head.systems.length, "row"), `page of ${format.date(head.made)}`].filter(Boolean).join(" · ");
  }

  fill(document.getElementById("title"), head.title);
  fill(document.getElementById("subtitle"), dom.bdi(subtitle()));
  document.getElementById("theme").addEventListener("click", (event) => theme.next(event.currentTarget));
  show(0);
  performance.mark("page-built");
})();
