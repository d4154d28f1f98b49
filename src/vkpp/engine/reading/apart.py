"""Opens an old workbook in a process of its own, with little memory and few imports: `python apart.py FILE FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa

MEMORY = 4 << 30  # bytes of address space


def cells_of(book: Any, title: str) -> tuple[Any, bool, tuple[tuple[int, int], ...]]:
    """A sheet as Arrow text columns from its first row on, whether it is hidden, and its cells that hold errors."""
    loaded = book.load_sheet(title, header_row=None, skip_rows=0, dtypes="string")
    batch, problems = loaded.to_arrow_with_errors()
    errors = tuple((e.position[0] + 1, e.position[1]) for e in problems.errors) if problems else ()
    return batch, loaded.visible != "visible", errors


def leave_sheets(path: Path, folder: Path) -> None:
    """Writes every sheet as an Arrow file into the folder, and an index when all are there."""
    book = fastexcel.read_excel(path if path.suffix.lower() == ".xls" else path.read_bytes())
    index = []
    for number, title in enumerate(book.sheet_names):
        batch, hidden, errors = cells_of(book, title)
        file = f"{number}.arrow"
        with pa.OSFile(str(folder / file), "wb") as out, pa.ipc.new_file(out, batch.schema) as writer:
            writer.write(batch)
        index.append({"name": title, "file": file, "hidden": hidden, "errors": errors})
    (folder / "sheets.json").write_text(json.dumps(index), "utf-8")


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    leave_sheets(Path(sys.argv[1]), Path(sys.argv[2]))
