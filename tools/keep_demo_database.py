"""Keep the demonstration's database as this checkout makes it, so that later versions prove that they can migrate it.

    python -m tools.keep_demo_database NAME

Run it when something has landed, in a checkout of that commit; NAME is the commit's short hash. It makes the demonstration's
service anew (two minutes) and writes its database to tests/ops/data/demonstration-NAME.sqlite3.xz, without password hashes.
"""

from __future__ import annotations

import argparse
import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / "tests" / "ops" / "data"
_MAKE = "import os; from vkpp.ops.serving import demonstration; demonstration.prepare(os.environ)"


def keep(name: str) -> Path:
    """The demonstration's database, packed small. Gives its path."""
    with tempfile.TemporaryDirectory(prefix="vkpp-") as folder:
        base = {key: value for key, value in os.environ.items() if not key.startswith("VKPP_")}
        subprocess.run([sys.executable, "-c", _MAKE], env=base | {"VKPP_FOLDER": folder}, check=True, stdout=sys.stderr)
        small = Path(folder) / "small.sqlite3"
        with closing(sqlite3.connect(Path(folder) / "records.sqlite3", isolation_level=None)) as connection:
            connection.execute("UPDATE people_person SET password = '!'")  # of nobody, but a hash looks like somebody's
            connection.execute("VACUUM INTO ?", (str(small),))
        path = KEPT / f"demonstration-{name}.sqlite3.xz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lzma.compress(small.read_bytes(), preset=9))
        return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="what to call it: the commit's short hash")
    path = keep(parser.parse_args().name)
    print(f"{path} ({path.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
