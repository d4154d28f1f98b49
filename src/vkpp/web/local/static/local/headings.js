// Headings of a file matched to the fields of a specification, as engine/reading/headings.py does it.
var vkpp = vkpp || {};
vkpp.headings = (function () {
  "use strict";
  const { quoted } = vkpp.words;
  const LONGEST = 100; // characters of a heading that are compared for likeness, and shown

  function folded(heading) {
    return heading
      .normalize("NFKD")
      .toLowerCase()
      .replace(/ß/g, "ss")
      .replace(/ς/g, "σ")
      .replace(/[^\p{L}\p{N}]/gu, "");
  }

  const short = (text) => Array.from(text).slice(0, LONGEST).join("");

  // How many different fields a row of cells would head. `names`: folded heading -> name of a field.
  function score(cells, names) {
    const found = new Set();
    for (const cell of cells) {
      const name = names.get(folded(cell));
      if (name) found.add(name);
    }
    return found.size;
  }

  function matched(cells, table, file, row) {
    const columns = new Map();
    const unknown = [];
    const untitled = [];
    const doubled = [];
    cells.forEach((cell, at) => {
      const name = table.names.get(folded(cell));
      if (!cell.trim()) untitled.push(at);
      else if (!name) unknown.push(cell);
      else if (columns.has(name)) doubled.push([table.byName.get(name), at]);
      else columns.set(name, at);
    });
    const missing = table.fields.filter((field) => !columns.has(field.name));
    const titles = (missing.length ? missing : table.fields).map((field) => field.title);
    const findings = [
      ...doubled.map(([field, at]) => saidDoubled(field, columns.get(field.name), at, cells[at])),
      ...Array.from(new Set(unknown), (cell) => saidUnknown(cell, titles)),
      ...missing.map((field) => saidMissing(field, unknown)),
    ].map((one) => ({ ...one, file, table: table.name, row }));
    return { width: cells.length, columns, untitled, missing: missing.map((field) => field.name), findings };
  }

  function saidDoubled(field, first, second, cell) {
    const message =
      `Two columns are headed ${quoted(field.title)}: column ${first + 1}, which was read, and column ${second + 1}, ` +
      "which was not.";
    const fix = "Keep one of the two columns, or rename one.";
    return { check: "file-duplicate-heading", severity: "error", message, fix, column: field.title, value: short(cell) };
  }

  function saidUnknown(cell, titles) {
    const near = nearest(cell, titles);
    const shown = short(cell);
    const message =
      `The specification has no column ${quoted(shown)}; the column was not read.` + (near ? ` Nearest: ${quoted(near)}.` : "");
    const fix = near ? `Rename it to ${quoted(near)} if that is meant; otherwise leave the column out.` : "Leave the column out.";
    return { check: "file-unknown-column", severity: "query", message, fix, column: shown, value: shown };
  }

  function saidMissing(field, unknown) {
    const near = short(nearest(field.title, unknown) || "");
    const message =
      `There is no column ${quoted(field.title)}.` + (near ? ` Nearest heading in the file: ${quoted(near)}.` : "");
    const fix = near
      ? `Add the column, or rename ${quoted(near)} to ${quoted(field.title)}.`
      : `Add a column headed ${quoted(field.title)}.`;
    const [check, severity] = field.required ? ["file-missing-column", "error"] : ["file-absent-column", "note"];
    return { check, severity, message, fix, column: field.title };
  }

  // The most similar of the others, or null when none is similar: Python's difflib, with its cut-off of 0.6.
  function nearest(heading, others) {
    const byFolded = new Map();
    for (const other of Array.from(others).reverse()) byFolded.set(folded(short(other)), other);
    const wanted = Array.from(folded(short(heading)));
    let best = null;
    for (const text of byFolded.keys()) {
      const alike = ratio(Array.from(text), wanted);
      if (alike < 0.6) continue;
      if (!best || alike > best.alike || (alike === best.alike && vkpp.words.before(text, best.text) > 0)) best = { alike, text };
    }
    return best && byFolded.get(best.text);
  }

  function ratio(a, b) {
    const total = a.length + b.length;
    if (!total) return 1;
    const places = new Map();
    b.forEach((c, j) => (places.has(c) ? places.get(c).push(j) : places.set(c, [j])));
    return (2 * common(a, b, places, 0, a.length, 0, b.length)) / total;
  }

  function common(a, b, places, alo, ahi, blo, bhi) {
    let [bestI, bestJ, size] = [alo, blo, 0];
    let lengths = new Map();
    for (let i = alo; i < ahi; i++) {
      const next = new Map();
      for (const j of places.get(a[i]) || []) {
        if (j < blo) continue;
        if (j >= bhi) break;
        const k = (lengths.get(j - 1) || 0) + 1;
        next.set(j, k);
        if (k > size) [bestI, bestJ, size] = [i - k + 1, j - k + 1, k];
      }
      lengths = next;
    }
    if (!size) return 0;
    return (
      size +
      common(a, b, places, alo, bestI, blo, bestJ) +
      common(a, b, places, bestI + size, ahi, bestJ + size, bhi)
    );
  }

  return { folded, score, matched, nearest };
})();
