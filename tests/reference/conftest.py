"""Names the waiting reference cases, with their reasons, at the end of every run that collected the reference cases."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from .case import all_cases, cases_folder, waiting_reason


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        by_reason: dict[str, list[str]] = defaultdict(list)
        for case in all_cases():
            if reason := waiting_reason(case):
                by_reason[reason].append(str(case))
        total = sum(map(len, by_reason.values()))
        terminalreporter.section(f"reference cases: {len(all_cases())} in all, {total} waiting")
        terminalreporter.write_line(f"from {cases_folder().name}")
        for reason, names in by_reason.items():
            terminalreporter.write_line(f"{len(names)} waiting: {reason}")
            terminalreporter.write_line("  " + ", ".join(names))
