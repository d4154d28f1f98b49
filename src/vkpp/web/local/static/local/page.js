// The page: chooses files and a period, hands both to the worker, and shows what it finds. Where the parts come from (this
// site, or the one file that was saved) is said by `vkpp.embedded` and by the page's own mark; nothing goes the other way.
var vkpp = vkpp || {};
vkpp.page = (function () {
  "use strict";
  const { Problem, commas } = vkpp.words;
  const { el, problems, results, unreadable } = vkpp.drawing;
  const FORMAT = 1;
  const MOST = 200 * 1024 * 1024; // bytes together: what the service takes as an upload, and about what a browser's memory bears

  const place = document.getElementById("local-check");
  if (place) start(place);

  const calm = (title) => title.replace(/^Error: /, "");

  // The page's title and the focus say that something is wrong, as on a page that the service sent.
  function alarm(summary) {
    document.title = "Error: " + calm(document.title);
    summary.focus();
  }

  async function start(home) {
    if (!("DecompressionStream" in window) || !("WebAssembly" in window) || !("Worker" in window)) {
      home.append(el("p", { class: "govuk-inset-text" }, "This browser is too old to check files by itself. Use a newer one, or one of the other ways below."));
      return;
    }
    document.querySelectorAll("[data-plain]").forEach((one) => one.remove());
    const parts = vkpp.embedded ? embedded(vkpp.embedded) : served(home);
    try {
      const exported = await parts.checks();
      if (exported.format !== FORMAT) throw new Error("The checks are of another version than this page. Load the page again.");
      new Form(home, exported, parts);
    } catch (trouble) {
      home.append(problems([{ words: `The checks could not be loaded: ${trouble.message} Load the page again.` }]));
      alarm(home.lastChild);
    }
  }

  // From the site: three files, asked for by their names alone.
  function served(home) {
    const bytes = async (address) => {
      let answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
      for (let asked = 0; answer.status === 503 && asked < 24; asked++) { // another asker has them made at this moment
        await new Promise((resolve) => setTimeout(resolve, 5000));
        answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
      }
      if (!answer.ok) throw new Error(`the site answered ${answer.status}.`);
      return answer;
    };
    return {
      checks: async () => (await bytes(home.dataset.checks)).json(),
      wasm: async () => (await bytes(home.dataset.wasm)).arrayBuffer(),
      worker: () => new Worker(home.dataset.worker),
    };
  }

  // From the saved file itself: no address is asked for at all.
  function embedded(inside) {
    const unpacked = () => Uint8Array.from(atob(inside.wasm), (c) => c.charCodeAt(0)).buffer;
    return {
      checks: async () => inside.checks,
      wasm: async () => unpacked(),
      worker: () => new Worker(URL.createObjectURL(new Blob([inside.worker], { type: "text/javascript" }))),
    };
  }

  class Form {
    constructor(home, exported, parts) {
      Object.assign(this, { exported, parts, worker: null });
      this.inputs = exported.tables.map((table) => ({ table, input: chooser(`files-${table.name}`) }));
      this.compared = comparedTable(exported);
      this.earlier = this.compared && chooser("earlier");
      this.period = el("input", { class: "govuk-input govuk-input--width-10", id: "period", type: "text", autocomplete: "off", spellcheck: "false" });
      this.button = el("button", { class: "govuk-button", type: "submit" }, "Check on this computer");
      this.status = el("p", { class: "govuk-body", role: "status" });
      this.trouble = el("div", {});
      this.found = el("div", { class: "local-found" });
      const form = el("form", { class: "vkpp-measure", novalidate: true, on: { submit: (event) => this.submit(event) } }, this.fields());
      home.append(this.trouble, form, this.status, this.found);
    }

    fields() {
      const several = this.exported.tables.length > 1;
      const files = this.inputs.map(({ table, input }) =>
        group(input, several ? `${table.title} (CSV)` : "The file (CSV)", several ? "" : "One file or several of the same table."),
      );
      const hint = "For example FY2024-25Q3 or CY2024. Without it, checks that look at the period have nothing to look at.";
      const compare = "Your force’s last return of this table. With it, counts that changed a great deal are found too.";
      return [
        ...files,
        this.exported.dated ? group(this.period, "Period of the return", hint) : null,
        this.earlier ? group(this.earlier, `An earlier return: ${this.compared.title} (CSV, optional)`, compare) : null,
        this.button,
      ];
    }

    async submit(event) {
      event.preventDefault();
      document.title = calm(document.title);
      this.trouble.replaceChildren();
      this.found.replaceChildren();
      let asking;
      try {
        asking = this.asked();
      } catch (trouble) {
        if (!(trouble instanceof Problem)) throw trouble;
        this.complain([{ words: trouble.sentences, at: trouble.at }]);
        return;
      }
      this.button.disabled = true;
      try {
        const result = await this.check(asking);
        this.found.replaceChildren(result.troubles.length ? unreadable(result.troubles) : results(result, this.exported.edition));
        document.getElementById("verdict").focus();
        this.status.textContent = "";
      } catch (trouble) {
        this.status.textContent = "";
        this.complain([{ words: trouble.message }]);
      } finally {
        this.button.disabled = false;
      }
    }

    complain(lines) {
      this.trouble.replaceChildren(problems(lines));
      alarm(this.trouble.firstChild);
    }

    asked() {
      const files = this.inputs.flatMap(({ table, input }) => Array.from(input.files, (file) => ({ table: table.name, file })));
      const absent = this.inputs.filter(({ input }) => !input.files.length);
      if (absent.length) {
        const names = this.exported.tables.map((table) => table.name).join(", ");
        throw Object.assign(
          new Problem(`No file was given for ${absent.map(({ table }) => table.name).join(", ")}.`, {
            expected: `a file for each table of ${this.exported.collection}: ${names}`,
            next_step: "choose the file that is missing",
          }),
          { at: `#${absent[0].input.id}` },
        );
      }
      const earlier = this.earlier ? Array.from(this.earlier.files, (file) => ({ table: this.compared.name, file })) : [];
      const size = [...files, ...earlier].reduce((sum, { file }) => sum + file.size, 0);
      if (size > MOST) {
        throw new Problem(`These files have ${commas(Math.ceil(size / 1048576))} MB together.`, {
          expected: "at most 200 MB: a browser has no memory for more",
          next_step: "check them with `vkpp check`, which has no such limit",
        });
      }
      return { files, earlier: earlier.slice(0, 1), period: this.periodGiven() };
    }

    periodGiven() {
      const text = this.period.value.trim();
      if (!text) return null;
      try {
        return vkpp.periods.parsed(text);
      } catch (trouble) {
        throw Object.assign(trouble, { at: "#period" });
      }
    }

    async check({ files, earlier, period }) {
      this.status.textContent = this.worker ? "Reading your files" : "Loading DuckDB (8 MB, once)";
      this.wasm = this.wasm || (await this.parts.wasm());
      const read = async ({ table, file }) => ({ table, name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
      const asking = { exported: this.exported, period, wasm: this.wasm, nation: null };
      asking.files = await Promise.all(files.map(read));
      asking.earlier = await Promise.all(earlier.map(read));
      return this.inWorker(asking);
    }

    inWorker(asking) {
      this.worker = this.worker || this.parts.worker();
      const ended = () => {
        if (this.worker) this.worker.terminate();
        this.worker = null;
      };
      return new Promise((yes, no) => {
        const broken = (words) => {
          ended();
          no(new Error(`${words} Nothing was sent. Check these files with \`vkpp check\`, or try again with fewer of them.`));
        };
        this.worker.onerror = (event) => broken(`The check stopped: ${event.message || "the browser ended it"}.`);
        this.worker.onmessage = ({ data }) => {
          if (data.type === "progress") this.status.textContent = data.words;
          else if (data.type === "result") yes(data.result);
          else broken(`The check stopped: ${data.words}.`);
        };
        this.worker.postMessage({ id: 1, type: "check", asking });
      });
    }
  }

  const chooser = (id) =>
    el("input", { class: "govuk-file-upload", id, type: "file", multiple: id !== "earlier", accept: ".csv,.txt,.tsv,text/csv,text/plain" });

  function group(input, label, hint) {
    if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
    return el(
      "div",
      { class: "govuk-form-group" },
      el("label", { class: "govuk-label govuk-label--s", for: input.id }, label),
      hint ? el("div", { class: "govuk-hint", id: `${input.id}-hint` }, hint) : null,
      input,
    );
  }

  // The table that a check sets beside an earlier return, where there is one.
  function comparedTable(exported) {
    const check = exported.checks.find((one) => one.operator === "changed_by_at_most");
    return check && exported.tables.find((table) => table.name === check.table);
  }

  return {};
})();
