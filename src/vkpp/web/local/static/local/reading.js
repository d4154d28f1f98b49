// A text file to records, line by line, as engine/reading reads it: layout, headings, faults, and the count of lines as a
// witness. What is staged is CSV again, of one fixed shape, for DuckDB.
var vkpp = vkpp || {};
vkpp.reading = (function () {
  "use strict";
  const { Problem, commas, quoted } = vkpp.words;
  const { folded, matched, nearest, score } = vkpp.headings;
  const { breaks, decoded, refuseOthers } = vkpp.encodings;

  const DELIMITERS = [",", ";", "\t", "|"];
  const NAMES = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar" };
  const HEAD = 1 << 20;
  const CELL = 1 << 20;
  const HEADER_ROWS = 50;
  const COLUMNS = 1000;
  const FAULTS = 100000; // listed one by one; more are counted
  const PIECE = 1 << 22; // characters of staged text handed on at a time
  const FIXES = {
    "file-too-few-fields": "Add the missing cells or delimiters, so that the record has as many cells as the header.",
    "file-too-many-fields": "Put quotes around a cell that holds the delimiter, or remove the cells beyond the last heading.",
    "file-stray-quote": "Put the whole cell in quotes and double each quote inside it.",
    "file-unclosed-quote": "Close the quote on this line, or remove it.",
    "file-nul": "Export the table again: a text file holds no NUL bytes.",
    "file-undecodable": "Save the whole file in one encoding, best UTF-8.",
    "file-cell-too-long": "Shorten the cell, or close a quote that was left open.",
  };

  // Where the line that begins at a place ends, its line end included. What was found is remembered while places rise.
  function lineEnds(text) {
    let lf = -2;
    let cr = -2;
    let last = 0;
    return (at) => {
      if (at < last) lf = cr = -2;
      last = at;
      if (lf !== -1 && lf < at) lf = text.indexOf("\n", at);
      if (cr !== -1 && cr < at) cr = text.indexOf("\r", at);
      if (cr < 0 || (lf >= 0 && lf < cr)) return lf < 0 ? text.length : lf + 1;
      return text[cr + 1] === "\n" ? cr + 2 : cr + 1;
    };
  }

  const ending = (line) => (line.endsWith("\r\n") ? 2 : line.endsWith("\n") || line.endsWith("\r") ? 1 : 0);

  // Splits one record that may grow by a line while a quote is open.
  class Splitter {
    constructor(text, from, dialect) {
      Object.assign(this, { whole: text, from, ...dialect, text: "", cells: [], start: 0, sought: -1 });
    }

    grow(until) {
      const { delimiter, quote } = this;
      this.text = this.whole.slice(this.from, until);
      const end = this.text.length - ending(this.text);
      for (;;) {
        if (this.sought < 0 && this.start < end && this.text[this.start] === quote) this.sought = this.start + 1;
        let stop;
        if (this.sought < 0) {
          stop = this.text.indexOf(delimiter, this.start);
          if (stop < 0 || stop > end) stop = end;
          const cell = this.text.slice(this.start, stop);
          const stray = cell.indexOf(quote);
          if (stray >= 0) return { fault: "stray", at: this.start + stray };
          this.cells.push(cell);
        } else {
          const closing = this.closing();
          if (closing < 0) return { fault: "open", at: this.start };
          stop = closing + 1;
          if (stop < end && this.text[stop] !== delimiter) return { fault: "stray", at: this.start };
          this.cells.push(this.text.slice(this.start + 1, closing).replaceAll(quote + quote, quote));
          this.sought = -1;
        }
        if (stop >= end) return { fault: "", at: 0 };
        this.start = stop + 1;
      }
    }

    closing() {
      let at;
      while ((at = this.text.indexOf(this.quote, this.sought)) >= 0) {
        if (this.text[at + 1] !== this.quote) return at;
        this.sought = at + 2;
      }
      this.sought = this.text.length;
      return -1;
    }
  }

  // The layout under which a row matches most headings.
  function findLayout(text, table, file) {
    const head = text.slice(0, HEAD);
    let best = null;
    for (const dialect of dialects(head)) {
      const found = header(head, dialect, table.names);
      const better = found && best && (found.matched - best.matched || found.alike - best.alike);
      if (found && (!best || better > 0)) best = found;
    }
    if (!best || best.matched < Math.min(2, table.fields.length)) throw noHeader(head, table, file);
    return best;
  }

  function* dialects(head) {
    const there = DELIMITERS.filter((one) => head.includes(one));
    const absent = DELIMITERS.filter((one) => !head.includes(one)).slice(0, 1);
    for (const quote of head.includes("'") ? ["'", '"'] : ['"']) {
      for (const delimiter of [...there, ...absent]) yield { delimiter, quote };
    }
  }

  function header(head, dialect, names) {
    let best = null;
    const widths = [];
    let [notes, blanks, at, line] = [0, 0, 0, 0];
    while (at < head.length && notes + blanks < HEADER_ROWS) {
      const [cells, end] = row(head, at, dialect);
      const shown = cells.slice(0, COLUMNS + 1);
      const plausible = dialect.quote !== "'" || head[at] === "'";
      const found = plausible ? score(shown, names) : 0;
      const inside = breaks(head.slice(at, end).replace(/[\r\n]+$/, ""));
      if (found && (!best || found > best.matched)) {
        best = { ...dialect, matched: found, cells: shown, line: line + 1, inside, notes, blanks, body: end };
      }
      widths.push(cells.length);
      if (cells.some((cell) => /[^ \t\n\r\v\f]/.test(cell))) notes += 1 + inside;
      else blanks += 1;
      line += 1 + inside;
      at = end;
    }
    return best && { ...best, alike: widths.filter((width) => width === best.cells.length).length };
  }

  // Cells and end of the row that starts at a place; one with quotes astray is its first line, split plainly.
  function row(head, at, dialect) {
    const splitter = new Splitter(head, at, dialect);
    const ends = lineEnds(head);
    const first = ends(at);
    let end = first;
    let result = splitter.grow(end);
    while (result.fault === "open" && splitter.text.length <= 65536 && end < head.length) {
      end = ends(end);
      result = splitter.grow(end);
    }
    if (!result.fault) return [splitter.cells, end];
    return [head.slice(at, first).replace(/[\r\n]+$/, "").split(dialect.delimiter), first];
  }

  function noHeader(head, table, file) {
    const first = head.slice(0, 65536).split(/[\r\n]+/).map((line) => line.replace(/^[ \t\v\f]+|[ \t\v\f]+$/g, "")).find((line) => line);
    const line = first || "";
    const shown = line.length <= 120 ? line : line.slice(0, 120) + "…";
    const titles = table.fields.map((field) => field.title);
    const words = [",", ";", "\t", "|"]
      .filter((delimiter) => line.includes(delimiter))
      .flatMap((delimiter) => line.slice(0, 2000).split(delimiter))
      .map((word) => word.replace(/^[ "']+|[ "']+$/g, ""))
      .slice(0, 60);
    const near = words
      .map((word) => [word, word && nearest(word, titles)])
      .filter(([, found]) => found)
      .map(([word, found]) => `${quoted(word)} is near ${quoted(found)}`)
      .slice(0, 3);
    const message = `${file} has no row of headings for the table ${quoted(table.title)}. The first line reads: ${quoted(shown)}.`;
    return new Problem(message, {
      where: `${file}, the first rows`,
      expected: "a row with the headings " + titles.slice(0, 8).join(", ") + (titles.length > 8 ? ", ..." : ""),
      next_step: "put the headings of the specification in the first row" + (near.length ? ` (${near.join("; ")})` : ""),
    });
  }

  // One file as records. `number` is the file's place in the delivery; `take` is given staged text, piece by piece.
  function read(file, bytes, table, number, take) {
    refuseOthers(bytes, file);
    const seen = decoded(bytes);
    const layout = findLayout(seen.text, table, file);
    if (layout.cells.length > COLUMNS) throw tooWide(file);
    const columns = matched(layout.cells, table, file, layout.line);
    const records = new Records(seen, layout, columns, table, number, take);
    records.read();
    if (records.faults.length) throw structural(records, file, table.name);
    if (!records.count) throw nothingBelow(file, layout);
    const sum = reconciled(seen.text, layout, records, file, table.name);
    return {
      table: table.name,
      file,
      records: records.count,
      missing: columns.missing,
      findings: [...columns.findings, ...records.findings(file)],
      reconciliation: sum,
      facts: { encoding: seen.encoding, delimiter: NAMES[layout.delimiter], header: layout.line },
    };
  }

  class Records {
    constructor(seen, layout, columns, table, number, take) {
      Object.assign(this, { text: seen.text, layout, columns, table, number, take });
      this.places = table.fields.map((field) => columns.columns.get(field.name));
      this.headings = Array.from(columns.columns.values(), (at) => [at, layout.cells[at]]);
      this.faults = [];
      this.dropped = 0;
      seen.faults.forEach((fault) => this.fault(fault));
      Object.assign(this, { count: 0, blanks: 0, inside: 0, empty: 0, repeated: [], suspects: [] });
      this.untitled = new Map();
      this.staged = [];
      this.size = 0;
      this.longest = 0; // characters of a record as staged
    }

    fault(one) {
      if (this.faults.length < FAULTS) this.faults.push(one);
      else this.dropped++;
    }

    read() {
      const { text, layout, columns } = this;
      const ends = lineEnds(text);
      const width = columns.width;
      let line = layout.notes + layout.blanks + 1 + layout.inside + 1;
      let at = layout.body;
      while (at < text.length) {
        const end = ends(at);
        const raw = text.slice(at, end);
        const body = raw.slice(0, raw.length - ending(raw));
        if (this.isBlank(body, width)) {
          this.blanks++;
          this.empty += body.includes(layout.delimiter) ? 1 : 0;
        } else {
          const cells = this.plain(body, width);
          if (cells) this.record(cells, line, 1);
          else {
            const [lines, stop] = this.careful(at, end, ends, line);
            line += lines - 1;
            at = stop;
            line++;
            continue;
          }
        }
        line++;
        at = end;
      }
      this.hand();
    }

    isBlank(body, width) {
      if (!body) return true;
      if (width <= 1) return false;
      const { delimiter } = this.layout;
      if (body.includes(delimiter)) return body.length === width - 1 && body === delimiter.repeat(width - 1);
      return !/[^ \t\n\r\v\f]/.test(body);
    }

    plain(body, width) {
      if (body.includes(this.layout.quote) || body.includes("\0") || body.length > CELL) return null;
      const cells = body.split(this.layout.delimiter);
      return cells.length === width ? cells : null;
    }

    // A record with quotes or with a fault: how many lines it takes up, and where the next one starts.
    careful(start, firstEnd, ends, line) {
      const splitter = new Splitter(this.text, start, this.layout);
      const stops = [firstEnd];
      let result = splitter.grow(firstEnd);
      while (result.fault === "open") {
        const last = stops[stops.length - 1];
        if (splitter.text.length > CELL + result.at || last >= this.text.length) break;
        stops.push(ends(last));
        result = splitter.grow(stops[stops.length - 1]);
      }
      const [fault, lines] = this.faultOf(splitter, result, line, stops.length);
      if (fault) this.fault(fault);
      else {
        if (lines > 2) this.lookalikes(line, splitter.text);
        this.record(splitter.cells, line, lines);
      }
      return [lines, stops[lines - 1]];
    }

    faultOf(splitter, result, line, lines) {
      const { text, cells } = splitter;
      const width = this.columns.width;
      const opened = result.fault === "open" || (result.fault === "stray" && lines > 1);
      if (opened || (cells.length !== width && lines > 1 && !result.fault && this.swallows(text, width))) {
        const before = breaks(text.slice(0, result.at));
        const where = opened ? `in cell ${cells.length + 1}` : "on this line";
        const message = `a quote opened ${where} is not closed where the cell ends`;
        return [{ check: "file-unclosed-quote", line: line + before, message }, before + 1];
      }
      if (text.includes("\0")) {
        const before = breaks(text.slice(0, text.indexOf("\0")));
        return [{ check: "file-nul", line: line + before, message: "a NUL byte" }, before + 1];
      }
      if (result.fault) {
        const message = `a quote in cell ${cells.length + 1} that does not enclose the cell`;
        return [{ check: "file-stray-quote", line, message }, 1];
      }
      return [this.wrongCells(cells, width, line), lines];
    }

    swallows(text, width) {
      const first = text.split(/[\r\n]/, 1)[0];
      const { quote, delimiter } = this.layout;
      return (first.split(quote).length - 1) % 2 === 1 && first.split(delimiter).length === width;
    }

    wrongCells(cells, width, line) {
      if (cells.length !== width) {
        const check = cells.length < width ? "file-too-few-fields" : "file-too-many-fields";
        return { check, line, message: `${commas(cells.length)} cells where the header has ${commas(width)}` };
      }
      const longest = Math.max(0, ...cells.filter((cell) => cell.length * 3 > CELL).map(utf8Length));
      if (longest <= CELL) return null;
      const message = `a cell of ${commas(longest)} bytes; at most ${commas(CELL)} are read`;
      return { check: "file-cell-too-long", line, message };
    }

    // Whole lines inside one quoted cell that look like records of their own.
    lookalikes(line, raw) {
      const { quote, delimiter } = this.layout;
      const width = this.columns.width;
      if (width <= 2) return;
      let at = 0;
      while ((at = raw.indexOf(quote, at)) >= 0) {
        let end = at + 1;
        while ((end = raw.indexOf(quote, end)) >= 0 && raw[end + 1] === quote) end += 2;
        const inner = raw.slice(at + 1, end).split(/\r\n|\r|\n/);
        const place = line + breaks(raw.slice(0, at + 1));
        inner.slice(1, -1).forEach((part, i) => {
          if (part.split(delimiter).length === width && !part.includes(quote)) this.suspects.push(place + i + 1);
        });
        at = end + 1;
      }
    }

    record(cells, line, lines) {
      this.count++;
      this.inside += lines - 1;
      if (this.faults.length) return;
      for (const at of this.columns.untitled) if (cells[at] && !this.untitled.has(at)) this.untitled.set(at, line);
      if (this.headings.every(([at, heading]) => cells[at] === heading)) this.repeated.push([line, this.count]);
      let out = `${this.number},${this.count},${line}`;
      for (const at of this.places) {
        const cell = at === undefined ? "" : cells[at];
        out += cell === "" ? "," : ',"' + (cell.includes('"') ? cell.replaceAll('"', '""') : cell) + '"';
      }
      this.staged.push(out);
      if (out.length > this.longest) this.longest = out.length;
      this.size += out.length + 1;
      if (this.size > PIECE) this.hand();
    }

    hand() {
      if (this.staged.length && !this.faults.length) this.take(this.staged.join("\n") + "\n", this.longest);
      this.staged = [];
      this.size = 0;
    }

    findings(file) {
      const of = (check, severity, message, fix, more) => ({
        check, severity, message, fix, file, table: this.table.name, ...more, // prettier-ignore
      });
      const found = [];
      if (this.layout.notes) {
        const words = `${commas(this.layout.notes)} lines of notes stand above the headings; they were not read.`;
        found.push(of("file-notes-above", "note", words, "Leave out what is above the headings.", { row: 1 }));
      }
      if (this.empty) {
        const words = `${commas(this.empty)} rows hold delimiters and no value; they were counted as blank.`;
        found.push(of("file-empty-rows", "note", words, "Delete empty rows before exporting."));
      }
      for (const [row, record] of this.repeated) {
        const words = `Line ${commas(row)} repeats the headings: tables seem to be stacked.`;
        found.push(of("file-repeated-header", "error", words, "Send one table with one header.", { row, record }));
      }
      for (const row of this.suspects) {
        const words =
          `Line ${commas(row)} stands inside a quoted cell and looks like a record: a quote above it may have been left open.`;
        const fix = "Close the quote above this line, or confirm that the cell holds these lines.";
        found.push(of("file-swallowed-line", "error", words, fix, { row }));
      }
      for (const [at, row] of Array.from(this.untitled).sort((a, b) => a[0] - b[0])) {
        const words = `Column ${at + 1} has no heading, and holds values from line ${commas(row)} on; they were not read.`;
        const fix = "Give the column its heading, or check whether cells have moved to the right.";
        found.push(of("file-values-without-heading", "error", words, fix, { row }));
      }
      return found;
    }
  }

  const utf8Length = (text) => new TextEncoder().encode(text).length;

  function tooWide(file) {
    return new Problem(`${file} has more than ${commas(COLUMNS)} columns.`, {
      where: `${file}, header`,
      expected: `at most ${commas(COLUMNS)} columns`,
      next_step: "send only the columns of the specification",
    });
  }

  function nothingBelow(file, layout) {
    return new Problem(`${file} has headings on line ${commas(layout.line)} and no record below them.`, {
      where: file,
      expected: "at least one record",
      next_step: "send the records; where there is nothing to report, say so in a nil return",
    });
  }

  function structural(records, file, table) {
    const sorted = records.faults.map((fault, i) => [fault, i]);
    sorted.sort(([a, i], [b, j]) => a.line - b.line || (a.check < b.check ? -1 : a.check > b.check ? 1 : i - j));
    const findings = sorted.map(([{ check, line, message }]) => ({
      check, severity: "error", message, fix: FIXES[check], file, table, row: line, // prettier-ignore
    }));
    if (records.dropped) {
      const message = `${commas(records.dropped)} more structural faults, not listed one by one`;
      const fix = "Correct the listed lines first and send the file again.";
      findings.push({ check: "file-more-faults", severity: "error", message, fix, file, table });
    }
    const first = findings.slice(0, 3).map((one) => (one.row ? `line ${commas(one.row)}: ${one.message}` : one.message));
    const more = findings.length - 3;
    const lines = findings.filter((one) => one.row).slice(0, 10).map((one) => commas(one.row));
    const where = lines.length ? (lines.length === 1 ? "line " : "lines ") + lines.join(", ") : "the whole file";
    return new Problem(`${file} cannot be read as a table: ${first.join("; ")}${more > 0 ? `; and ${commas(more)} more` : ""}.`, {
      where: `${file}, ${where}`,
      expected: "the same number of cells in every record, quotes in pairs, and one encoding throughout",
      next_step: "correct these lines, or export the table again from the source, and send the whole file",
      findings,
    });
  }

  // Lines counted without the reading above: both must agree, or something was lost.
  function reconciled(text, layout, records, file, table) {
    const last = text[text.length - 1];
    const sum = {
      file,
      table,
      physical_lines: breaks(text) + (last && last !== "\n" && last !== "\r" ? 1 : 0),
      header: 1,
      blanks: layout.blanks + records.blanks,
      notes: layout.notes,
      breaks_inside: layout.inside + records.inside,
      records: records.count,
      accepted: records.count,
      rejected: 0,
    };
    if (sum.physical_lines !== sum.header + sum.blanks + sum.notes + sum.breaks_inside + sum.records) {
      throw new Problem(`The counts do not agree, so something would be lost: ${sentence(sum)}`, {
        where: file,
        expected: "lines = header + blank + notes + breaks inside records + records",
        next_step: "send this file to the maintainers: nothing of it was used",
      });
    }
    return sum;
  }

  function sentence(sum) {
    return (
      `${sum.file}: ${commas(sum.physical_lines)} lines = ${commas(sum.header)} header + ${commas(sum.blanks)} blank + ` +
      `${commas(sum.notes)} notes + ${commas(sum.breaks_inside)} breaks inside records + ${commas(sum.records)} records; ` +
      `${commas(sum.records)} records = ${commas(sum.accepted)} accepted + ${commas(sum.rejected)} rejected.`
    );
  }

  // A table of the export, with its headings ready to be looked up.
  function prepared(table) {
    const names = new Map(Object.entries(table.headings));
    return { ...table, names, byName: new Map(table.fields.map((field) => [field.name, field])) };
  }

  return { read, prepared, sentence, folded };
})();
