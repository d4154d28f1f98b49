// Answers of the engine become findings: the bits of a scan, the figures of whole tables, words, order. What
// engine/validation/{checking,expanding,whole_tables,wording}.py do, done again here over the questions that it exported.
var vkpp = vkpp || {};
vkpp.judging = (function () {
  "use strict";
  const { EMPTY, Problem, before, commas, filled, pieces } = vkpp.words;
  const ENOUGH = [10n, 1n];

  // Exact fractions: [numerator, denominator], the denominator above 0.
  function fraction(text) {
    const [, sign, whole, part = "", power = "0"] = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
    const shift = part.length - Number(power);
    const digits = BigInt(sign + whole + part);
    return shift >= 0 ? [digits, 10n ** BigInt(shift)] : [digits * 10n ** BigInt(-shift), 1n];
  }
  const times = (a, b) => [a[0] * b[0], a[1] * b[1]];
  const isLess = (a, b) => a[0] * b[1] < b[0] * a[1];
  const isMore = (a, b) => isLess(b, a);
  const whole = (value) => value[0] / value[1];

  // Python's ":.1%": times 100 in floating point, then rounded half to even.
  function percent(part, total) {
    const value = (Number(part) / Number(total)) * 100;
    const down = Math.floor(value * 10) / 10;
    const tie = value * 10 - Math.floor(value * 10) === 0.5 && Number.isInteger(value * 4);
    const shown = tie ? (Math.floor(value * 10) % 2 ? down + 0.1 : down).toFixed(1) : value.toFixed(1);
    return shown + "%";
  }

  // A sum as people write it: commas, no needless zeros.
  function number(value) {
    const [n, d] = value;
    const sign = n < 0n ? "-" : "";
    const size = n < 0n ? -n : n;
    let rest = "";
    for (let left = (size % d) * 10n; left; left = (left % d) * 10n) rest += String(left / d);
    return sign + commas(size / d) + (rest ? "." + rest : "");
  }

  const length = (text) => (/[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length);

  // Nothing of a personal value is shown but how long it is, in three classes.
  function masked(text, isMasked) {
    if (!text || !isMasked) return text;
    const size = length(text);
    if (size <= 5) return "*** (1 to 5 characters)";
    return size <= 15 ? "*** (6 to 15 characters)" : "*** (more than 15 characters)";
  }

  class Checking {
    // `exported`: the checks; `staged`: what reading gave, in order; `ask(question, kind)`: rows as objects of texts.
    constructor(exported, staged, ask, given) {
      Object.assign(this, { exported, staged, ask, given });
      this.tables = new Map(exported.tables.map((table) => [table.name, table]));
      this.masks = new Map(exported.tables.map((t) => [t.name, new Map(t.fields.map((f) => [f.name, f.masked]))]));
      this.files = new Map(exported.tables.map((t) => [t.name, staged.filter((one) => one.table === t.name)]));
      this.lacking = new Map();
      for (const [name, files] of this.files) this.lacking.set(name, new Set(files.flatMap((one) => one.missing)));
      this.findings = staged.flatMap((one) => one.findings);
      this.couldNot = new Map();
      this.notApplicable = new Map();
      this.counts = new Map();
    }

    async result() {
      const ready = new Set();
      this.exported.checks.forEach((check, number) => {
        if (this.isReady(check)) ready.add(number);
      });
      for (const name of this.tables.keys()) {
        if (!this.files.get(name).length) continue;
        await this.onRecords(name, ready);
        await this.onTable(name, ready);
      }
      this.order();
      return { findings: this.findings, runs: this.exported.checks.map((check) => this.run(check)), sums: this.sums() };
    }

    isReady(check) {
      if (check.could_not) return this.note(this.couldNot, check, check.could_not);
      const needed = [check.table, ...(check.refers ? [check.refers[0]] : [])];
      for (const name of needed) {
        if (this.files.get(name).length) continue;
        const problem = new Problem(`The table ${name} is not in the delivery.`, { next_step: "send it with the others" });
        return this.note(this.couldNot, check, problem.sentences);
      }
      if (check.refers && this.lacking.get(check.refers[0]).has(check.refers[1])) {
        return this.note(this.couldNot, check, `The table ${check.refers[0]} has no column ${check.refers[1]}.`);
      }
      return true;
    }

    note(noted, check, words) {
      const key = this.key(check);
      if (!noted.has(key)) noted.set(key, words);
      return false;
    }

    key(check) {
      return check.id + "\n" + check.table;
    }

    // Files that lack the same columns are one part.
    parts(name) {
      const alike = new Map();
      for (const one of this.files.get(name)) {
        const key = JSON.stringify(Array.from(one.missing).sort());
        if (!alike.has(key)) alike.set(key, []);
        alike.get(key).push(one);
      }
      return Array.from(alike.values());
    }

    hasColumns(check, part) {
      const lacking = check.level === "record" ? new Set(part[0].missing) : this.lacking.get(check.table);
      const absent = check.fields.filter((name) => lacking.has(name));
      if (!absent.length) return true;
      const fields = this.tables.get(check.table).fields.filter((field) => absent.includes(field.name));
      const titles = absent.map((name) => fields.find((field) => field.name === name).title).join(", ");
      const where = Array.from(new Set(part.map((one) => one.file))).sort(before).join(", ");
      if (fields.some((field) => field.required)) {
        return this.note(this.couldNot, check, new Problem(`There is no column ${titles}.`, { where }).sentences);
      }
      const saw = `There is no column ${titles}, which the table may leave out.`;
      return this.note(this.notApplicable, check, new Problem(saw, { where }).sentences);
    }

    hasPeriod(check) {
      if (!check.of_period || this.given.period) return true;
      return this.note(this.notApplicable, check, this.exported.without.period);
    }

    async onRecords(name, ready) {
      const scan = this.exported.scans.find((one) => one.table === name);
      if (!scan) return;
      const runnable = this.parts(name).map((part) => {
        const able = scan.checks.filter((n) => ready.has(n) && this.hasColumns(this.exported.checks[n], part));
        return { part, able: new Set(able.filter((n) => this.hasPeriod(this.exported.checks[n]))) };
      });
      let rows;
      try {
        rows = await this.ask(scan, this.given);
      } catch (trouble) {
        for (const { able } of runnable) able.forEach((n) => this.refused(this.exported.checks[n], trouble));
        return;
      }
      const ableOf = new Map(runnable.flatMap(({ part, able }) => part.map((one) => [String(this.staged.indexOf(one)), able])));
      const masks = Math.ceil(scan.checks.length / scan.bits);
      const bits = rows.map((row) => Array.from({ length: masks }, (_, i) => BigInt(row[`_mask${i}`])));
      scan.checks.forEach((n, place) => {
        const bit = 1n << BigInt(place % scan.bits);
        const at = Math.floor(place / scan.bits);
        const bad = rows.filter((row, i) => bits[i][at] & bit && ableOf.get(row._file).has(n));
        this.expand(this.exported.checks[n], bad);
      });
    }

    refused(check, trouble) {
      this.note(this.couldNot, check, `The engine could not run it: ${String(trouble.message || trouble).split("\n")[0]}`);
    }

    expand(check, rows) {
      const masks = this.masks.get(check.table);
      const message = pieces(check.message);
      const fix = pieces(check.fix);
      for (const row of rows) {
        const text = (name) => masked(row[name], masks.get(name));
        const value = (name) =>
          name === "column" ? check.title : name === "value" ? text(check.column) : text(name);
        this.findings.push({
          check: check.id,
          severity: check.severity,
          file: this.staged[Number(row._file)].file,
          table: check.table,
          row: Number(row._line),
          record: Number(row._record),
          period: check.dated ? text(check.dated) : null,
          column: check.title,
          value: text(check.column),
          message: filled(message, value),
          fix: filled(fix, value),
        });
      }
      this.count(check, rows.length);
    }

    count(check, more) {
      this.counts.set(this.key(check), (this.counts.get(this.key(check)) || 0) + more);
    }

    async onTable(name, ready) {
      const parts = this.parts(name);
      const isAble = (n) => ready.has(n) && parts.every((part) => this.hasColumns(this.exported.checks[n], part));
      const judged = new Map();
      for (const question of this.exported.counts.filter((one) => one.table === name)) {
        const able = question.checks.filter(isAble).filter((n) => this.isGiven(this.exported.checks[n]));
        if (able.length) await this.counted(question, able, judged);
      }
      for (const question of this.exported.codes.filter((one) => one.table === name)) {
        if (isAble(question.check)) await this.codes(question, judged);
      }
      for (const n of Array.from(judged.keys()).sort((a, b) => a - b)) this.verdicts(this.exported.checks[n], judged.get(n));
    }

    // What a whole-table check compares with beside the return itself.
    isGiven(check) {
      const { nation, earlier } = this.given;
      const without = this.exported.without;
      if (check.operator === "share_as_nationally") {
        if (!nation) return this.note(this.notApplicable, check, without.nation);
        if (!(check.id in nation.shares)) return this.note(this.notApplicable, check, without.printed);
      }
      if (!this.hasPeriod(check)) return false;
      const lacksEarlier = check.operator === "changed_by_at_most" && !earlier;
      return lacksEarlier ? this.note(this.notApplicable, check, without.earlier) : true;
    }

    async counted(question, able, judged) {
      let now;
      let then = null;
      try {
        now = await this.ask(question, this.given);
        const compares = able.some((n) => this.exported.checks[n].operator === "changed_by_at_most");
        if (compares) then = await this.ask(question, { ...this.given, isEarlier: true });
      } catch (trouble) {
        able.forEach((n) => this.refused(this.exported.checks[n], trouble));
        return;
      }
      question.checks.forEach((n, place) => {
        if (!able.includes(n)) return;
        const check = this.exported.checks[n];
        judged.set(n, this.judge(check, figures(now, place, question), then && figures(then, place, question)));
      });
    }

    judge(check, now, then) {
      const earlier = new Map((then || []).map((one) => [JSON.stringify(one.group), one.total]));
      if (check.operator === "changed_by_at_most") {
        const here = new Set(now.map((one) => JSON.stringify(one.group)));
        for (const key of earlier.keys()) if (!here.has(key)) now.push({ group: JSON.parse(key), total: [0n, 1n] });
      }
      const failing = [];
      for (const one of now) {
        const shown = this.shownFor(check, one, earlier);
        if (shown !== null) failing.push({ group: one.group, shown });
      }
      return failing.sort((a, b) => inGroups(a.group, b.group));
    }

    shownFor(check, one, earlier) {
      const { min, max, ratio } = check.asked;
      const of = () => `${commas(whole(one.part))} of ${commas(whole(one.total))}`;
      if (check.operator === "share_as_nationally") {
        const there = fraction(this.given.nation.shares[check.id]);
        if (!one.total[0] || isLess(times([whole(one.total), 1n], there), ENOUGH)) return null;
        const here = [whole(one.part), whole(one.total)];
        const wide = fraction(ratio);
        if (!isMore(here, times(wide, there)) && !isMore(there, times(wide, here))) return null;
        return `${percent(here[0], here[1])} (${of()}) against ${percent(there[0], there[1])} nationally`;
      }
      if (check.operator === "share_between") {
        if (!one.total[0]) return null;
        const share = [whole(one.part), whole(one.total)];
        const isIn = !(min && isLess(share, fraction(min))) && !(max && isMore(share, fraction(max)));
        return isIn ? null : `${percent(share[0], share[1])} (${of()})`;
      }
      if (check.operator === "count_between") {
        const isIn = !isLess(one.total, min ? fraction(min) : [0n, 1n]) && !(max && isMore(one.total, fraction(max)));
        return isIn ? null : number(one.total);
      }
      if (check.operator === "sums_to") {
        const differ = !one.unknown[0] && (isLess(one.total, one.part) || isMore(one.total, one.part));
        return differ ? `${number(one.total)} against ${number(one.part)}` : null;
      }
      const was = earlier.get(JSON.stringify(one.group));
      if (!was) return null;
      const wide = fraction(ratio);
      const tooFar = isMore(one.total, times(wide, was)) || isMore(was, times(wide, one.total));
      return tooFar ? `${number(one.total)} after ${number(was)}` : null;
    }

    async codes(question, judged) {
      const check = this.exported.checks[question.check];
      const shares = question.wanted ? null : this.sharesOf(check);
      if (shares === false || !this.hasPeriod(check)) return;
      let rows;
      try {
        rows = await this.ask(question, this.given);
      } catch (trouble) {
        this.refused(check, trouble);
        return;
      }
      const records = rows.reduce((sum, row) => sum + BigInt(row._records), 0n);
      const there = new Set(rows.map((row) => question.accepts[row._text]).filter((code) => code !== undefined));
      const isExpected = (code) => !isLess(times([records, 1n], fraction(shares[code])), ENOUGH);
      const wanted = question.wanted || Object.keys(shares).filter(isExpected);
      const absent = Array.from(new Set(wanted)).filter((code) => !there.has(code)).sort(before);
      judged.set(question.check, absent.map((code) => ({ group: [code], shown: code })));
    }

    sharesOf(check) {
      const { nation } = this.given;
      if (!nation) return this.note(this.notApplicable, check, this.exported.without.nation);
      if (!(check.id in nation.everywhere)) return this.note(this.notApplicable, check, this.exported.without.printed);
      return nation.everywhere[check.id];
    }

    verdicts(check, failing) {
      const files = this.files.get(check.table);
      const file = files.length === 1 ? files[0].file : `${files.length} files`;
      const masks = this.masks.get(check.table);
      const titles = new Map(this.tables.get(check.table).fields.map((field) => [field.name, field.title]));
      const ofCodes = check.operator === "every_of" || check.operator === "recorded_as_everywhere";
      for (const { group, shown } of failing) {
        const names = check.by.slice(0, group.length);
        const texts = new Map(names.map((name, i) => [name, masked(group[i], masks.get(name))]));
        const value = ofCodes ? masked(shown, masks.get(check.column)) : shown;
        const of = (name) => (name === "column" ? check.title : name === "value" ? value : texts.get(name));
        const inGroup = names.map((name) => `${titles.get(name)} ${texts.get(name)}`).join(", ");
        const message = filled(pieces(check.message), of);
        this.findings.push({
          check: check.id,
          severity: check.severity,
          message: inGroup ? `${inGroup}: ${message}` : message,
          fix: filled(pieces(check.fix), of),
          file,
          table: check.table,
          column: check.title,
          value,
        });
      }
      this.count(check, failing.length);
    }

    // By table and file as delivered, then record, period, message, column, check and value; whole files come first.
    order() {
      const tables = new Map(Array.from(this.tables.keys()).map((name, i) => [name, i]));
      const inOrder = this.exported.tables.flatMap((table) => this.files.get(table.name).map((one) => one.file));
      const files = new Map(Array.from(new Set(inOrder)).map((name, i) => [name, i]));
      const place = (known, name) => (known.has(name) ? known.get(name) : -1);
      const texts = ["period", "message", "column", "check", "value"];
      this.findings.sort((a, b) => {
        const by =
          place(tables, a.table) - place(tables, b.table) ||
          place(files, a.file) - place(files, b.file) ||
          (a.record || 0) - (b.record || 0);
        if (by) return by;
        for (const name of texts) {
          const one = before(a[name] || "", b[name] || "");
          if (one) return one;
        }
        return 0;
      });
    }

    run(check) {
      const key = this.key(check);
      const why_not = this.couldNot.get(key) || this.notApplicable.get(key) || "";
      const { id, table, severity } = check;
      return { check: id, table, severity, ran: !this.couldNot.has(key), findings: this.counts.get(key) || 0, why_not };
    }

    sums() {
      return this.staged.map((one) => {
        const bad = new Set();
        if (this.exported.partial_acceptance) {
          for (const finding of this.findings) {
            const isMine = finding.file === one.file && finding.table === one.table && finding.severity === "error";
            if (isMine && finding.record) bad.add(finding.record);
          }
        }
        return { ...one.reconciliation, accepted: one.records - bad.size, rejected: bad.size };
      });
    }
  }

  function figures(rows, place, question) {
    const found = [];
    for (const row of rows) {
      const of = (name) => fraction(row[`_${name}${place}`] || "0");
      if (question.by.length && !of("n")[0]) continue;
      const group = question.types.map((type, i) => shownGroup(row[`_by${i}`], type));
      found.push({ group, total: of("total"), part: of("part"), unknown: of("unknown") });
    }
    return found;
  }

  // A group's value as text: numbers without needless zeros, yes and no as the engine's language writes them.
  function shownGroup(text, type) {
    if (type === "number") return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
    if (type === "boolean") return text === "true" ? "True" : "False";
    return text || "";
  }

  function inGroups(a, b) {
    for (let i = 0; i < a.length; i++) {
      const one = before(a[i], b[i]);
      if (one) return one;
    }
    return 0;
  }

  return { Checking, percent, EMPTY };
})();
