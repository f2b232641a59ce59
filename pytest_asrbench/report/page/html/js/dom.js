"use strict";
/* Builds elements. What comes from data becomes text nodes and attribute values, never markup. */
const dom = (() => {
  /* A control character has no shape of its own; its picture (U+2400 onwards) does. */
  const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

  function visible(text) {
    return String(text).replace(CONTROLS, (sign) =>
      String.fromCharCode(sign === "\u007f" ? 0x2421 : 0x2400 + sign.charCodeAt(0)));
  }

  /* el("p", {class: "note"}, "text", el("b", {}, "more")): properties that are functions listen to their event. */
  function el(name, properties, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") made.addEventListener(key, value);
      else made.setAttribute(key, value === true ? "" : visible(value));
    }
    add(made, children);
    return made;
  }

  function add(parent, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      parent.append(child instanceof Node ? child : document.createTextNode(visible(child)));
    }
  }

  function fill(parent, ...children) {
    parent.replaceChildren();
    add(parent, children);
    return parent;
  }

  /* Text of unknown direction: it does not turn its surroundings around. */
  function bdi(text) {
    return el("bdi", {}, text);
  }

  /* Long texts are cut, and shown whole on demand: 100,000 characters in one line make a browser slow. */
  function long(text, limit = 1500) {
    const all = visible(text);
    const shown = el("p", {class: "text", dir: "auto"}, all.slice(0, limit));
    if (all.length <= limit) return shown;
    const more = el("button", {class: "quiet", type: "button", click: () => fill(shown, all)},
      `Show all ${all.length.toLocaleString("en")} characters`);
    shown.append("… ", more);
    return shown;
  }

  function select(title, options, value, change) {
    const box = el("select", {change: () => change(box.value)},
      options.map(([key, text]) => el("option", {value: key, selected: key === value}, text)));
    box.value = value;
    return el("label", {}, title, box);
  }

  function check(title, value, change) {
    const box = el("input", {type: "checkbox", change: () => change(box.checked)});
    box.checked = value;
    return el("label", {class: "check"}, box, title);
  }

  return {el, fill, bdi, long, select, check, visible};
})();
