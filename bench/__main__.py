"""`./run bench [NAME [arguments]]`: run one measurement, or all; results are copied by hand into docs/benchmarks.md."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

NOT_A_MEASUREMENT = {"__init__", "__main__"}


def names() -> list[str]:
    folder = Path(__file__).parent
    return sorted(
        path.stem
        for path in folder.glob("*.py")
        if path.stem not in NOT_A_MEASUREMENT and not path.stem.startswith(("make_", "peer_", "_"))
    )


def main() -> int:
    wanted = sys.argv[1:2] or names()
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"There is no measurement {unknown[0]!r}. There are: {', '.join(names())}.", file=sys.stderr)
        return 64
    for name in wanted:
        print(f"== {name}", flush=True)
        sys.argv = [name, *sys.argv[2:]] if len(sys.argv) > 1 else [name]
        runpy.run_module(f"bench.{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
