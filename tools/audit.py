"""`./run audit`: known weaknesses of the locked requirements; an answer that could not be had counts as not run.

The tool can end with "could not be audited" and exit code 0; that is not a clean answer, so this wrapper fails then.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / ".venv-audit" / "bin" / "pip-audit"


def main() -> int:
    done = subprocess.run(
        [TOOL, "--disable-pip", "--no-deps", "--require-hashes", "-r", ROOT / "requirements" / "dev.txt", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        entries = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"audit: NOT RUN. {done.stderr.strip()[-500:]}", file=sys.stderr)
        return 3
    not_run = [e for e in entries if "skip_reason" in e]
    weak = [e for e in entries if e.get("vulns")]
    for entry in weak:
        for weakness in entry["vulns"]:
            fixed = ", ".join(weakness.get("fix_versions") or ["no version yet"])
            print(f"{entry['name']} {entry['version']}: {weakness['id']}, mended in {fixed}")
    for entry in not_run:
        print(f"{entry['name']}: NOT RUN ({entry['skip_reason']})")
    print(f"audit: {len(entries)} packages, {len(weak)} with a known weakness, {len(not_run)} could not be looked up.")
    if not_run:
        return 3
    return 1 if weak else 0


if __name__ == "__main__":
    raise SystemExit(main())
