"""The findings of a return, filtered and in pages, and the report that holds them all."""

from __future__ import annotations

import json
from collections import Counter
from uuid import UUID

from vkpp.records.collections.models import Version
from vkpp.records.collections.queries.fixing import fixable_rows
from vkpp.records.collections.queries.rows import marking_of, plain_return, sees_version
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.rows import FindingsPage, FindingsReport
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer

_LONGEST_MARKING = 4096  # bytes of a first line that says one


def findings(
    *,
    viewer: Viewer,
    submission: UUID,
    version: int = 0,
    check: str = "",
    severity: str = "",
    sheet: str = "",
    order: str = "file",
    start: int = 0,
    length: int = 100,
) -> FindingsPage:
    """Findings of a version (0: the newest), never capped: a page of them, filtered by check, severity, sheet or table.

    order: "file" (as in the file) or "check". Rows are mappings with the keys of engine.shapes.findings.FINDINGS_SCHEMA, and
    `index`, the finding's place in the whole list, and `place`, its sheet or its table's title.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    row = plain_return(viewer, submission)
    found = Version.objects.seen_by(viewer).filter(submission=row, number=version or row.version).first()
    if found is None or not sees_version(viewer, row, found):
        raise NotThere
    path = places.findings(register.root(), found.pk)
    if not path.exists():
        return FindingsPage(found.pk, "", (), 0, 0, (), ())
    table = pq.read_table(path)
    table = table.append_column("index", pa.array(range(table.num_rows), pa.int64()))
    # A finding about a whole file bears no sheet: it stands with its table, under the title that the sheet would bear.
    titles = {one.name: one.title for one in register.catalogue().specification(row.round.collection).tables}
    known = pa.array([titles.get(name, name) for name in table["table"].to_pylist()], pa.string())
    table = table.append_column("place", pc.coalesce(table["sheet"], known))
    checks = Counter(zip(table["check"].to_pylist(), table["severity"].to_pylist(), strict=True))
    sheets = Counter(table["place"].to_pylist())
    mine = table
    for column, wanted in (("check", check), ("severity", severity)):
        mine = mine.filter(pc.equal(mine[column], wanted)) if wanted else mine
    mine = mine.filter(pc.equal(mine["place"], sheet)) if sheet else mine
    by = [("check", "ascending"), ("record", "ascending")] if order == "check" else None
    mine = mine.sort_by(by) if by else mine
    rows = mine.slice(max(start, 0), length).to_pylist()
    return FindingsPage(
        found.pk,
        str(path),
        tuple(rows),
        mine.num_rows,
        table.num_rows,
        tuple((name, kind, n) for (name, kind), n in sorted(checks.items(), key=lambda item: (-item[1], item[0]))),
        tuple(sorted(sheets.items())),
        fixable_rows(found, rows),
    )


def findings_report(*, viewer: Viewer, submission: UUID, kind: str = "xlsx") -> FindingsReport:
    """Every finding of the newest version as a file: "xlsx" or "jsonl". Raises NotThere.

    Without a path where there is none, and while the one that lies there says another marking than the return's.
    """
    row = plain_return(viewer, submission)
    found = Version.objects.seen_by(viewer).filter(submission=row, number=row.version).first()
    if found is None or kind not in ("xlsx", "jsonl") or not sees_version(viewer, row, found):
        raise NotThere
    path = places.report(register.root(), found.pk, kind)
    name = f"{row.organisation.code}_{row.round.collection}_{row.round.period}_v{found.number}_findings.{kind}"
    if not path.is_file():
        return FindingsReport("", name, 0)
    if _said_by(found) not in ("", str(marking_of(row))):
        return FindingsReport("", name, 0, being_marked=True)
    return FindingsReport(str(path), name, path.stat().st_size)


def _said_by(version: Version) -> str:
    """The marking that the reports of a version say: the first line of the one in JSON lines, which is written last."""
    path = places.report(register.root(), version.pk, "jsonl")
    if not path.is_file():
        return ""
    with path.open("rb") as lines:
        first = lines.readline(_LONGEST_MARKING)
    try:
        return str(json.loads(first).get("marking", ""))
    except (ValueError, AttributeError):
        return ""
