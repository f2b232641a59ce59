"use strict";
/* Light, dark or as the system has it. */
const theme = (() => {
  const ORDER = ["system", "light", "dark"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "system";
  let paper = false;

  function apply() {
    const wanted = paper ? "light" : chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
    document.documentElement.dataset.theme = wanted;
  }

  function next(button) {
    chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
    button.textContent = `Theme: ${chosen}`;
    apply();
    charts.redraw();
  }

  function forPaper(now) {
    paper = now;
    apply();
  }

  dark.addEventListener("change", () => { apply(); charts.redraw(); });
  apply();
  return {next, forPaper};
})();
