"use strict";
/* Charts on ECharts. Each is drawn when it comes near the window, anew when the theme or its width changes, and in
   light colours for paper. Tooltips are built as elements, so that no name in them is read as HTML. */
const charts = (() => {
  const {el} = dom;
  const drawn = new Map(); // container -> {make, chart}

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const series = (index) => color(`s${index % 8}`);

  /* Returns a container that will hold the chart of the option that `make` returns. */
  function chart(label, make, height = null, click = null) {
    const box = el("div", {class: "chart", role: "img", "aria-label": label});
    if (height) box.style.height = `${height}px`;
    drawn.set(box, {make, click, chart: null});
    seen.observe(box);
    return box;
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
  }, {rootMargin: "300px"});

  const resized = new ResizeObserver((entries) => {
    for (const {target} of entries) {
      const known = drawn.get(target);
      if (known && known.chart && target.clientWidth !== known.chart.getWidth()) draw(target);
    }
  });

  function draw(box, width = null) {
    const known = drawn.get(box);
    if (!known || (!width && !box.clientWidth)) return;
    if (known.chart === null) {
      known.chart = echarts.init(box, null, {renderer: "canvas", devicePixelRatio: Math.max(2, devicePixelRatio || 1)});
      if (known.click) known.chart.on("click", known.click);
      resized.observe(box);
    }
    known.chart.resize(width ? {width} : {width: "auto"});
    known.chart.setOption({...base(), ...known.make(known.chart.getWidth())}, {notMerge: true});
    known.chart.getZr().flush();
    performance.mark("chart-drawn");
  }

  function redraw(width = null) {
    for (const [box, known] of drawn) {
      if (!box.isConnected) {
        if (known.chart) known.chart.dispose();
        drawn.delete(box);
        seen.unobserve(box);
      } else if (known.chart || width) draw(box, width);
    }
  }

  const PAPER = 690; // pixels across a sheet

  /* On paper a chart is one picture: printers make a mess of canvases that lie upon one another. */
  addEventListener("beforeprint", () => {
    theme.forPaper(true);
    redraw(PAPER);
    for (const [box, {chart: one}] of drawn) {
      if (one) box.append(el("img", {class: "paper", alt: "", src: one.getDataURL({pixelRatio: 2, backgroundColor: "#fff"})}));
    }
  });
  addEventListener("afterprint", () => {
    document.querySelectorAll("img.paper").forEach((picture) => picture.remove());
    theme.forPaper(false);
    redraw();
  });

  function base() {
    return {
      animation: false,
      textStyle: {color: color("ink"), fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"},
      backgroundColor: "transparent",
      aria: {enabled: false},
    };
  }

  function axis(more) {
    const {axisLabel, ...rest} = more;
    return {
      axisLine: {lineStyle: {color: color("line")}}, axisTick: {show: false},
      splitLine: {lineStyle: {color: color("line")}}, nameTextStyle: {color: color("muted")},
      axisLabel: {color: color("muted"), hideOverlap: true, ...axisLabel}, ...rest,
    };
  }

  /* lines(params) returns [[name, value], ...]; the first may be a title alone. */
  function tooltip(lines, more = {}) {
    return {
      confine: true, backgroundColor: color("card"), borderColor: color("line"), textStyle: {color: color("ink"), fontSize: 13},
      extraCssText: "max-width: 320px; white-space: normal; overflow-wrap: anywhere",
      formatter: (params) => {
        const shown = lines(params);
        return shown && el("div", {}, shown.map(([name, value]) => el("div", {},
          value === undefined ? el("b", {}, dom.bdi(name)) : [`${name}: `, dom.bdi(value)])));
      },
      ...more,
    };
  }

  return {chart, redraw, color, series, axis, tooltip};
})();
