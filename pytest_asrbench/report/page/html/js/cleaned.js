"use strict";
/* What was said, what should have come out and what did, side by side. Each mark is told in words, not by colour alone. */
const cleaned = (() => {
  const {el} = dom;
  const TITLES = {filler: "a filler", repetition: "said once more right after it", repair: "taken back", lost: "not in the answer",
    added: "nobody said it"};
  const SIDES = [["said", "What was said"], ["clean", "What should come out"], ["answer", "What came out"]];

  const mark = (kind, text) => el("span", {class: `mark ${kind}`, title: TITLES[kind]}, dom.bdi(text), el("small", {}, kind));

  function words(runs) {
    if (!runs || !runs.length) return el("p", {class: "empty"}, "nothing");
    return el("p", {class: "text", dir: "auto"}, runs.map(([kind, text]) => [kind ? mark(kind, text) : dom.bdi(text), " "]));
  }

  const build = (sides) => el("div", {class: "sides"}, SIDES.map(([name, title]) => el("div", {}, el("h4", {}, title), words(sides[name]))));

  /* What the metrics found, word for word. */
  const findings = (found) => el("dl", {class: "found"}, found.map(([title, lines]) => [el("dt", {}, title), lines.map((line) => el("dd", {}, dom.bdi(line)))]));

  const legend = () => el("p", {class: "note"}, "Where a text is to be cleaned, three stand side by side: ",
    Object.keys(TITLES).map((kind, index) => [index ? ", " : "", mark(kind, TITLES[kind])]), ".");

  return {build, findings, legend};
})();
