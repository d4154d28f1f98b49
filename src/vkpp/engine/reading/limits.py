"""What a received file may be at most: uploads are hostile until they have been read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one received file. Sizes in bytes. What is over a bound is refused, never cut."""

    file_bytes: int = 8 << 30
    unpacked_bytes: int = 8 << 30  # all members of a zip together
    workbook_bytes: int = 3 << 29  # all parts of a workbook together, unpacked
    sheet_cells: int = 40_000_000  # rows times columns of a sheet: it is opened whole
    unpack_ratio: int = 200  # unpacked to packed, looked at from `ratio_from` bytes on
    ratio_from: int = 50 << 20
    members: int = 200  # of a zip
    columns: int = 1_000
    records: int = 100_000_000
    cell_bytes: int = 1 << 20
    line_bytes: int = 64 << 20
    open_seconds: int = 300  # for an old XLS workbook, in a process of its own
    header_rows: int = 50  # rows looked through for the headings
    faults: int = 100_000  # structural faults listed one by one; more are counted
    block_bytes: int = 4 << 20  # read at a time: memory, not meaning


LIMITS = Limits()
