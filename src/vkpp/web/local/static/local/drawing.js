// What was found, drawn as the service's own results page draws it. Every word goes in as text and never as HTML.
var vkpp = vkpp || {};
vkpp.drawing = (function () {
  "use strict";
  const { commas, before } = vkpp.words;
  const SIZE = 50; // findings on a page
  const HEADINGS = [
    ["error", "Errors: fix these before you can send"],
    ["query", "Queries: fix, or say why it is right"],
    ["note", "Notes"],
  ];
  const REPORT = [
    ["File", "file"],
    ["Table", "table"],
    ["Record", "record"],
    ["Row", "row"],
    ["Period", "period"],
    ["Severity", "severity"],
    ["Message", "message"],
    ["Column", "column"],
    ["Value", "value"],
    ["What to do", "fix"],
    ["Check", "check"],
  ];

  function el(name, given, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(given || {})) {
      if (key === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return made;
  }

  // Words of the engine with what stands between backticks as code: text nodes and elements, never HTML.
  function coded(words) {
    if (typeof words !== "string" || !words.includes("`")) return words;
    return words.split(/`([^`\n]+)`/).map((part, i) => (i % 2 ? el("code", {}, part) : part));
  }

  const counted = (n, one, several) => `${commas(n)} ${n === 1 ? one : several || one + "s"}`;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  // A table as parts/table.html draws it: on a phone each row becomes a block.
  function table(caption, columns, rows, last) {
    const head = columns.map(({ heading, numeric }) =>
      el("th", { scope: "col", role: "columnheader", class: "govuk-table__header" + (numeric ? " govuk-table__header--numeric" : "") }, heading),
    );
    const line = (cells, at) =>
      el(
        "tr",
        { class: "govuk-table__row" + (last && at === rows.length - 1 ? " govuk-table__row--total" : ""), role: "row" },
        cells.map((cell, i) => {
          const inside = cell === null || cell === undefined ? "" : typeof cell === "number" ? commas(cell) : cell;
          if (!i) return el("th", { scope: "row", role: "rowheader", class: "govuk-table__header" }, inside);
          const kind = "govuk-table__cell" + (columns[i].numeric ? " govuk-table__cell--numeric" : "");
          const empty = inside === "" ? " vkpp-empty" : "";
          return el("td", { role: "cell", class: kind + empty, "data-h": columns[i].heading }, el("span", {}, inside));
        }),
      );
    return el(
      "table",
      { class: "govuk-table vkpp-table-s vkpp-stack", role: "table" },
      el("caption", { class: "govuk-table__caption govuk-table__caption--s" }, caption),
      el("thead", { class: "govuk-table__head", role: "rowgroup" }, el("tr", { class: "govuk-table__row", role: "row" }, head)),
      el("tbody", { class: "govuk-table__body", role: "rowgroup" }, rows.map(line)),
    );
  }

  function problems(lines) {
    const items = lines.map(({ words, at }) => el("li", {}, at ? el("a", { href: at }, coded(words)) : coded(words)));
    return el(
      "div",
      { class: "govuk-error-summary", tabindex: "-1" },
      el(
        "div",
        { role: "alert" },
        el("h2", { class: "govuk-error-summary__title" }, "There is a problem"),
        el("div", { class: "govuk-error-summary__body" }, el("ul", { class: "govuk-list govuk-error-summary__list" }, items)),
      ),
    );
  }

  function verdict(result) {
    const kinds = new Set(result.findings.filter((one) => one.severity === "error").map((one) => one.check));
    const queries = result.findings.filter((one) => one.severity === "query").length;
    const stopped = result.runs.filter((run) => !run.ran).length;
    if (kinds.size) return `Your files need ${counted(kinds.size, "kind")} of fix before you can send them`;
    if (stopped) return "Some checks could not run, so your files could not be sent yet";
    if (queries) return `Your files have no errors, and ${counted(queries, "query", "queries")} to answer`;
    return "Your files passed the checks";
  }

  // Each check with its findings: [{check, table, severity, message, columns, places}], most serious first.
  function byCheck(findings) {
    const found = new Map();
    for (const one of findings) {
      const key = one.check + "\n" + one.table;
      if (!found.has(key)) found.set(key, { ...one, columns: new Set(), places: 0 });
      found.get(key).places++;
      if (one.column) found.get(key).columns.add(one.column);
    }
    return Array.from(found.values()).sort((a, b) => b.places - a.places || before(a.check, b.check));
  }

  function facts(result, checks) {
    const of = (severity) => {
      const kinds = checks.filter((one) => one.severity === severity);
      return [kinds.reduce((sum, one) => sum + one.places, 0), `in ${counted(kinds.length, "check")}`];
    };
    const ran = result.runs.filter((run) => run.ran && !run.why_not).length;
    const records = result.facts.reduce((sum, one) => sum + one.records, 0);
    const tables = new Set(result.facts.map((one) => one.table)).size;
    const shown = [
      ["Errors", ...of("error")],
      ["Queries", ...of("query")],
      ["Checks that ran", ran, `of ${commas(result.runs.length)}`],
      ["Records read", records, `in ${counted(tables, "table")}`],
    ];
    const drawn = shown.map(([words, figure, beneath]) =>
      el("div", {}, el("dt", {}, words), el("dd", {}, commas(figure), el("small", {}, beneath))),
    );
    return el("dl", { class: "vkpp-facts" }, drawn);
  }

  // Everything about one delivery that was checked. `edition` says which version of the checks ran.
  function results(result, edition) {
    const checks = byCheck(result.findings);
    const listed = new Listed(result.findings, checks);
    const narrow = (one) => el("a", { class: "govuk-link", href: "#findings", on: { click: () => listed.only(one.check) } }, coded(one.message));
    const columns = ["Check", "Table", "Column"].map((heading) => ({ heading })).concat({ heading: "Places", numeric: true });
    const tables = HEADINGS.map(([severity, heading]) => {
      const mine = checks.filter((one) => one.severity === severity);
      if (!mine.length) return null;
      const rows = mine.map((one) => [narrow(one), capital(one.table), Array.from(one.columns).join(", "), one.places]);
      const all = mine.reduce((sum, one) => sum + one.places, 0);
      rows.push([`All ${heading.split(":")[0].toLowerCase()}`, "", "", all]);
      return table(heading, columns, rows, true);
    });
    const errors = checks.filter((one) => one.severity === "error");
    return el(
      "div",
      {},
      el("h2", { class: "govuk-heading-l", id: "verdict", tabindex: "-1" }, verdict(result)),
      el("p", { class: "govuk-body" }, "These files were read and checked on this computer. Nothing of them was sent or kept."),
      errors.length ? fixThese(errors) : null,
      facts(result, checks),
      checks.length ? section("By check", "", tables) : null,
      section("Every finding", "findings", [download(result), note(), listed.drawn]),
      section("Nothing was lost", "", [list(result.sums)]),
      notRun(result.runs),
      section("What checked it", "", [whatChecked(edition, result.facts)]),
    );
  }

  function fixThese(errors) {
    // Two tables with the same fault say the same words: then each names its table.
    const twice = (one) => errors.filter((other) => other.message === one.message).length > 1;
    const where = (one) => [one.places > 1 && `${commas(one.places)}\u00a0places`, twice(one) && `in ${one.table}`].filter(Boolean).join(" ");
    const lines = errors.slice(0, 10).map((one) => ({ words: one.message + (where(one) ? ` (${where(one)})` : "") }));
    if (errors.length > 10) lines.push({ words: `and ${commas(errors.length - 10)} more kinds, all below` });
    return problems(lines);
  }

  function section(heading, id, inside) {
    const given = { class: "vkpp-section" };
    if (id) given.id = id;
    return el("section", given, el("h3", { class: "govuk-heading-m" }, heading), inside);
  }

  const list = (lines) => el("ul", { class: "govuk-list govuk-list--bullet" }, lines.map((line) => el("li", {}, coded(line))));

  const note = () => el("p", { class: "vkpp-note" }, "Values that could point to a person are masked. Open your own file to see them.");

  function notRun(runs) {
    const stopped = runs.filter((run) => !run.ran).map((run) => `${run.check}: could not run. ${run.why_not}`);
    const spared = runs.filter((run) => run.ran && run.why_not).map((run) => `${run.check}: not applicable. ${run.why_not}`);
    if (!stopped.length && !spared.length) return null;
    // The engine's words name options of the command line.
    const here = (line) =>
      line
        .replace("name them with --benchmark", "choose one above and check again")
        .replace("name them with --national", "use `vkpp check --national`");
    return section("Checks that had nothing to look at, or could not run", "", [list([...stopped, ...spared].map(here))]);
  }

  function whatChecked(edition, files) {
    const row = (words, value) =>
      el(
        "div",
        { class: "govuk-summary-list__row" },
        el("dt", { class: "govuk-summary-list__key" }, words),
        el("dd", { class: "govuk-summary-list__value" }, value),
      );
    const read = files.map((one) => `${one.file}: ${one.encoding}, parted by ${one.delimiter}, headings on line ${one.header}`);
    return el(
      "dl",
      { class: "govuk-summary-list" },
      row("Specification", edition.specification),
      row("Checks", el("code", {}, edition.checks.slice(0, 16))),
      row("Catalogue", el("code", {}, edition.catalogue.slice(0, 16))),
      row("Files", list(read)),
    );
  }

  // Made in the browser: an address of this page's own memory, given up once the file is saved.
  function download(result) {
    const save = () => {
      const made = new Blob([asCsv(result.findings)], { type: "text/csv;charset=utf-8" });
      const link = el("a", { href: URL.createObjectURL(made), download: "findings.csv" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    };
    return el(
      "button",
      { type: "button", class: "govuk-button govuk-button--secondary", "data-download": true, on: { click: save } },
      "Save all findings as CSV",
    );
  }

  // A value that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets do not show.
  function asCsv(findings) {
    const cell = (value) => {
      const text = value === null || value === undefined ? "" : String(value);
      const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
      return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
    };
    const lines = [REPORT.map(([heading]) => heading), ...findings.map((one) => REPORT.map(([, name]) => one[name]))];
    return "\ufeff" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  // The list of findings with its filters and pages, drawn anew at each choice.
  class Listed {
    constructor(findings, checks) {
      this.findings = findings;
      this.chosen = { check: "", severity: "", table: "", order: "" };
      this.page = 1;
      this.below = el("div", { class: "vkpp-findtab" });
      const names = checks.map((one) => [one.check, `${one.check} (${commas(one.places)})`]);
      const tables = Array.from(new Set(findings.map((one) => one.table))).map((name) => [name, capital(name)]);
      this.selects = [
        this.select("check", "Check", [["", "Every check"], ...new Map(names)]),
        this.select("severity", "Kind", [["", "Every kind"], ["error", "Errors only"], ["query", "Queries only"], ["note", "Notes only"]]), // prettier-ignore
        this.select("table", "Table", [["", "Every table"], ...tables]),
        this.select("order", "Order", [["", "As in your file"], ["check", "By check"]]),
      ];
      const row = el("div", { class: "vkpp-filter__row" }, this.selects);
      this.drawn = el("div", {}, el("div", { class: "vkpp-filter" }, row), this.below);
      this.draw();
    }

    select(name, label, options) {
      const drawn = options.map(([value, words]) => el("option", { value }, words));
      const change = (event) => {
        this.chosen[name] = event.target.value;
        this.page = 1;
        this.draw();
      };
      const made = el("select", { class: "govuk-select", id: `filter-${name}`, on: { change } }, drawn);
      return el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label", for: made.id }, label), made);
    }

    only(check) {
      this.chosen = { check, severity: "", table: "", order: "" };
      for (const one of this.selects) {
        const made = one.querySelector("select");
        made.value = this.chosen[made.id.replace("filter-", "")];
      }
      this.page = 1;
      this.draw();
    }

    matching() {
      const { check, severity, table: name, order } = this.chosen;
      const found = this.findings.filter(
        (one) => (!check || one.check === check) && (!severity || one.severity === severity) && (!name || one.table === name),
      );
      return order === "check" ? found.slice().sort((a, b) => before(a.check, b.check)) : found;
    }

    draw() {
      const found = this.matching();
      const last = Math.max(1, Math.ceil(found.length / SIZE));
      this.page = Math.min(Math.max(1, this.page), last);
      const start = SIZE * (this.page - 1);
      const rows = found.slice(start, start + SIZE).map((one) => [
        one.file,
        one.row === null || one.row === undefined ? "" : String(one.row),
        one.column,
        one.value ? el("code", {}, one.value) : "",
        coded(one.message),
        coded(one.fix),
      ]);
      const headings = ["File", "Row in file", "Column", "Value", "What is wrong", "How to fix it"];
      const columns = headings.map((heading) => ({ heading, numeric: heading === "Row in file" }));
      const where = this.chosen.order === "check" ? "by check" : "in the order of your file";
      const shown = found.length ? `${commas(start + 1)} to ${commas(Math.min(start + SIZE, found.length))} of ${commas(found.length)}` : "none";
      const empty = el("p", { class: "govuk-body" }, this.findings.length ? "No finding matches. Take a filter away." : "There is no finding.");
      this.below.replaceChildren(found.length ? table(`Findings ${shown}, ${where}`, columns, rows) : empty, this.pages(last));
    }

    pages(last) {
      if (last < 2) return "";
      const turn = (words, by) => {
        const click = () => {
          this.page += by;
          this.draw();
          this.drawn.scrollIntoView();
        };
        return el("button", { type: "button", class: "govuk-button govuk-button--secondary", on: { click } }, words);
      };
      return el(
        "nav",
        { class: "govuk-button-group", "aria-label": "Findings" },
        this.page > 1 ? turn("Previous", -1) : null,
        el("p", { class: "govuk-body vkpp-pages", role: "status" }, `Page ${commas(this.page)} of ${commas(last)}`),
        this.page < last ? turn("Next", 1) : null,
      );
    }
  }

  // Files that could not be read: each in words, and every line that broke one.
  function unreadable(troubles) {
    const faults = troubles.flatMap((one) => one.findings);
    const rows = faults.slice(0, 1000).map((one) => [one.file, one.row ? String(one.row) : "", coded(one.message), coded(one.fix)]);
    const columns = ["File", "Line", "What is wrong", "How to fix it"].map((heading) => ({ heading, numeric: heading === "Line" }));
    const caption = rows.length < faults.length ? `The first ${commas(rows.length)} of ${commas(faults.length)} lines` : "Lines to fix";
    return el(
      "div",
      {},
      problems(troubles.map((one) => ({ words: one.words }))),
      el("h2", { class: "govuk-heading-l", id: "verdict", tabindex: "-1" }, `${counted(troubles.length, "file")} could not be read, so nothing was checked`),
      rows.length ? table(caption, columns, rows) : null,
    );
  }

  return { el, problems, results, unreadable, counted };
})();
