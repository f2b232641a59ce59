"use strict";
/* Figures as people read them. What is unknown or undefined is a dash, never zero. */
const format = (() => {
  const DASH = "–";
  const known = (value) => typeof value === "number" && Number.isFinite(value);

  function percent(rate, digits) {
    if (!known(rate)) return DASH;
    const value = rate * 100;
    return `${value.toFixed(digits ?? (value !== 0 && Math.abs(value) < 10 ? 2 : 1))} %`;
  }

  function points(rate) {
    return known(rate) ? `${rate > 0 ? "+" : rate < 0 ? "−" : "±"}${Math.abs(rate * 100).toFixed(2)} pp` : DASH;
  }

  /* Three significant digits, without an exponent where people can do without. */
  function number(value) {
    if (!known(value)) return DASH;
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 100) return Math.round(value).toLocaleString("en");
    return size < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  }

  function seconds(value) {
    if (!known(value)) return DASH;
    if (value < 60) return `${number(value)} s`;
    if (value < 3600) return `${(value / 60).toFixed(1)} min`;
    return `${(value / 3600).toFixed(1)} h`;
  }

  /* A figure of a metric, by its unit. */
  const figure = (metric, value) => (metric.unit === "%" ? percent(value) : number(value));
  const heading = (metric) => (metric.unit === "%" || !metric.unit ? metric.title : `${metric.title} ${metric.unit}`);

  const MIB = 2 ** 20;
  const megabytes = (bytes) => (known(bytes) ? Math.round(bytes / MIB).toLocaleString("en") : DASH);
  const count = (value) => (known(value) ? value.toLocaleString("en") : DASH);
  const many = (value, name) => `${count(value)} ${name}${value === 1 ? "" : "s"}`;

  function interval(low, high) {
    return known(low) && known(high) ? `${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %` : DASH;
  }

  function date(text) {
    const time = new Date(text);
    if (!text || Number.isNaN(time.getTime())) return text ? String(text) : DASH;
    return time.toISOString().slice(0, 16).replace("T", " ") + " UTC";
  }

  return {DASH, MIB, known, percent, points, number, figure, heading, seconds, megabytes, count, many, interval, date};
})();
