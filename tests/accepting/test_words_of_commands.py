"""What the commands say to somebody who knows nothing: the collections, the other register, dates day first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accepting.conftest import CSV_FORCE, rows_of, write_rows
from vkpp.ops.command_line import main


def test_without_a_collection_they_are_named(sent: dict[str, list[Path]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(sent[CSV_FORCE][0])]) == 64
    assert "csae, recorded-crime, street-crime" in capsys.readouterr().err


def test_forces_of_the_other_register_are_named(
    sent: dict[str, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for path in sent[CSV_FORCE]:
        rows = rows_of(path)
        if "crimes" in path.name:
            rows[0] |= {"Status": "Transferred", "Transferred to": "Eastmere"}
        files.append(str(write_rows(tmp_path / path.name, rows)))
    assert main(["check", *files, "--collection", "csae", "--quiet"]) == 1
    assert "of the invented register. If this return is invented, add --invented" in capsys.readouterr().out
    main(["check", *files, "--collection", "csae", "--quiet", "--invented"])
    assert "of the invented register" not in capsys.readouterr().out


def test_dates_day_first_are_refused_in_words_and_rewritten_by_prepare(
    sent: dict[str, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for path in sent[CSV_FORCE]:
        rows = rows_of(path)
        for row in rows:
            for name in row:
                if name.startswith(("Date", "Offence from", "Offence to", "Outcome date")) and row[name].count("-") == 2:
                    row[name] = "/".join(reversed(row[name].split("-")))
        files.append(str(write_rows(tmp_path / path.name, rows)))
    assert main(["check", *files, "--collection", "csae", "--quiet", "--invented"]) == 1
    assert "2024-03-14 and not 14/03/2024" in capsys.readouterr().out
    assert main(["prepare", *files, "--collection", "csae", "--quiet", "--invented", "--out", str(tmp_path / "made")]) == 0
    assert "rewritten as year, month, day" in capsys.readouterr().out
