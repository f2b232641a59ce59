"use strict";
/* The map of every model and snippet; where there are more snippets than pixels, a column stands for several. */
const heatmap = (() => {
  const {el, fill} = dom;

  const MOST_COLUMNS = 4000; // more than a screen has pixels

  function build(number) {
    const {snippets, systems, rows} = report.set(number);
    if (!snippets.length) return null;
    const place = el("div");
    const size = Math.ceil(snippets.length / MOST_COLUMNS);
    const draw = (order) => fill(place, heatMap(order === "corpus" ? snippets : byErrors(snippets, systems, rows), systems, rows, size));
    draw("worst");
    return [
      el("div", {class: "controls"}, dom.select("Order of the snippets", [["worst", "most errors first"], ["corpus", "as in the corpus"]], "worst", draw)),
      place, plots.heatKey(),
      el("p", {class: "note"}, size > 1 ? `A column stands for ${size} snippets. ` : "", "WER of each snippet and model. A click shows the snippet below."),
    ];
  }

  function byErrors(snippets, systems, rows) {
    const sums = snippets.map((snippet) => systems.reduce((sum, system) => {
      const row = rows.get(system.id)[snippet.index];
      return sum + (row ? report.errors(row, snippet) : 0);
    }, 0));
    return [...snippets].sort((a, b) => sums[b.index] - sums[a.index] || a.index - b.index);
  }

  function heatMap(snippets, systems, rows, size) {
    const columns = [];
    for (let start = 0; start < snippets.length; start += size) columns.push(snippets.slice(start, start + size));
    const sums = (column, system) => {
      const sum = {errors: 0, words: 0, cases: 0, failed: 0};
      for (const snippet of columns[column]) {
        const row = rows.get(systems[system].id)[snippet.index];
        if (!row) continue;
        if (!report.counted(row)) {
          sum.apart = report.rare(row).counts_as;
          continue;
        }
        sum.errors += report.errors(row, snippet);
        sum.words += snippet.words;
        sum.cases += 1;
        sum.failed += !report.measured(row);
      }
      return sum;
    };
    const cells = [];
    for (let system = 0; system < systems.length; system += 1) {
      for (let column = 0; column < columns.length; column += 1) {
        const {errors, words, cases, failed: lost, apart} = sums(column, system);
        if (cases) cells.push([column, system, plots.heatClass(errors, words, lost === cases)]);
        else if (apart) cells.push([column, system, plots.APART]);
      }
    }
    const names = columns.map(([first]) => first.id);
    const told = (column, system) => {
      const {errors, words, cases, failed: lost, apart} = sums(column, system);
      const head = [[systems[system].label], ["Snippet", names[column] + (columns[column].length > 1 ? ` and ${columns[column].length - 1} more` : "")]];
      if (!cases) return [...head, ["WER", apart]];
      return [...head, ["WER", `${words ? format.percent(errors / words) : format.DASH} (${errors} errors in ${format.many(words, "word")})`], ...(lost ? [["Failed", String(lost)]] : [])];
    };
    const open = ({data}) => { browser.find(names[data[0]]); document.getElementById("snippets").scrollIntoView(); };
    return charts.chart("WER of each model and snippet", plots.heatMap(names, systems.map((system) => system.label), cells, told),
      (columns.length > 40 ? 60 : 120) + systems.length * 34, open);
  }

  return {build};
})();
