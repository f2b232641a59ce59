"use strict";
/* Edit operations and the reference's words become a line of marked words; see page_alignment.py for the operations. */
const alignment = (() => {
  const MOST = 400; // words shown at once

  /* Yields [kind, said, heard]; kind: "same", "sub", "del", "ins". */
  function* pieces(reference, edits) {
    const words = reference ? reference.split(/\s+/).filter(Boolean) : [];
    let place = 0;
    for (const edit of edits) {
      if (typeof edit === "number") {
        const size = Math.abs(edit);
        for (const word of words.slice(place, place + size)) yield [edit > 0 ? "same" : "del", word, null];
        place += size;
      } else if (edit[0] === "~") {
        yield ["sub", words[place], edit.slice(1)];
        place += 1;
      } else {
        yield ["ins", null, edit.slice(1)];
      }
    }
  }

  const TITLES = {del: "deleted: said and not heard", ins: "inserted: heard and not said"};

  function piece([kind, said, heard]) {
    if (kind === "same") return said + " ";
    if (kind === "sub") {
      const both = [dom.el("s", {}, dom.bdi(said)), " ", dom.el("b", {}, dom.bdi(heard))];
      return [dom.el("span", {class: "sub", title: `substituted: ${said} was heard as ${heard}`}, both), " "];
    }
    return [dom.el(kind, {title: TITLES[kind]}, dom.bdi(said ?? heard)), " "];
  }

  /* A line of words; a long one in parts. */
  function line(reference, edits) {
    const shown = dom.el("div", {class: "words", dir: "auto"});
    const rest = pieces(reference, edits);
    const more = () => {
      const next = [];
      while (next.length < MOST) {
        const {value, done} = rest.next();
        if (done) break;
        next.push(value);
      }
      shown.append(...next.map(piece).flat(2).map((one) => (one instanceof Node ? one : dom.visible(one))));
      if (next.length === MOST) {
        const button = dom.el("button", {class: "quiet", type: "button", click: () => { button.remove(); more(); }},
          `Show ${MOST} more words`);
        shown.append(button);
      }
    };
    more();
    if (!shown.childNodes.length) shown.append(dom.el("span", {class: "empty"}, "nothing was said, and nothing heard"));
    return shown;
  }

  return {line, pieces};
})();
