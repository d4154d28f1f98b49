// What a file is and which encoding its text is in, as engine/reading/kinds.py and encodings.py tell it.
var vkpp = vkpp || {};
vkpp.encodings = (function () {
  "use strict";
  const { Problem } = vkpp.words;
  const OTHERS = [
    ["%PDF", "a PDF document"],
    ["\x89PNG", "a picture (PNG)"],
    ["\xff\xd8\xff", "a picture (JPEG)"],
    ["GIF8", "a picture (GIF)"],
    ["\x1f\x8b", "a gzip archive"],
    ["7z\xbc\xaf", "a 7z archive"],
    ["Rar!", "a RAR archive"],
    ["BZh", "a bzip2 archive"],
    ["\xfd7zXZ", "an xz archive"],
    ["PAR1", "a Parquet file"],
    ["SQLite format 3", "a database (SQLite)"],
    ["{\\rtf", "a rich text document"],
    ["\xff\xfe\0\0", "text in UTF-32"],
    ["\0\0\xfe\xff", "text in UTF-32"],
  ];
  const WORKBOOKS = ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "PK\x03\x04", "PK\x05\x06", "PK\x07\x08"];
  const UTF8 =
    /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/g;
  const LISTED = 100000;

  const raw = (bytes) => {
    let out = "";
    for (let at = 0; at < bytes.length; at += 8192) out += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return out;
  };

  // Throws in words for whatever is no text.
  function refuseOthers(bytes, name) {
    const head = raw(bytes.subarray(0, 4096));
    if (!head.replace(/[\xef\xbb\xbf\xfe\xff\0 \t\r\n]/g, "")) {
      throw refused(name, head ? "holds no characters" : "is empty", "a table with headings and records");
    }
    if (WORKBOOKS.some((start) => head.startsWith(start))) {
      throw new Problem(`${name} is a workbook or a zip.`, {
        where: name,
        expected: "CSV: this page reads text files only",
        next_step: "save each sheet as CSV, or check the workbook as it is with `vkpp check`",
      });
    }
    for (const [start, words] of OTHERS) {
      if (head.startsWith(start)) {
        throw refused(name, `is ${words}, whatever its name says`, "a CSV, XLSX, XLS or ODS table, or a zip of them");
      }
    }
    const page = head.replace(/^\xef\xbb\xbf/, "").replace(/^[ \t\n\r\v\f]+/, "").toLowerCase();
    if (["<!doctype html", "<html", "<?xml", "<table"].some((start) => page.startsWith(start))) {
      throw refused(name, "is a web page or XML, saved under a table's name", "a CSV, XLSX, XLS or ODS table");
    }
    const controls = (head.match(/[\x01-\x08\x0e-\x19\x1c-\x1f]/g) || []).length;
    if (head.length >= 256 && head.length - controls < 0.95 * head.length) {
      const expected = "a CSV, XLSX, XLS or ODS table, or a zip of them";
      throw refused(name, "is not text: it is full of control characters", expected);
    }
  }

  function refused(name, saw, expected) {
    const next_step = "export the table again and check that it opens";
    return new Problem(`${name} ${saw}.`, { where: name, expected, next_step });
  }

  // {encoding, text without its mark, faults}; what cannot be decoded is U+FFFD, and its faults say so.
  function decoded(bytes) {
    const encoding = byFirstBytes(bytes);
    if (encoding.startsWith("utf-16")) return decodedUtf16(bytes, encoding);
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { encoding, text: withoutMark(text), faults: [] };
    } catch (broken) {
      if (!(broken instanceof TypeError)) throw broken;
    }
    const [found, faults] = singleBytes(bytes, encoding);
    const text = new TextDecoder(found === "damaged" ? "utf-8" : "windows-1252", { ignoreBOM: true }).decode(bytes);
    return { encoding: found, text: withoutMark(text), faults };
  }

  const withoutMark = (text) => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

  function byFirstBytes(bytes) {
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8-sig";
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16-le";
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16-be";
    const head = bytes.subarray(0, 65536);
    const half = Math.floor(head.length / 2);
    let even = 0;
    let odd = 0;
    head.forEach((byte, at) => {
      if (!byte) at % 2 ? odd++ : even++;
    });
    if (half >= 2 && odd > 0.4 * half && even < 0.1 * half) return "utf-16-le";
    if (half >= 2 && even > 0.4 * half && odd < 0.1 * half) return "utf-16-be";
    return "utf-8";
  }

  function decodedUtf16(bytes, encoding) {
    const even = bytes.length % 2 ? bytes.subarray(0, bytes.length - 1) : bytes;
    try {
      const text = new TextDecoder(encoding.replace("16-", "16"), { fatal: true, ignoreBOM: true }).decode(even);
      if (even === bytes) return { encoding, text: withoutMark(text), faults: [] };
    } catch (broken) {
      if (!(broken instanceof TypeError)) throw broken;
    }
    const view = new DataView(even.buffer, even.byteOffset, even.byteLength);
    const units = new Array(even.length / 2);
    for (let i = 0; i < units.length; i++) units[i] = String.fromCharCode(view.getUint16(2 * i, encoding === "utf-16-le"));
    const whole = withoutMark(units.join("")) + (even === bytes ? "" : "\udfff");
    const listed = new Listed();
    for (const half of whole.matchAll(/\p{Surrogate}/gu)) {
      listed.add(breaks(whole.slice(0, half.index)) + 1, "half a UTF-16 character");
    }
    return { encoding, text: whole.replace(/\p{Surrogate}/gu, "\ufffd"), faults: listed.kept };
  }

  class Listed {
    constructor() {
      this.kept = [];
      this.count = 0;
      this.line = 0;
    }

    add(line, message) {
      if (line === this.line) return;
      this.count++;
      this.line = line;
      if (this.kept.length < LISTED) this.kept.push({ check: "file-undecodable", line, message });
    }
  }

  const hex = (c) => c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");

  // Windows-1252, or UTF-8 with damage. A line in another encoding than the most is a fault.
  function singleBytes(bytes, encoding) {
    const good = new Listed();
    const bad = new Listed();
    const undefinedBytes = new Listed();
    for (const [number, line] of linesWithHighBytes(bytes)) {
      const rest = line.replace(UTF8, "");
      const wrong = rest.match(/[\x80-\xff]/);
      if (wrong) bad.add(number, `byte ${hex(wrong[0])} is not UTF-8, as the rest of the file is`);
      if (rest.length < line.length) good.add(number, "UTF-8 characters in a file that is otherwise Windows-1252");
      const nowhere = line.match(/[\x81\x8d\x8f\x90\x9d]/);
      if (nowhere) undefinedBytes.add(number, `byte ${hex(nowhere[0])} is no character of Windows-1252`);
    }
    if (encoding === "utf-8" && !good.count) return ["windows-1252", undefinedBytes.kept];
    if (encoding === "utf-8-sig" || good.count >= bad.count) return ["damaged", bad.kept];
    return ["windows-1252", good.kept];
  }

  function* linesWithHighBytes(bytes) {
    let number = 0;
    let at = 0;
    while (at < bytes.length) {
      let end = at;
      let high = false;
      while (end < bytes.length && bytes[end] !== 10 && bytes[end] !== 13) high = bytes[end++] > 127 || high;
      number++;
      if (high) yield [number, raw(bytes.subarray(at, end))];
      at = end + (bytes[end] === 13 && bytes[end + 1] === 10 ? 2 : 1);
    }
  }

  // Line breaks in a text: \n, \r\n and a bare \r count one each.
  function breaks(text) {
    let count = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
    for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1)) if (text[at + 1] !== "\n") count++;
    return count;
  }

  return { refuseOthers, decoded, breaks };
})();
