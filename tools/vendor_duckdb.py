"""Fetches DuckDB-WASM: the one bundle that a page runs (WebAssembly with exceptions, one thread), its script and licence.

python -m tools.vendor_duckdb            fetch the pinned version with npm and write it
python -m tools.vendor_duckdb PACKAGE    the same from a package file that is there already
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path

from tools.npm_package import member, with_package

VERSION = "1.32.0"
ENGINE = "1.4.3"  # the DuckDB that is inside
TARGET = Path(__file__).resolve().parents[1] / "src" / "vkpp" / "web" / "local" / "static" / "duckdb"
WASM, WORKER = "duckdb-eh.wasm", "duckdb-browser-eh.worker.js"
# Of the files in the package, so that another package under the same version is noticed.
SHA256 = {
    WASM: "4c221bfa59c11f24dbd750e70c90b9252eca6eec5633936e6a2ec766e55fd879",
    WORKER: "f8ab72b6b90b3ad83077d47426d4a99d5d9a4c7e07cba1a2be37d655adc7c1ab",
}
_NOTICE = """DuckDB-WASM {version} (DuckDB {engine} inside), npm package @duckdb/duckdb-wasm. MIT licence.
Changed by tools/vendor_duckdb.py: the WebAssembly is kept packed (gzip); the worker's script has no address of a source map.
The script holds apache-arrow (Apache Licence 2.0, https://www.apache.org/licenses/LICENSE-2.0) and js-sha256 (MIT).

Copyright 2018-2025 Stichting DuckDB Foundation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def write(package: Path, target: Path = TARGET) -> None:
    """Read the npm package file and write what we keep of it. ValueError when it is another than was looked at."""
    with tarfile.open(package) as archive:
        version = json.loads(member(archive, "package/package.json"))["version"]
        kept = {name: member(archive, f"package/dist/{name}") for name in SHA256}
    for name, content in kept.items():
        found = hashlib.sha256(content).hexdigest()
        if version != VERSION or found != SHA256[name]:
            raise ValueError(f"{name} of {version} has the hash {found}: look at the package, then change VERSION and SHA256")
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{WASM}.gz").write_bytes(gzip.compress(kept[WASM], 9, mtime=0))
    (target / WORKER).write_text(cleaned(kept[WORKER].decode("utf-8")), encoding="utf-8")
    (target / "LICENCE.txt").write_text(_NOTICE.format(version=version, engine=ENGINE), encoding="utf-8")


def cleaned(script: str) -> str:
    """The worker's script without the address of its source map."""
    return re.sub(r"//# sourceMappingURL=\S+", "", script).strip() + "\n"


if __name__ == "__main__":
    raise SystemExit(with_package(sys.argv[1:], f"@duckdb/duckdb-wasm@{VERSION}", write))
