"""Signed national aggregates: what they may say, who is believed, and what a force learns from them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.accepting.conftest import CSV_FORCE, rows_of, write_rows
from vkpp.basics.problems import RefusedByRule, UnreadableFile, UsageProblem
from vkpp.catalogue.example import example_catalogue
from vkpp.engine.flow.national import national
from vkpp.engine.shapes.national import National
from vkpp.ops.command_line import main
from vkpp.ops.national import PRIVATE, PUBLIC, believed, new_keys, private_key, signed

FORCES = [f"force-{n:02}" for n in range(12)]


@pytest.fixture
def returns(tmp_path: Path) -> dict[str, dict[str, Path]]:
    """Twelve returns of some 60 crimes: 20B at each, 86 at all but one, 17A seldom at two, 71 at all but two."""
    made = {}
    for number, force in enumerate(FORCES):
        classes = ["20B"] * 20 + ([] if number == 1 else ["86"] * 25)
        classes += ["17A"] * (4 if number in (3, 4) else 8)
        classes += [] if number in (5, 6) else ["71"] * 7
        rows = {"offence_class": classes, "outcome": ["16"] * len(classes)}
        rows["online_flag"] = ["yes" if n % 3 == 0 else "not known" if n % 3 == 1 else "no" for n in range(len(classes))]
        path = tmp_path / f"{force}.parquet"
        pq.write_table(pa.table(rows), path)
        made[force] = {"crimes": path}
    return made


def test_only_codes_that_every_force_recorded_often_enough_leave(returns: dict[str, dict[str, Path]]) -> None:
    found = national("csae", "CY2023", returns, example_catalogue())
    total = sum(len(pq.read_table(files["crimes"])) for files in returns.values())
    assert found.everywhere["crimes-national-zero"] == {
        "20B": round(Decimal(20 * 12) / total, 3),
        "86": round(Decimal(25 * 11) / total, 3),  # eleven of twelve; 17A and 71 are often enough at ten
    }
    assert (
        found.everywhere["crimes-national-outcome-zero"] == {}
    )  # all records have the one outcome: nothing stands on the other side
    assert found.shares["crimes-national-image-share"] == round(Decimal(25 * 11) / total, 3)
    assert Decimal("0.48") < found.shares["crimes-national-online-share"] < Decimal("0.55")  # of those whose flag is known
    assert found.forces == 12


def test_a_share_of_few_records_does_not_leave(returns: dict[str, dict[str, Path]]) -> None:
    for files in returns.values():
        rows = pq.read_table(files["crimes"])
        pq.write_table(rows.set_column(0, "offence_class", pa.array(["86"] * 5 + ["20B"] * (len(rows) - 5))), files["crimes"])
    assert "crimes-national-image-share" not in national("csae", "CY2023", returns, example_catalogue()).shares


def test_too_few_forces_are_refused(returns: dict[str, dict[str, Path]]) -> None:
    with pytest.raises(RefusedByRule, match="9 forces"):
        national("csae", "CY2023", dict(list(returns.items())[:9]), example_catalogue())


SAID = National(
    "csae",
    "CY2023",
    42,
    {"crimes-national-zero": {"20B": Decimal("0.2"), "86": Decimal("0.4"), "17A": Decimal("0.001")}},
    {"crimes-national-image-share": Decimal("0.437")},
)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    new_keys(tmp_path / "keys")
    return tmp_path / "keys"


def written(folder: Path, keys: Path, *, invented: bool = True) -> Path:
    path = folder / "national.json"
    path.write_bytes(signed(SAID, private_key(keys / PRIVATE), invented=invented))
    return path


def test_what_was_signed_is_believed_as_it_was_said(tmp_path: Path, keys: Path) -> None:
    assert believed(written(tmp_path, keys), keys / PUBLIC, collection="csae", invented=True) == SAID
    assert (keys / PRIVATE).stat().st_mode & 0o077 == 0


def test_a_changed_number_is_refused(tmp_path: Path, keys: Path) -> None:
    path = written(tmp_path, keys)
    path.write_text(path.read_text().replace("0.437", "0.043"))
    with pytest.raises(RefusedByRule, match="signature"):
        believed(path, keys / PUBLIC, collection="csae", invented=True)


def test_another_signer_is_refused(tmp_path: Path, keys: Path) -> None:
    new_keys(tmp_path / "others")
    with pytest.raises(RefusedByRule, match="signature"):
        believed(written(tmp_path, tmp_path / "others"), keys / PUBLIC, collection="csae", invented=True)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"aggregates": "x", "signature": "?"}', b"\xff\xfe", b"{"])
def test_any_other_file_is_refused_in_words(tmp_path: Path, keys: Path, content: bytes) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="no file of national aggregates"):
        believed(path, keys / PUBLIC, collection="csae", invented=True)
    with pytest.raises(UnreadableFile, match="no public key"):
        believed(written(tmp_path, keys), path, collection="csae", invented=True)


def test_invented_aggregates_are_nothing_for_a_real_return(tmp_path: Path, keys: Path) -> None:
    with pytest.raises(UsageProblem, match="invented returns"):
        believed(written(tmp_path, keys), keys / PUBLIC, collection="csae", invented=False)


def test_keys_are_never_replaced(keys: Path) -> None:
    with pytest.raises(RefusedByRule, match="keys already"):
        new_keys(keys)


def check(files: list[Path], tmp_path: Path, *more: str) -> tuple[int, list[dict[str, str]]]:
    out = tmp_path / "findings.jsonl"
    code = main(["check", *map(str, files), "--collection", "csae", "--invented", "--quiet", "--json", str(out), *more])
    lines = out.read_text().splitlines() if out.exists() else []
    return code, [json.loads(line) for line in lines]


def test_a_force_without_the_class_that_all_others_have_is_told(
    sent: dict[str, list[Path]], tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = ["--national", str(written(tmp_path, keys)), "--national-key", str(keys / PUBLIC)]
    whole = sent[CSV_FORCE]
    assert "crimes-national-zero" not in {f["check"] for f in check(whole, tmp_path, *beside)[1]}

    crimes = next(path for path in whole if "crimes" in path.name.casefold())
    rows = rows_of(crimes)
    column = next(name for name in rows[0] if any(row[name] == "86" for row in rows))
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    kept = [row for row in rows if row[column] != "86"]
    assert 0 < len(kept) < len(rows)
    files = [write_rows(lacking / crimes.name, kept), *(path for path in whole if path != crimes)]
    found = [f for f in check(files, tmp_path, *beside)[1] if f["check"] == "crimes-national-zero"]
    assert [(f["severity"], f["value"]) for f in found] == [("query", "86")]
    assert "You have no crime of class 86, which at least nine in ten forces" in found[0]["message"]
    assert not [f for f in check(files, tmp_path)[1] if f["check"].startswith("crimes-national")]  # without the file: nothing

    capsys.readouterr()
    assert check(whole, tmp_path, *beside[:2])[0] == 64
    assert "--national-key" in capsys.readouterr().err
