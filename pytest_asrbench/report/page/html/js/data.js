"use strict";
/* The page's data. `head` is read at once; the snippets and cases of a set when it is first shown.

   A case is an array, see ROW; a snippet an object. `report.set(n)` returns
   {snippets, systems, rows: Map(system id -> case by snippet number)}. */
const ROW = {snippet: 0, status: 1, substitutions: 2, deletions: 3, insertions: 4, seconds: 5, transcript: 6, edits: 7,
  rates: 8, rare: 9};

const report = (() => {
  const parse = (id) => JSON.parse(document.getElementById(id).textContent);
  const head = parse("head");
  const sets = new Map();

  function set(number) {
    if (!sets.has(number)) sets.set(number, read(number));
    return sets.get(number);
  }

  function read(number) {
    const {snippets: columns, cases} = parse(`set-${number}`);
    const snippets = columns.id.map((id, index) => ({
      index, id,
      reference: columns.reference[index],
      normalized: columns.normalized[index] ?? columns.reference[index],
      words: columns.words[index],
      seconds: columns.seconds[index],
      speaker: columns.speaker[index],
      language: columns.language[index],
      tags: columns.tags[index],
    }));
    const systems = head.systems.filter((system) => system.set === number);
    const rows = new Map(systems.map((system) => [system.id, spread(cases[system.id] || [], snippets.length)]));
    return {number, snippets, systems, rows};
  }

  function spread(list, size) {
    const bySnippet = new Array(size).fill(null);
    for (const row of list) bySnippet[row[ROW.snippet]] = row;
    return bySnippet;
  }

  const status = (row) => head.statuses[row[ROW.status]];
  const measured = (row) => status(row) === "OK";
  const rare = (row) => row[ROW.rare] || {};

  /* Whether a case is part of the figures: measured, or failed by its model. */
  const counted = (row) => row !== null && (measured(row) || rare(row).counts_as === "deleted");

  /* Errors of a case; one that its model failed has lost all of its words, one that is in no figure has none. */
  function errors(row, snippet) {
    if (row[ROW.substitutions] === null) return counted(row) ? rare(row).words ?? snippet.words : 0;
    return row[ROW.substitutions] + row[ROW.deletions] + row[ROW.insertions];
  }

  const wer = (row, snippet) => (snippet.words ? errors(row, snippet) / snippet.words : null);

  /* Metrics of a case with their rates, that to look at first before the others; those that say nothing of it are left out. */
  function rates(system, row) {
    const shown = head.clip_metrics.map((name, index) => ({metric: head.metrics.find((one) => one.name === name), rate: row[ROW.rates][index]}));
    const first = leading(system);
    return [...shown.filter(({metric}) => metric === first), ...shown.filter(({metric}) => metric !== first)].filter(({rate: value}) => format.known(value));
  }

  /* The findings of one kind for one set; none where a run was not analysed. */
  const found = (kind, number) => ((head.findings || {})[kind] || []).filter((one) => one.set === number);

  /* The metric to look at first, its rate and its interval. */
  const leading = (system) => head.metrics.find((metric) => metric.name === system.totals.leading) || head.metrics[0];
  const rate = (system) => system.totals[leading(system).name];
  const kind = (metric) => (metric === head.metrics[0] ? "intervals" : `${metric.name}_intervals`);
  const intervalOf = (system) => found(kind(leading(system)), system.set).find((one) => one.system === system.id) || null;

  /* Audio lies in the page as Base64, one element a clip, and is decoded when it is asked for. */
  function audio(number, snippet) {
    const element = document.getElementById(`audio-${number}-${snippet.index}`);
    return element ? `data:audio/mpeg;base64,${element.textContent}` : null;
  }

  return {head, set, status, measured, counted, rare, errors, wer, leading, rate, rates, found, intervalOf, audio};
})();
