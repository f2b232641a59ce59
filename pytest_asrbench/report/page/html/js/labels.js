"use strict";
/* Where the labels of points go: beside them, and upon no point, whisker or other label as long as there is room. */
const labels = (() => {
  const SIZE = 12; // pixels, of the letters
  const HEIGHT = 15;
  const POINT = 8; // half of a point, with some air
  const measure = document.createElement("canvas").getContext("2d");

  /* points: {text, x, y, from, to} in pixels, from and to the ends of the whisker; room: {left, right, top, bottom}.
     lines: rows of corners, as [x, y], of lines that go along first and then up or down. Returns for each point how far the middle of its label is from it: [across, down]. */
  function place(points, lines, room) {
    measure.font = `${SIZE}px system-ui, sans-serif`;
    const taken = points.flatMap(({x, y, from, to}) => [box(x, y, 2 * POINT, 2 * POINT), {left: x - 6, right: x + 6, top: from, bottom: to}]);
    for (const line of lines) line.forEach(([x, y], index) => index && taken.push(...steps(line[index - 1], [x, y])));
    return points.map(({text, x, y}) => {
      const width = measure.measureText(text).width * 1.05 + 4;
      const found = offsets(width).map(([across, down]) => ({across, down, box: box(x + across, y + down, width, HEIGHT)}));
      const best = found.map((one) => ({...one, cost: cost(one.box, taken, room)})).reduce((a, b) => (b.cost < a.cost ? b : a));
      taken.push(best.box);
      return [best.across, best.down];
    });
  }

  /* To the right or left of the point, at its height or a little off it; then above and below. */
  function offsets(width) {
    const beside = width / 2 + POINT + 4;
    const heights = [0, -12, 12, -22, 22, -34, 34, -46, 46];
    return [...heights.flatMap((down) => [[beside, down], [-beside, down]]), ...[-24, 24, -40, 40, -56, 56].map((down) => [0, down])];
  }

  const steps = ([x, y], [nextX, nextY]) => [
    {left: x, right: nextX, top: y - 2, bottom: y + 2},
    {left: nextX - 2, right: nextX + 2, top: Math.min(y, nextY), bottom: Math.max(y, nextY)},
  ];

  const box = (x, y, width, height) => ({left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2});

  const shared = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
    * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

  /* The area that is covered, and all that is outside of the plot. */
  const cost = (one, taken, room) => taken.reduce((sum, other) => sum + shared(one, other), 0)
    + 10 * ((one.right - one.left) * (one.bottom - one.top) - shared(one, room));

  return {SIZE, place};
})();
