// Words as the engine makes them: numbers with commas, texts in quotes, problems in four parts, templates with braces.
// One name for each is set on `vkpp`, which the page's scripts and the worker share.
var vkpp = vkpp || {};
vkpp.words = (function () {
  "use strict";

  const EMPTY = "(empty)";

  function commas(number) {
    return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }

  // A text as Python writes it between quotes, so that a message reads the same on both engines.
  function quoted(text) {
    const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
    let out = "";
    for (const c of text) {
      if (c === mark || c === "\\") out += "\\" + c;
      else if (c === "\n") out += "\\n";
      else if (c === "\r") out += "\\r";
      else if (c === "\t") out += "\\t";
      else out += isPrintable(c) ? c : escaped(c);
    }
    return mark + out + mark;
  }

  function isPrintable(c) {
    return c === " " || !/[\p{C}\p{Z}]/u.test(c);
  }

  function escaped(c) {
    const code = c.codePointAt(0);
    if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
    if (code < 0x10000) return "\\u" + code.toString(16).padStart(4, "0");
    return "\\U" + code.toString(16).padStart(8, "0");
  }

  function printable(text) {
    let out = "";
    for (const c of text) {
      if (c === "\n" || isPrintable(c)) out += c;
      else out += c === "\r" ? "\\r" : c === "\t" ? "\\t" : escaped(c);
    }
    return out;
  }

  // What the person can act on: what we saw, where, what we expected, what to do next.
  class Problem extends Error {
    constructor(saw, more) {
      super(saw);
      this.saw = saw;
      Object.assign(this, { where: "", expected: "", next_step: "", findings: [] }, more);
    }

    get sentences() {
      const parts = [printable(this.saw)];
      if (this.where) parts.push("Where: " + printable(this.where) + ".");
      if (this.expected) parts.push("Expected: " + printable(this.expected) + ".");
      if (this.next_step) parts.push("Next: " + printable(this.next_step) + ".");
      return parts.join(" ");
    }
  }

  // "Found {value}." as pieces: texts and, in objects, names.
  function pieces(template) {
    const found = [];
    let text = "";
    for (let i = 0; i < template.length; i++) {
      const c = template[i];
      if ((c === "{" || c === "}") && template[i + 1] === c) {
        text += c;
        i++;
      } else if (c === "{") {
        const end = template.indexOf("}", i);
        if (text) found.push(text);
        text = "";
        found.push({ name: template.slice(i + 1, end) });
        i = end;
      } else text += c;
    }
    if (text) found.push(text);
    return found;
  }

  function filled(parts, value) {
    let out = "";
    for (const part of parts) out += typeof part === "string" ? part : value(part.name) || EMPTY;
    return out;
  }

  // By code points, as the engine sorts; JavaScript's own order differs beyond the basic plane only.
  function before(a, b) {
    if (a === b) return 0;
    if (!/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b)) return a < b ? -1 : 1;
    const one = Array.from(a, (c) => c.codePointAt(0));
    const other = Array.from(b, (c) => c.codePointAt(0));
    for (let i = 0; i < Math.min(one.length, other.length); i++) if (one[i] !== other[i]) return one[i] - other[i];
    return one.length - other.length;
  }

  return { EMPTY, commas, quoted, printable, Problem, pieces, filled, before };
})();
