"use strict";
/* What the charts show: functions from data to an option of ECharts for a width in pixels. */
const plots = (() => {
  const {el} = dom;
  const {color, series, axis, tooltip} = charts;
  const SYMBOLS = ["circle", "diamond", "triangle", "rect", "roundRect"];

  /* Room for the names of an axis: as much as they need, up to a share of the width. */
  const room = (names, width, share, most) =>
    Math.min(width * share, most, 26 + 8 * Math.max(0, ...names.map((name) => name.length)));

  const short = (text, size) => (text.length > size ? text.slice(0, size - 1) + "…" : text);

  /* The points that no other point of the group beats in both figures, by speed. */
  function front(points) {
    const sorted = [...points].sort((a, b) => a.rtf - b.rtf || a.wer - b.wer);
    let best = Infinity;
    return sorted.filter((point) => point.wer < best && ((best = point.wer), true));
  }

  /* The fronts that are lines: of each group of comparable points, if more than one is on it. */
  const fronts = (points) => [...new Set(points.map((point) => point.group))]
    .map((group) => front(points.filter((point) => point.group === group))).filter((some) => some.length > 1);

  /* WER against RTF, with the intervals of WER and the front of each group of comparable points. Where there is no
     room for labels, a key below the chart names the points. */
  function accuracyAndSpeed(points, height) {
    return (width) => {
      const narrow = width < NARROW;
      const grid = {left: narrow ? 46 : 60, right: 24, top: 30, bottom: 54};
      const logs = points.map((point) => Math.log10(point.rtf));
      const [low, high] = [Math.floor(Math.min(...logs) * 2 - 0.3) / 2, Math.ceil(Math.max(...logs) * 2 + 0.3) / 2];
      const top = nice(Math.max(...points.map((point) => Math.max(point.wer, point.high ?? 0))) * 100);
      const room = {left: grid.left, right: width - grid.right, top: grid.top, bottom: height - grid.bottom};
      const across = (value) => room.left + (value - low) / (high - low) * (room.right - room.left);
      const down = (rate) => room.bottom - rate * 100 / top * (room.bottom - room.top);
      const best = fronts(points);
      const corners = best.map((some) => some.map((point) => [across(Math.log10(point.rtf)), down(point.wer)]));
      const places = narrow ? [] : labels.place(points.map((point, index) => ({
        text: short(point.label, 44), x: across(logs[index]), y: down(point.wer), from: down(point.high ?? point.wer), to: down(point.low ?? point.wer),
      })), corners, room);
      const lines = best.map((some) => ({
        type: "line", step: "end", symbol: "none", silent: true, z: 1,
        lineStyle: {color: color("muted"), type: "dashed", width: 1.5},
        data: some.map((point) => [point.rtf, point.wer * 100]),
      }));
      return {
        grid,
        tooltip: tooltip(({data}) => data.point && [
          [data.point.label], [data.point.rate, format.percent(data.point.wer)],
          ["95 % interval", format.interval(data.point.low, data.point.high)],
          ["RTF", `${format.number(data.point.rtf)} (${format.number(1 / data.point.rtf)} × real time)`],
        ]),
        xAxis: axis({type: "log", name: narrow ? "RTF (left is faster)" : "RTF: compute seconds / audio seconds (left is faster)",
          nameLocation: "middle", nameGap: 30, min: 10 ** low, max: 10 ** high, axisLabel: {formatter: format.number}}),
        yAxis: axis({type: "value", name: `${[...new Set(points.map((point) => point.rate))].join(" or ")}, %`, min: 0, max: top,
          nameTextStyle: {color: color("muted"), align: "left"}}),
        series: [
          ...lines,
          {type: "custom", silent: true, z: 2, renderItem: whisker,
            data: points.filter((point) => format.known(point.low)).map((point) =>
              [point.rtf, point.low * 100, point.high * 100, point.index])},
          {type: "scatter", symbolSize: 13, z: 3,
            data: points.map((point, index) => ({
              value: [point.rtf, point.wer * 100], point, symbol: SYMBOLS[point.index % SYMBOLS.length],
              itemStyle: {color: series(point.index), borderColor: color("card"), borderWidth: 1},
              label: {show: !narrow, formatter: () => short(point.label, 44), color: color("ink"), fontSize: labels.SIZE,
                position: "inside", offset: places[index]},
            }))},
        ],
      };
    };
  }

  const NARROW = 600; // pixels, a little more than what page.css shows the key below

  /* A round number at or above `value`. */
  function nice(value) {
    if (!(value > 0)) return 1;
    const unit = 10 ** Math.floor(Math.log10(value));
    return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= value) * unit;
  }

  function whisker(params, api) {
    const [x, low] = api.coord([api.value(0), api.value(1)]);
    const [, high] = api.coord([api.value(0), api.value(2)]);
    const style = {stroke: series(api.value(3)), lineWidth: 2, fill: null};
    const line = (x1, y1, x2, y2) => ({type: "line", shape: {x1, y1, x2, y2}, style});
    return {type: "group", children: [line(x, low, x, high), line(x - 5, low, x + 5, low), line(x - 5, high, x + 5, high)]};
  }

  /* Horizontal bars: parts = [{name, values}], one bar for each name and part. */
  function bars(names, parts, unit, show) {
    return (width) => ({
      grid: {left: room(names, width, 0.34, 230), right: 62, top: parts.length > 1 ? 30 : 8, bottom: 24},
      legend: {show: parts.length > 1, top: 0, left: 0, itemWidth: 14, textStyle: {color: color("ink")}},
      tooltip: tooltip(({name, seriesName, data}) => [[name], [seriesName, data.known ? `${show(data.value)} ${unit}` : "not known"]]),
      xAxis: axis({type: "value", axisLabel: {formatter: (value) => format.number(value)}, splitNumber: 4}),
      yAxis: axis({type: "category", data: names, inverse: true, splitLine: {show: false},
        axisLabel: {width: room(names, width, 0.34, 230) - 12, overflow: "truncate", color: color("ink"), interval: 0}}),
      series: parts.map((part, index) => ({
        type: "bar", name: part.name, itemStyle: {color: series(index * 2)}, barMaxWidth: 18,
        data: part.values.map((value) => ({value: value ?? 0, known: format.known(value)})),
        label: {show: true, position: "right", color: color("muted"), formatter: ({data}) => (data.known ? show(data.value) : format.DASH)},
      })),
    });
  }

  const HEAT = ["no error", "to 10 %", "to 25 %", "to 50 %", "to 100 %", "over 100 %, or words without speech", "failed",
    "left out, not suited or not run"];
  const APART = 7;

  function heatClass(errors, words, failed) {
    if (failed) return 6;
    if (errors === 0) return 0;
    if (!words) return 5;
    const rate = errors / words;
    return rate <= 0.1 ? 1 : rate <= 0.25 ? 2 : rate <= 0.5 ? 3 : rate <= 1 ? 4 : 5;
  }

  const named = (columns, width) => columns.length <= 40 && width > 560;

  /* What the colours of a heat map mean, as text that wraps. */
  const heatKey = () => el("p", {class: "key"}, HEAT.map((label, value) =>
    el("span", {}, el("i", {style: `background: var(--heat${value})`}), label)));

  /* cells: [column, row, class]; told(column, row) returns the lines of the tooltip. */
  function heatMap(columns, rows, cells, told) {
    return (width) => ({
      grid: {left: room(rows, width, 0.3, 210), right: 12, top: 8, bottom: named(columns, width) ? 96 : columns.length > 40 ? 34 : 10},
      tooltip: tooltip(({data}) => told(data[0], data[1])),
      xAxis: axis({type: "category", data: columns, splitLine: {show: false},
        axisLabel: {show: named(columns, width), rotate: 60, width: 96, overflow: "truncate", fontSize: 10}}),
      yAxis: axis({type: "category", data: rows, inverse: true, splitLine: {show: false},
        axisLabel: {width: room(rows, width, 0.3, 210) - 12, overflow: "truncate", color: color("ink"), interval: 0}}),
      dataZoom: columns.length > 40 ? [
        {type: "slider", height: 16, bottom: 6, brushSelect: false, showDetail: false, backgroundColor: color("soft"),
          borderColor: color("line"), fillerColor: "rgba(127, 127, 127, .25)", moveHandleSize: 0, showDataShadow: false},
        {type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false},
      ] : [],
      visualMap: {type: "piecewise", dimension: 2, show: false, pieces: HEAT.map((_, value) => ({value, color: color(`heat${value}`)}))},
      series: [{type: "heatmap", data: cells, progressive: 0,
        itemStyle: columns.length <= 200 ? {borderColor: color("card"), borderWidth: 1} : {},
        emphasis: {itemStyle: {borderColor: color("ink"), borderWidth: 1}}}],
    });
  }

  /* A figure over runs; points: {x, y, low, changed, lines}. */
  function course(lines, names, unit, log = false) {
    return (width) => ({
      grid: {left: 56, right: 18, top: lines.length > 1 ? 60 : 28, bottom: width < 560 ? 60 : 34},
      legend: {show: lines.length > 1, type: "scroll", top: 0, textStyle: {color: color("ink")}},
      tooltip: tooltip(({data}) => data && data.lines),
      xAxis: axis({type: "category", data: names, splitLine: {show: false},
        axisLabel: {rotate: width < 560 ? 60 : 0, width: 74, overflow: "truncate"}}),
      yAxis: axis({...(log ? {type: "log"} : {type: "value", min: 0}), name: unit, axisLabel: {formatter: format.number},
        nameTextStyle: {color: color("muted"), align: "left"}}),
      series: lines.map((line, index) => ({
        type: "line", name: line.name, connectNulls: true, color: series(index),
        data: line.points.map((point) => point && ({
          value: point.y, lines: point.lines, symbol: point.changed ? "diamond" : "circle", symbolSize: point.changed ? 14 : 7,
          itemStyle: point.changed ? {color: color("bad")} : {},
        })),
      })),
    });
  }

  /* What the points are called, as text that wraps; in the colours of the chart. */
  const pointKey = (points) => el("p", {class: "key narrow"}, points.map((point) =>
    el("span", {}, el("i", {class: SYMBOLS[point.index % SYMBOLS.length], style: `background: var(--s${point.index % 8})`}), dom.bdi(point.label))));

  return {accuracyAndSpeed, pointKey, fronts, bars, heatMap, heatKey, heatClass, APART, course};
})();
