"use strict";
/* Sortable tables. A column: {title, value(row), show(row) or none, number: right-aligned figures, wrap: its title may
   take several lines, tip}. */
const tables = (() => {
  const {el, fill} = dom;
  const PAGE = 25;

  function compare(a, b) {
    const missingA = a === null || a === undefined;
    const missingB = b === null || b === undefined;
    if (missingA || missingB) return missingA - missingB; // what is unknown comes last, whichever way
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  }

  function build(columns, rows, {sort = null, descending = false, mark = null, label = ""} = {}) {
    let state = {sort, descending, shown: PAGE};
    const body = el("tbody");
    const heads = columns.map((column, index) => el("th",
      {scope: "col", class: [column.number && "number", column.wrap && "wrap"].filter(Boolean).join(" ") || null, "aria-sort": "none", title: column.tip},
      el("button", {type: "button", click: () => by(index)}, column.title)));
    const more = el("button", {class: "quiet", type: "button", click: () => { state.shown *= 4; draw(); }});

    function by(index) {
      const again = state.sort === index;
      state = {...state, sort: index, descending: again ? !state.descending : Boolean(columns[index].number)};
      draw();
    }

    function ordered() {
      if (state.sort === null) return rows;
      const value = columns[state.sort].value;
      const sign = state.descending ? -1 : 1;
      const unknown = (row) => value(row) === null || value(row) === undefined;
      return [...rows].sort((a, b) => (unknown(a) || unknown(b) ? 1 : sign) * compare(value(a), value(b)));
    }

    function draw() {
      heads.forEach((th, index) => th.setAttribute("aria-sort",
        index !== state.sort ? "none" : state.descending ? "descending" : "ascending"));
      const list = ordered();
      fill(body, list.slice(0, state.shown).map((row) => el("tr", {class: mark ? mark(row) : null},
        columns.map((column) => el("td", {class: column.number ? "number" : null, dir: column.number ? null : "auto"},
          column.show ? column.show(row) : column.value(row) ?? format.DASH)))));
      more.hidden = list.length <= state.shown;
      fill(more, `Show more (${format.count(list.length - state.shown)} left)`);
    }

    draw();
    const frame = el("div", {class: "frame", tabindex: 0, role: "region", "aria-label": label || "table"},
      el("table", {}, el("thead", {}, el("tr", {}, heads)), body));
    return [frame, more];
  }

  return {build};
})();
