"""Frozen tables come back as they were; those frozen before a dimension named its classification keep their codes apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from tests.disclosure.editions import dimension, rule, table
from vkpp.engine.disclosure import protect
from vkpp.engine.disclosure.frozen import freeze, thaw
from vkpp.engine.shapes.measures import Sum

BY_SEX = table("by-sex", (dimension("code", ["F", "not-known"]),), {("F",): 12, ("not-known",): 3})


def _thawed(content: bytes):
    return thaw(content, hashlib.sha256(content).hexdigest())[0]


def test_what_is_frozen_comes_back():
    sums = (Sum("by-sex.crimes.total", ("by-sex.crimes.F", "by-sex.crimes.not-known")),)
    tables = protect([replace(BY_SEX, sums=sums)], rule())
    assert _thawed(freeze(tables, {})) == tables
    assert tables[0].sums == sums


def test_an_older_document_has_codes_of_its_own_table():
    document = json.loads(freeze(protect([BY_SEX], rule()), {}))
    for each in document["tables"]:
        del each["sums"]
        for part, name in (("dimensions", "of"), ("measures", "counted")):
            for one in each[part]:
                del one[name]
    (older,) = _thawed(json.dumps(document).encode())
    assert [d.classification for d in older.dimensions] == ["by-sex"]
    assert older.sums == ()
