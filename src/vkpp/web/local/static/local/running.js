// The worker: DuckDB beside our own reading, in one thread that the page does not wait in. It is handed bytes and the checks,
// and hands back findings. It asks nobody for anything once DuckDB is there.
var vkpp = vkpp || {};
vkpp.running = (function () {
  "use strict";
  const { Problem } = vkpp.words;
  const SETTINGS = [
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET default_null_order = 'nulls_last'",
    "SET memory_limit = '1500MB'",
  ];

  // DuckDB's own worker script takes messages and answers by messages; both ends are held here, in the same thread.
  const take = self.onmessage;
  const answer = self.postMessage.bind(self);
  const waiting = new Map();
  let asked = 0;
  self.postMessage = function (said) {
    const one = said && waiting.get(said.requestId);
    if (!one || said.type === "LOG" || said.type === "INSTANTIATE_PROGRESS" || said.type === "PROGRESS_UPDATE") return;
    waiting.delete(said.requestId);
    if (said.type === "ERROR") one.no(new Error(said.data.message || String(said.data)));
    else one.yes(said.data);
  };

  function duck(type, data) {
    const messageId = ++asked;
    return new Promise((yes, no) => {
      waiting.set(messageId, { yes, no });
      Promise.resolve(take({ data: { messageId, type, data } })).catch(no);
    });
  }

  let database = null;

  // `wasm`: the packed bytes of DuckDB.
  function opened(wasm) {
    database = database || open(wasm);
    return database;
  }

  async function open(wasm) {
    const unpacked = new Blob([wasm]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = await new Response(unpacked).arrayBuffer();
    const outside = self.fetch;
    self.fetch = async () => new Response(bytes, { headers: { "Content-Type": "application/wasm" } });
    try {
      await duck("INSTANTIATE", ["data:,duckdb", null]); // an address for the name's sake: the bytes are here
    } finally {
      self.fetch = outside;
    }
    await duck("OPEN", { path: ":memory:", query: {} });
    const connection = await duck("CONNECT", null);
    for (const setting of SETTINGS) await duck("RUN_QUERY", [connection, setting]);
    return connection;
  }

  const sql = (connection, text) => duck("RUN_QUERY", [connection, text]);
  const named = (name) => '"' + name.replaceAll('"', '""') + '"';

  // Staged text into a table of texts; the count of its rows must be the reader's own.
  async function keep(connection, name, table, pieces, records) {
    const encoder = new TextEncoder();
    const encoded = pieces.map((piece) => encoder.encode(piece));
    const size = encoded.reduce((sum, piece) => sum + piece.length, 0);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const piece of encoded) {
      bytes.set(piece, at);
      at += piece.length;
    }
    await duck("REGISTER_FILE_BUFFER", [`${name}.csv`, bytes]);
    const columns = ["'_file': 'VARCHAR'", "'_record': 'BIGINT'", "'_line': 'BIGINT'"];
    for (const field of table.fields) columns.push(`'${field.name.replaceAll("'", "''")}': 'VARCHAR'`);
    const options = "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = ''";
    // DuckDB sets aside many times the longest line; what it cannot hold below 2 GB it loses. So it is told how long lines are.
    const longest = Math.max(65536, 3 * pieces.longest);
    const limits = `max_line_size = ${longest}, buffer_size = ${Math.max(1 << 22, 4 * longest)}, parallel = false`;
    const read = `read_csv('${name}.csv', ${options}, ${limits}, columns = {${columns.join(", ")}})`;
    await sql(connection, `CREATE OR REPLACE TABLE ${named(name)} AS SELECT * FROM ${read}`);
    await duck("DROP_FILE", `${name}.csv`);
    const [{ n }] = await rows(connection, `SELECT count(*) AS n FROM ${named(name)}`);
    if (Number(n) !== records) {
      throw new Problem(`The engine holds ${n} records where the reader counted ${records}.`, {
        expected: "the same number from both",
        next_step: "check these files with `vkpp check`, and tell the maintainers",
      });
    }
  }

  // The answer to a question as objects of texts; what is empty is null.
  async function rows(connection, text) {
    await sql(connection, `COPY (${text}) TO 'answer.csv' (FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"')`);
    const bytes = await duck("COPY_FILE_TO_BUFFER", "answer.csv");
    await duck("DROP_FILE", "answer.csv");
    const [names, ...records] = parsed(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    return records.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i]])));
  }

  // Records of cells, of CSV as DuckDB writes it and as the reading stages it.
  function parsed(text) {
    const records = [];
    let at = 0;
    while (at < text.length) {
      const cells = [];
      for (;;) {
        let cell;
        if (text[at] === '"') {
          let end = at + 1;
          while ((end = text.indexOf('"', end)) >= 0 && text[end + 1] === '"') end += 2;
          cell = text.slice(at + 1, end).replaceAll('""', '"');
          at = end + 1;
        } else {
          const comma = text.indexOf(",", at);
          const line = text.indexOf("\n", at);
          const stop = comma < 0 || (line >= 0 && line < comma) ? line : comma;
          cell = text.slice(at, stop < 0 ? text.length : stop);
          at = stop < 0 ? text.length : stop;
        }
        cells.push(cell === "" ? null : cell);
        if (text[at] !== ",") break;
        at++;
      }
      at++;
      records.push(cells);
    }
    return records;
  }

  // One file read: what it is, and its records as staged text in pieces, with the length of the longest record.
  function staging(name, bytes, table, number) {
    const pieces = Object.assign([], { longest: 0 });
    const one = vkpp.reading.read(name, bytes, table, number, (piece, longest) => {
      pieces.push(piece);
      pieces.longest = longest;
    });
    return { one, pieces };
  }

  // Reads every file before it complains, so that all troubles are told at once.
  function readAll(files, tables, tell) {
    const staged = [];
    const troubles = [];
    const texts = new Map();
    files.forEach(({ name, table, bytes }) => {
      tell(`Reading ${name}`);
      try {
        const { one, pieces } = staging(name, bytes, tables.get(table), staged.length);
        staged.push(one);
        const before = texts.get(table) || Object.assign([], { longest: 0 });
        const longest = Math.max(before.longest, pieces.longest);
        texts.set(table, Object.assign(before.concat(pieces), { longest }));
      } catch (trouble) {
        if (!(trouble instanceof Problem)) throw trouble;
        troubles.push({ file: name, words: trouble.sentences, findings: trouble.findings });
      }
    });
    return { staged, troubles, texts };
  }

  const prefix = (name) => `records_${name}`.replaceAll("-", "_");

  async function check(asking, tell) {
    const { exported, period, nation, wasm } = asking;
    const tables = new Map(exported.tables.map((table) => [table.name, vkpp.reading.prepared(table)]));
    const { staged, troubles, texts } = readAll(asking.files, tables, tell);
    if (troubles.length) return { troubles };
    tell("Starting DuckDB in this browser");
    const connection = await opened(wasm);
    for (const [name, pieces] of texts) {
      const records = staged.filter((one) => one.table === name).reduce((sum, one) => sum + one.records, 0);
      await keep(connection, prefix(name), tables.get(name), pieces, records);
    }
    const earlier = await keepEarlier(connection, asking, tables, exported);
    tell("Checking");
    const ask = (question, given) => answered(connection, question, given);
    const result = await new vkpp.judging.Checking(exported, staged, ask, { period, nation, earlier }).result();
    for (const name of texts.keys()) await sql(connection, `DROP TABLE ${named(prefix(name))} CASCADE`);
    return { ...result, sums: result.sums.map((sum) => vkpp.reading.sentence(sum)), facts: staged.map(factsOf), troubles };
  }

  const factsOf = (one) => ({ file: one.file, table: one.table, records: one.records, ...one.facts });

  async function answered(connection, question, given) {
    for (const [view, table] of question.views) {
      const from = (given.isEarlier ? "earlier_" : "") + prefix(table);
      await sql(connection, `CREATE OR REPLACE VIEW ${named(view)} AS SELECT * FROM ${named(from)}`);
    }
    const { start, end } = given.period || { start: "0001-01-01", end: "0001-01-01" };
    const text = question.sql.replaceAll("{period_start}", start).replaceAll("{period_end}", end);
    return rows(connection, text);
  }

  // An earlier return to compare with, of the tables that are compared.
  async function keepEarlier(connection, asking, tables, exported) {
    if (!asking.earlier || !asking.earlier.length) return false;
    for (const { name, table, bytes } of asking.earlier) {
      const { one, pieces } = staging(name, bytes, tables.get(table), 0);
      await keep(connection, `earlier_${prefix(table)}`, tables.get(table), pieces, one.records);
    }
    return true;
  }

  // Without DuckDB: what a file is, for tests of the reading alone.
  function readOne({ name, table, bytes, exported }) {
    const of = vkpp.reading.prepared(exported.tables.find((one) => one.name === table));
    try {
      const { one, pieces } = staging(name, bytes, of, 0);
      return { ...one, sentence: vkpp.reading.sentence(one.reconciliation), rows: parsed(pieces.join("")) };
    } catch (trouble) {
      if (!(trouble instanceof Problem)) throw trouble;
      return { trouble: trouble.sentences, findings: trouble.findings };
    }
  }

  self.onmessage = async (event) => {
    const { id, type, asking } = event.data;
    const tell = (words) => answer({ id, type: "progress", words });
    try {
      const result = type === "read" ? readOne(asking) : await check(asking, tell);
      answer({ id, type: "result", result });
    } catch (trouble) {
      const words = trouble instanceof Problem ? trouble.sentences : String((trouble && trouble.message) || trouble);
      answer({ id, type: "broken", words });
    }
  };
})();
