"use strict";
/* The snippets of a set with what each model heard: filtered, sorted, a page at a time. */
const browser = (() => {
  const {el, fill} = dom;
  const PAGE = 15;
  const ORDERS = [["worst", "most errors first"], ["rate", "highest WER first"], ["corpus", "as in the corpus"],
    ["long", "longest audio first"], ["name", "by name"]];
  const PAPER = 1000; // snippets
  let current = null; // the browser on the page
  let print = () => {};

  function build(number) {
    const data = report.set(number);
    const state = {system: "all", tag: "all", status: "all", search: "", wrong: false, order: "worst", page: 0};
    const list = el("div", {"aria-live": "polite"});
    const pager = el("div", {class: "pager"});
    const search = el("input", {type: "search", placeholder: "name or words", "aria-label": "search"});
    let found = [];
    let shown = []; // the systems
    let timer = null;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => change({search: search.value}), 200);
    });

    function change(more) {
      Object.assign(state, {page: 0}, more);
      shown = data.systems.filter((system) => state.system === "all" || String(system.id) === state.system);
      found = ordered(data, matching(data, shown, state), shown, state.order);
      draw();
    }

    function draw() {
      const start = state.page * PAGE;
      const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
      const go = (page) => { state.page = page; draw(); list.scrollIntoView({block: "start"}); };
      fill(pager,
        el("button", {type: "button", disabled: state.page === 0, click: () => go(state.page - 1)}, "Back"),
        found.length ? `${start + 1}–${Math.min(start + PAGE, found.length)} of ${format.many(found.length, "snippet")}` : "no snippet fits",
        el("button", {type: "button", disabled: state.page >= last, click: () => go(state.page + 1)}, "Next"));
      print(false);
    }

    /* On paper there are no pages to turn: all that was chosen is there. */
    print = (all) => fill(list, all
      ? [found.slice(0, PAPER).map((snippet) => entry(data, snippet, shown)),
        found.length > PAPER && el("p", {class: "note"}, `${format.count(found.length - PAPER)} more snippets are not printed: choose fewer.`)]
      : found.slice(state.page * PAGE, (state.page + 1) * PAGE).map((snippet) => entry(data, snippet, shown)));

    const tags = [...new Set(data.snippets.flatMap((snippet) => snippet.tags))].sort();
    const any = [["all", "all"]];
    const controls = el("div", {class: "controls"},
      data.systems.length > 1 && dom.select("Model", [...any, ...data.systems.map((system) => [String(system.id), system.label])], "all", (system) => change({system})),
      tags.length > 0 && dom.select("Tag", [...any, ...tags.map((tag) => [tag, tag])], "all", (tag) => change({tag})),
      dom.select("Status", [...any, ...report.head.statuses.map((status) => [status, status])], "all", (status) => change({status})),
      dom.select("Order", ORDERS, state.order, (order) => change({order})),
      el("label", {}, "Search", search),
      dom.check("with errors only", false, (wrong) => change({wrong})));
    change({});
    current = {find: (text) => { search.value = text; change({search: text, order: "worst"}); }};
    return [controls, pager, list];
  }

  function matching(data, systems, state) {
    const words = state.search.trim().toLowerCase();
    return data.snippets.filter((snippet) => {
      if (state.tag !== "all" && !snippet.tags.includes(state.tag)) return false;
      const rows = systems.map((system) => data.rows.get(system.id)[snippet.index]).filter(Boolean);
      if (!rows.length) return false;
      if (state.status !== "all" && !rows.some((row) => report.status(row) === state.status)) return false;
      if (state.wrong && !rows.some((row) => report.errors(row, snippet) > 0)) return false;
      return !words || haystack(data, snippet).includes(words);
    });
  }

  function haystack(data, snippet) {
    if (snippet.text === undefined) {
      const heard = data.systems.map((system) => data.rows.get(system.id)[snippet.index]);
      const texts = heard.map((row) => (row && row[ROW.transcript]) || "");
      snippet.text = [snippet.id, snippet.reference || "", snippet.speaker || "", ...texts].join("\n").toLowerCase();
    }
    return snippet.text;
  }

  function ordered(data, snippets, systems, order) {
    if (order === "corpus") return snippets;
    const most = (figure) => (snippet) => Math.max(...systems.map((system) => {
      const row = data.rows.get(system.id)[snippet.index];
      return row ? figure(row, snippet) ?? -1 : -1;
    }));
    const keys = {
      worst: most(report.errors),
      rate: most((row, snippet) => (snippet.words ? report.wer(row, snippet) : report.errors(row, snippet))),
      long: (snippet) => snippet.seconds ?? -1,
    };
    if (order === "name") return [...snippets].sort((a, b) => a.id.localeCompare(b.id));
    const key = new Map(snippets.map((snippet) => [snippet, keys[order](snippet)]));
    return [...snippets].sort((a, b) => key.get(b) - key.get(a) || a.index - b.index);
  }

  function entry(data, snippet, systems) {
    const facts = [format.seconds(snippet.seconds), format.many(snippet.words, "word"), snippet.speaker, snippet.language,
      ...snippet.tags].filter((fact) => fact && fact !== format.DASH);
    const rows = systems.map((system) => data.rows.get(system.id)[snippet.index]).filter(Boolean);
    const nothing = rows.some((row) => report.rare(row).sides) ? "nothing should come out" : "nothing is said in this clip";
    return el("article", {class: "snippet"},
      el("h3", {}, dom.bdi(snippet.id)),
      el("p", {class: "facts"}, facts.map((fact, index) => [index ? " · " : "", dom.bdi(fact)])),
      player(data.number, snippet),
      snippet.reference ? dom.long(snippet.reference) : el("p", {class: "empty"},
        snippet.reference === "" ? nothing : "its reference is not known"),
      alike(systems.map((system) => ({system, row: data.rows.get(system.id)[snippet.index]})).filter(({row}) => row))
        .map((some) => heard(some, snippet)));
  }

  function player(number, snippet) {
    if (!document.getElementById(`audio-${number}-${snippet.index}`)) return null;
    const place = el("p", {});
    const button = el("button", {class: "quiet", type: "button", click: () => {
      const audio = el("audio", {controls: true, src: report.audio(number, snippet)});
      fill(place, audio);
      audio.play().catch(() => {});
    }}, "▶ Play");
    place.append(button);
    return place;
  }

  /* Cases of a snippet with the same answer, or with the same failure, together: it is said once. */
  function alike(cases) {
    const groups = new Map();
    for (const one of cases) {
      const key = JSON.stringify([one.row[ROW.status], one.row[ROW.transcript], one.row[ROW.edits], report.rare(one.row).error]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
    return [...groups.values()];
  }

  function heard(some, snippet) {
    const [{row}] = some;
    const who = el("div", {class: "who"}, some.map(({system, row: own}) => el("div", {}, dom.bdi(system.label), figures(system, own))));
    if (!report.measured(row)) {
      const {error, log} = report.rare(row);
      return el("div", {class: "heard"}, who, el("div", {},
        el("span", {class: "badge bad"}, report.status(row)), " ", dom.bdi(error || ""), provenance.log(log)));
    }
    const raw = el("details", {}, el("summary", {}, "as the model wrote it"));
    raw.addEventListener("toggle", () => {
      if (!raw.open || raw.childNodes.length > 1) return;
      const {raw: counts} = report.rare(row);
      raw.append(
        row[ROW.transcript] ? dom.long(row[ROW.transcript]) : el("p", {class: "empty"}, "nothing"),
        counts ? el("p", {class: "note"}, `As written, ${counts[0]} errors in ${format.many(counts[1], "word")}.`) : "",
        ...some.flatMap(({system, row: own}) => [
          el("p", {class: "note"}, some.length > 1 && [dom.bdi(system.label), ": "], took(own)), ...stages(own)]));
    });
    const words = row[ROW.edits] ? alignment.line(snippet.normalized, row[ROW.edits]) : dom.long(row[ROW.transcript] || "");
    const {sides, found} = report.rare(row);
    const shown = sides ? [cleaned.build(sides), el("details", {}, el("summary", {}, "word by word, as the WER counts"), words)] : words;
    return el("div", {class: sides ? "heard wide" : "heard"}, who,
      el("div", {}, shown, found && cleaned.findings(found), some.map(({row: own}) => notes(own)), raw));
  }

  function took(row) {
    const {rounds} = report.rare(row);
    return rounds ? `rounds: ${rounds.map(format.seconds).join(", ")}` : format.seconds(row[ROW.seconds]);
  }

  /* What each model of a pipeline made of the clip; one whose text was made elsewhere took no time. */
  function stages(row) {
    return (report.rare(row).stages || []).map(([model, seconds, text]) => el("div", {class: "stage"},
      el("p", {class: "note"}, dom.bdi(model), seconds === null ? "" : ` (${format.seconds(seconds)})`, ":"), dom.long(text)));
  }

  function figures(system, row) {
    if (row[ROW.substitutions] === null) return null;
    const errors = [row[ROW.substitutions], row[ROW.deletions], row[ROW.insertions]].join("+");
    const [first, ...others] = report.rates(system, row).map(({metric, rate}) => `${format.heading(metric)} ${format.figure(metric, rate)}`);
    return el("small", {title: "substituted + deleted + inserted"}, [first, errors, ...others].filter(Boolean).join(" · "));
  }

  function notes(row) {
    const {unstable, realigned} = report.rare(row);
    return [
      unstable && el("p", {class: "note"}, "The answers differed from call to call; this is the last one."),
      realigned && el("p", {class: "note"}, "The counts are those of the run; this alignment, made later, splits them another way."),
    ];
  }

  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));

  return {build, find: (text) => current && current.find(text)};
})();
