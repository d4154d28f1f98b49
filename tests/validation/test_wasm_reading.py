"""The page's own reading of text against the engine's: the same records, findings, counts and words for every sample file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reading.conftest import CRIMES, rows
from tests.reading.samples import FILES, SAMPLES, Sample
from tests.validation.deliveries import Lists, check, specification
from tests.validation.wasm import Wasm, as_row, in_chromium
from vkpp.basics.problems import UnreadableFile
from vkpp.engine.flow.local_checks import local_checks
from vkpp.engine.reading import StructuralFaults, read

WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
TEXTS = [sample for sample in SAMPLES if not sample.content.startswith(WORKBOOKS)]


@pytest.fixture(scope="module")
def wasm(chromium: str) -> Iterator[Wasm]:
    with in_chromium(chromium) as running:
        yield running


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    anything = check({"required": {"field": CRIMES.fields[0].name}}, table=CRIMES.name)
    found: dict[str, Any] = json.loads(local_checks(specification([CRIMES], [anything]), Lists()))
    return found


def compare(wasm: Wasm, exported: dict[str, Any], path: Path, work: Path) -> None:
    said = wasm.read(path.name, path.read_bytes(), exported, CRIMES.name)
    try:
        [staged] = read(path, CRIMES, work)
    except UnreadableFile as refused:
        assert said.get("trouble") == str(refused)
        findings = refused.findings if isinstance(refused, StructuralFaults) else ()
        assert [as_row(one) for one in said["findings"]] == [one.as_dict() for one in findings]
        return
    assert "trouble" not in said, said
    names = [field.name for field in CRIMES.fields]
    wanted = rows(staged, "_record", "_line", *names)
    assert [(int(row[1]), int(row[2]), *row[3:]) for row in said["rows"]] == wanted
    assert [as_row(one) for one in said["findings"]] == [one.as_dict() for one in staged.findings]
    assert said["sentence"] == staged.reconciliation.sentence()
    assert tuple(said["missing"]) == staged.missing
    facts = {"encoding": said["facts"]["encoding"], "delimiter": said["facts"]["delimiter"]}
    assert facts.items() <= dict(staged.facts).items()


@pytest.mark.parametrize("sample", TEXTS, ids=[sample.name for sample in TEXTS])
def test_a_sample_is_read_as_the_engine_reads_it(sample: Sample, wasm: Wasm, exported: Any, tmp_path: Path) -> None:
    compare(wasm, exported, FILES / sample.folder / sample.name, tmp_path)
