// Periods as basics/periods.py reads them: FY2017-18, FY2024-25Q3, CY2024 or CY2024Q1. The days are ISO 8601.
var vkpp = vkpp || {};
vkpp.periods = (function () {
  "use strict";
  const { Problem, quoted } = vkpp.words;
  const EXPECTED =
    "FY2017-18, FY2024-25Q3, CY2024 or CY2024Q1 (FY is April to March, CY is January to December)";

  function parsed(text) {
    const found = /^(FY|CY)(\d{4})(?:-(\d{2}))?(?:Q([1-4]))?$/.exec(text.trim().toUpperCase());
    if (!found) throw new Problem(`${quoted(text)} is not a period.`, { expected: EXPECTED });
    const [, kind, digits, following, quarter] = found;
    const year = Number(digits);
    const next = String((year + 1) % 100).padStart(2, "0");
    if (year < 1900 || year > 2199) {
      throw new Problem(`${quoted(text)} has the year ${year}.`, { expected: "a year from 1900 to 2199" });
    }
    if (kind === "CY" && following) throw new Problem(`${quoted(text)} gives a calendar year two years.`, { expected: EXPECTED });
    if (kind === "FY" && !following) throw new Problem(`${quoted(text)} does not say in which year it ends.`, { expected: EXPECTED });
    if (kind === "FY" && following !== next) {
      throw new Problem(`${quoted(text)} does not run over two years that follow each other.`, { expected: `FY${year}-${next}` });
    }
    const month = (kind === "FY" ? 4 : 1) + 3 * (Number(quarter || 1) - 1);
    const code = kind + (kind === "FY" ? `${year}-${next}` : `${year}`) + (quarter ? `Q${quarter}` : "");
    return { code, start: day(year, month, 1), end: day(year, month + (quarter ? 3 : 12), 0) };
  }

  const day = (year, month, date) => new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10);

  return { parsed };
})();
