"""`vkpp verify-trail` as it is typed: whole, tampered with, without tables, without a database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from tests.records.nation import AT, DAY
from vkpp.records.ground.viewer import system
from vkpp.records.trail import commands


def verify(environment: dict[str, str], *more: str) -> tuple[int, str]:
    command = [str(Path(sys.executable).parent / "vkpp"), "verify-trail", *more]
    done = subprocess.run(command, env={"PATH": os.environ["PATH"]} | environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_whole_trail_its_exported_head_and_a_trail_cut_at_its_end(committed: dict[str, str], tmp_path: Path) -> None:
    for number in range(4):
        commands.opened(by=system("test", DAY), at=AT, about=f"test/{number}")
    connection.close()
    heads = tmp_path / "heads"
    environment = committed | {"VKPP_TRAIL_HEADS": str(heads)}
    code, text = verify(environment, "--export")
    assert code == 0 and "The trail is whole: 4 entries" in text and "No exported head vouches" in text
    assert [path.name for path in heads.iterdir()] == ["head-000000000004.json"]
    code, text = verify(environment)
    assert code == 0 and "vouch for every entry up to 4" in text

    with connection.cursor() as cursor:
        table = " ON trail_entry" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER trail_no_{'update' if table else 'delete'}{table}")
        cursor.execute("DELETE FROM trail_entry WHERE number = 4")
    connection.close()
    code, text = verify(environment)
    assert code == 1 and "NOT whole" in text and "head-000000000004.json" in text and "removed or added at the end" in text


def test_without_tables_or_with_a_broken_head_or_setting_it_says_so(committed: dict[str, str], tmp_path: Path) -> None:
    code, text = verify({"VKPP_FOLDER": str(tmp_path / "empty")})
    assert code == 64 and "has no trail yet" in text
    (tmp_path / "head-1.json").write_text("{}", encoding="ascii")
    code, text = verify(committed, "--heads", str(tmp_path))
    assert code == 2 and "head-1.json cannot be read" in text
    code, text = verify({"VKPP_FOLDER": str(tmp_path), "VKPP_DATABSE": "x"})
    assert code == 64 and "VKPP_DATABASE perhaps" in text
    code, text = verify({"VKPP_FOLDER": str(tmp_path), "VKPP_DATABASE": "postgresql://u:hunter2@127.0.0.1:1/x"})
    assert code == 2 and "does not answer" in text and "hunter2" not in text
