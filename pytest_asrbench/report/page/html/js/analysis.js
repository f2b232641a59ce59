"use strict";
/* What averages hide: comparisons, breakdown, worst snippets, words, speech that was not there, loops, calls. */
const analysis = (() => {
  const {el, fill} = dom;
  const nameOf = (number) => report.head.systems[number].label;
  const systemColumn = {title: "Model", value: (one) => nameOf(one.system)};

  function comparisons(number) {
    const all = report.found("differences", number);
    const speed = [slowdowns(number), company(number)].filter(Boolean);
    if (!all.length) return speed.length ? speed : null;
    const ours = all.filter((one) => !one.against);
    const earlier = all.filter((one) => one.against);
    const list = (some) => el("ul", {class: "plain"}, some.map((one) =>
      el("li", {}, el("span", {class: one.significant ? "badge sure" : "badge"},
        one.significant ? "difference" : "none shown"), " ", dom.bdi(one.sentence))));
    return [
      ours.length ? list(ours) : null,
      earlier.length ? [el("h3", {}, "Against the baseline"), list(earlier)] : null,
      speed,
      el("p", {class: "note"}, "WER, paired on the same snippets: 95 % interval of the difference by the bootstrap, p by that, the ",
        "matched-pairs test and a test of ranks, adjusted for the number of comparisons."),
    ];
  }

  const VERDICTS = {slower: "slower", within: "within the tolerance", undecided: "not enough rounds to tell",
    foreign: "another machine: not comparable"};
  const SECONDS = {clock: "the clock", processor: "processor seconds"};

  /* Judgements of the speed gate: the slowdown against a baseline, or of one model of an A/B run against the other. */
  function slowdowns(number) {
    const set = report.head.sets[number];
    const all = report.head.systems.filter((system) => system.set === number).flatMap((system) =>
      (report.head.runs[system.run].speed || []).filter((one) => one.model === system.model && one.corpus === set.series)
        .map((one) => ({...one, label: system.label})));
    const change = (value) => (format.known(value) ? `${value >= 0 ? "+" : "−"}${Math.abs(value * 100).toFixed(1)} %` : format.DASH);
    const rounds = (one) => (format.known(one.processes) ? `${one.rounds_now} in turn, ${one.processes} processes of each`
      : `${one.rounds_now} against ${one.rounds_then}`);
    const machine = (one) => Object.entries(one.machine || {}).map(([name, value]) => `${name} ${change(value)}`).join(", ");
    return all.length ? [el("h3", {}, "Speed"), tables.build([
      {title: "Model", value: (one) => one.label},
      {title: "Against", value: (one) => one.against},
      {title: "Takes longer by", number: true, value: (one) => one.estimate, show: (one) => change(one.estimate)},
      {title: "90 % interval", number: true, value: (one) => one.low, show: (one) => `${change(one.low)} to ${change(one.high)}`},
      {title: "Verdict", value: (one) => VERDICTS[one.state] || one.state},
      {title: "Rounds", number: true, value: (one) => one.rounds_now, show: rounds},
      {title: "By", value: (one) => SECONDS[one.seconds] || format.DASH},
      {title: "Snippets", number: true, value: (one) => one.snippets},
      {title: "The machine itself", value: machine, tip: "how much longer the reference workload took"},
    ], all, {label: "speed"})] : null;
  }

  /* What made times longer than they are: other programs on the machine, or a quota. */
  function company(number) {
    const told = report.found("company", number).flatMap((one) => one.sentences || []);
    return told.length ? [el("h3", {}, "Measured in company"),
      el("ul", {class: "plain"}, told.map((text) => el("li", {}, dom.bdi(text))))] : null;
  }

  const DIMENSIONS = {tag: "Tag", speaker: "Speaker", language: "Language", length: "Length of the audio"};

  /* Figures of a part of a corpus: how a cell shows one, and what it is sorted by. */
  const FIGURES = {
    wer: {title: "WER", value: (one) => one.wer, show: (one, largest) => [
      el("span", {class: "bar", style: `width:${Math.round(Math.min(one.wer ?? 0, 1) / largest * 40)}px`}), " ", format.percent(one.wer),
      el("small", {class: "below", title: one.reason}, format.known(one.low) ? format.interval(one.low, one.high) : "")]},
    errors: {title: "Errors / words", value: (one) => one.errors, show: (one) => [
      `${format.count(one.errors)} / ${format.count(one.reference_words)}`, one.failed ? el("small", {class: "below"}, `${one.failed} failed`) : null]},
    rtf: {title: "RTF", value: (one) => one.rtf, show: (one) => format.number(one.rtf)},
  };

  /* A line for each part of the corpus, a column for each model. */
  function breakdown(number) {
    const all = report.found("groups", number);
    const present = Object.keys(DIMENSIONS).filter((name) => all.some((one) => one.dimension === name));
    if (!present.length) return null;
    const place = el("div");
    const largest = Math.max(...all.map((one) => Math.min(one.wer ?? 0, 1)), 0.01);
    const systems = [...new Set(all.map((one) => one.system))];
    const state = {dimension: present[0], figure: "wer"};
    const draw = (change) => {
      Object.assign(state, change);
      const parts = new Map();
      for (const one of all) {
        if (one.dimension !== state.dimension) continue;
        if (!parts.has(one.value)) parts.set(one.value, {value: one.value, of: new Map()});
        parts.get(one.value).of.set(one.system, one);
      }
      const {value, show} = FIGURES[state.figure];
      const most = (part, figure) => Math.max(...[...part.of.values()].map((one) => one[figure]));
      fill(place, tables.build([
        {title: DIMENSIONS[state.dimension], value: (part) => part.value || "(none)"},
        ...systems.map((system) => ({title: nameOf(system), number: true, wrap: true,
          value: (part) => (part.of.has(system) ? value(part.of.get(system)) : null),
          show: (part) => (part.of.has(system) ? show(part.of.get(system), largest) : format.DASH)})),
        {title: "Snippets", number: true, value: (part) => most(part, "snippets")},
        {title: "Words", number: true, value: (part) => most(part, "reference_words")},
      ], [...parts.values()], {label: "breakdown"}));
    };
    draw({});
    return [el("div", {class: "controls"},
      dom.select("By", present.map((name) => [name, DIMENSIONS[name]]), state.dimension, (dimension) => draw({dimension})),
      dom.select("Figure", Object.entries(FIGURES).map(([name, {title}]) => [name, title]), state.figure, (figure) => draw({figure}))), place];
  }

  function worst(number) {
    const all = report.found("worst", number);
    return all.length ? tables.build([
      {title: "Snippet", value: (one) => one.snippet, show: (one) => el("a", {href: "#snippets", click: () => browser.find(one.snippet)}, dom.bdi(one.snippet))},
      systemColumn,
      {title: "Errors", number: true, value: (one) => one.errors},
      {title: "Words", number: true, value: (one) => one.reference_words},
      {title: "WER", number: true, value: (one) => one.wer, show: (one) => (one.failed ? "failed" : format.percent(one.wer))},
    ], all, {sort: 2, descending: true, label: "worst snippets", mark: (one) => (one.failed ? "failed" : null)}) : null;
  }

  const KINDS = [["substitution", "Substitutions"], ["deletion", "Deletions"], ["insertion", "Insertions"]];

  function words(number) {
    const all = report.found("word_errors", number);
    if (!all.length) return null;
    const systems = [...new Set(all.map((one) => one.system))];
    const place = el("div", {class: "columns"});
    const draw = (system) => fill(place, KINDS.map(([kind, title]) => {
      const some = all.filter((one) => one.kind === kind && String(one.system) === String(system));
      const shown = (one) => (kind === "substitution" ? [dom.bdi(one.reference), " → ", dom.bdi(one.heard)]
        : dom.bdi(kind === "deletion" ? one.reference : one.heard));
      return el("div", {}, el("h3", {}, title), some.length ? tables.build([
        {title: kind === "substitution" ? "Said → heard" : "Word", value: (one) => one.reference || one.heard, show: shown},
        {title: "Times", number: true, value: (one) => one.count},
      ], some.slice(0, 50).map((one) => one), {label: title}) : el("p", {class: "empty"}, "none"));
    }));
    draw(systems[0]);
    return [el("div", {class: "controls"},
      dom.select("Model", systems.map((id) => [String(id), nameOf(id)]), String(systems[0]), draw)), place];
  }

  function nonspeech(number) {
    const all = report.found("nonspeech", number);
    return all.length ? tables.build([
      systemColumn,
      {title: "Clips without speech", number: true, value: (one) => one.clips},
      {title: "With words", number: true, value: (one) => one.clips_with_words},
      {title: "Words", number: true, value: (one) => one.words},
      {title: "Words / minute", number: true, value: (one) => one.words_per_minute, show: (one) => format.number(one.words_per_minute)},
    ], all, {label: "clips without speech"}) : null;
  }

  function loops(number) {
    const all = report.found("repetitions", number);
    return all.length ? tables.build([
      systemColumn,
      {title: "Snippet", value: (one) => one.snippet, show: (one) => el("a", {href: "#snippets", click: () => browser.find(one.snippet)}, dom.bdi(one.snippet))},
      {title: "Phrase", value: (one) => one.phrase, show: (one) => dom.long(one.phrase, 120)},
      {title: "Times", number: true, value: (one) => one.times},
    ], all, {sort: 3, descending: true, label: "loops"}) : null;
  }

  function contrasts(number) {
    const texts = report.found("texts", number);
    const calls = report.found("calls", number);
    return [
      texts.length ? [el("h3", {}, "Normalised and raw text"), tables.build([
        systemColumn,
        {title: "WER", number: true, value: (one) => one.wer, show: (one) => format.percent(one.wer)},
        {title: "WER of the texts as they are", number: true, value: (one) => one.raw_wer, show: (one) => format.percent(one.raw_wer)},
      ], texts, {label: "normalised and raw"})] : null,
      calls.length ? [el("h3", {}, "First call and warm call"), tables.build([
        systemColumn,
        {title: "First call", number: true, value: (one) => one.first_seconds, show: (one) => format.seconds(one.first_seconds)},
        {title: "Warm, same snippet", number: true, value: (one) => one.warm_seconds, show: (one) => format.seconds(one.warm_seconds)},
        {title: "Ratio", number: true, value: (one) => one.ratio, show: (one) => (format.known(one.ratio) ? `${format.number(one.ratio)} ×` : format.DASH)},
        {title: "Snippet", value: (one) => one.snippet},
      ], calls, {label: "first and warm calls"})] : null,
    ].filter(Boolean);
  }

  function invariance(number) {
    const all = report.found("invariance", number);
    return all.length ? el("ul", {class: "plain"}, all.map((one) => el("li", {}, dom.bdi(one.sentence)))) : null;
  }

  return {comparisons, breakdown, worst, words, nonspeech, loops, contrasts, invariance};
})();
