"""Harm: counts weighted by an edition of a harm index. An edition is dated data with a source; two are never mixed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.statistics.grouping import Floats, groups, values_of
from vkpp.engine.statistics.intervals import counted


@dataclass(frozen=True, slots=True)
class HarmEdition:
    """Weights of one edition of one scheme: category to units of harm for one offence, and what they are and are not."""

    name: str
    scheme: str
    edition: str
    unit: str
    weights: Mapping[str, float]
    lowest: Mapping[str, float] = field(default_factory=dict)
    highest: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Harm:
    """Harm of each group under one edition: units in all, offences, units for one offence (NaN where there was none)."""

    labels: tuple[Any, ...]
    units: Floats
    offences: Floats
    per_offence: Floats
    edition: HarmEdition


def harm_editions(folder: Path | None = None) -> dict[str, HarmEdition]:
    """The editions of the catalogue (or of a folder): one pair of NAME.yaml (what it is) and NAME.csv (weights) each."""
    place: Traversable = folder or files("vkpp.catalogue").joinpath("data", "harm_weights")
    found = sorted((entry for entry in place.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    editions = [_read(place, entry.name.removesuffix(".yaml")) for entry in found]
    return {edition.name: edition for edition in editions}


def _read(place: Traversable, name: str) -> HarmEdition:
    about = yaml.safe_load(place.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(place.joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines()))
    column = {part: {row["category"]: float(row[part]) for row in rows} for part in ("weight", "lowest", "highest")}
    return HarmEdition(
        name,
        about["scheme"],
        str(about["edition"]),
        about["unit"],
        column["weight"],
        column["lowest"],
        column["highest"],
        about["source"],
        about,
    )


def harm(categories: Any, counts: Any, edition: HarmEdition, *, group: Any = None) -> Harm:
    """Sum of count times weight, of each group (or of all).

    categories: one for each row, as the edition names them; counts: offences, a missing count makes its group's harm missing.
    Raises ValueError: a category that the edition has no weight for (nothing is guessed or left out), a count below zero.
    Source: the edition's own; Sherman, Neyroud and Neyroud (2016), Policing 10, 171.
    """
    names, x = values_of(categories), counted(counts, name="counts")
    if len(names) != len(x):
        raise ValueError(f"categories has {len(names)} rows, expected {len(x)}")
    if unknown := sorted({str(name) for name in names if name not in edition.weights}):
        known = ", ".join(edition.weights)
        raise ValueError(f"{edition.scheme} {edition.edition} has no weight for {', '.join(unknown)}; it has: {known}")
    member = groups(group, len(x))
    units = member.total(x * np.array([edition.weights[name] for name in names]))
    return _harm(member.labels, units, member.total(x), edition)


def harm_per_offence(units: Any, offences: Any, labels: Any, edition: HarmEdition) -> Harm:
    """Harm that was already added up, for one offence: units over offences."""
    names, total, x = tuple(values_of(labels)), counted(units, name="units"), counted(offences, name="offences")
    if not len(names) == len(total) == len(x):
        raise ValueError("units, offences and labels: expected columns of one length")
    return _harm(names, total, x, edition)


def _harm(labels: tuple[Any, ...], units: Floats, offences: Floats, edition: HarmEdition) -> Harm:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(offences > 0, units / offences, np.nan)
    return Harm(labels, units, offences, mean, edition)


def change_in_harm(before: Harm, after: Harm) -> Floats:
    """Percent change of units from before to after, group by group.

    Raises RefusedByRule where the two were weighted by different editions: the change would be that of the weights.
    """
    one, two = before.edition, after.edition
    if (one.scheme, one.edition, one.weights) != (two.scheme, two.edition, two.weights):
        raise RefusedByRule(
            f"Harm by {one.scheme} {one.edition} was to be compared with harm by {two.scheme} {two.edition}.",
            expected="one edition for both",
            next_step="weight both periods again with one edition",
        )
    if before.labels != after.labels:
        raise ValueError("before and after: expected the same groups in the same order")
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * (after.units / before.units - 1)
    return np.where(before.units > 0, percent, np.nan)


def worked_example() -> dict[str, Any]:
    """Three kinds of offence, invented counts, Cambridge 2026."""
    edition = harm_editions()["cambridge-2026"]
    categories, counts = ["Rape offences", "Stalking and harassment", "Criminal damage"], [4, 150, 300]
    made = harm(categories, counts, edition)
    return {
        "method": "Harm-weighted counts",
        "inputs": {"categories": categories, "counts": counts, "edition": f"{edition.scheme} {edition.edition}"},
        "call": 'harm(categories, counts, harm_editions()["cambridge-2026"])',
        "result": {"days": float(made.units[0]), "days_per_offence": float(made.per_offence[0])},
        "source": edition.source,
    }
