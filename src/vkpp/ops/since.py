"""Why a number differs between two editions of one store: the versions that came between, and the records that moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.engine.classification.csae import KEY
from vkpp.engine.flow import csae
from vkpp.engine.flow.csae_tracing import contributions
from vkpp.engine.flow.tracing import Place
from vkpp.ops import editions

Crime = tuple[str, ...]  # force, return and reference: a force may number its crimes anew in each return
ASKED = ("collection", "period")  # what makes two editions answers to one question, whatever was printed beside them
KEPT_BACK = ("place",)  # fields whose words are not printed, only that they changed


def since(
    new: Mapping[str, Any], older: Path, number: str, place: Place, store: Path, work: Path, limit: int | None
) -> Iterator[str]:
    """The number then and now, the versions that differ, and each crime that came into it, left it or weighs otherwise."""
    old = editions.manifest_of(older)
    _same_question(new, old, older)
    before = editions.numbers_of(older).get(number)
    yield f"In {older.name}: {(before['symbol'] or before['value']) if before else 'no such number'}"
    yield from _versions(new["provenance"]["inputs"], old["provenance"]["inputs"])
    held = {}
    for name, manifest in (("new", new), ("old", old)):
        accepted, why = editions.held_returns(manifest, store, work / name)
        if accepted is None:
            yield f"The records that moved it cannot be shown: {why}."
            return
        held[name] = accepted
    period = Period.parse(new["provenance"]["parameters"]["period"])
    counts = {name: _counts(one, period, new, place) for name, one in held.items()}
    moved = sorted(
        key for key in counts["new"].keys() | counts["old"].keys() if counts["new"].get(key) != counts["old"].get(key)
    )
    change = sum(counts["new"].values()) - sum(counts["old"].values())
    yield f"Records that moved it: {len(moved):,}, which together change it by {change:+,}"
    rows = {name: _crimes(one, moved) for name, one in held.items()}
    for key in moved[:limit]:
        yield f"  {key[0]} {key[2]} of the return of {key[1]}: {_why(rows['old'].get(key), rows['new'].get(key), counts, key)}"
    if limit is not None and len(moved) > limit:
        yield f"  and {len(moved) - limit:,} more; --rows all prints them"


def _same_question(new: Mapping[str, Any], old: Mapping[str, Any], older: Path) -> None:
    asked = {name: new["provenance"]["parameters"][name] for name in ASKED}
    if {name: old["provenance"]["parameters"][name] for name in ASKED} != asked:
        raise UsageProblem(
            f"{older.name} is an edition of another collection or period.",
            expected=", ".join(f"{k} {v}" for k, v in asked.items()),
            next_step="name an earlier edition of the same period after --since",
        )


def _versions(new: Mapping[str, str], old: Mapping[str, str]) -> Iterator[str]:
    came, went = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    if not came and not went:
        yield "Both were made from the same accepted versions."
    for words, names in (("Only in this edition", came), ("Only in the earlier one", went)):
        if names:
            yield f"{words}: {', '.join(names)}"


def _counts(accepted: csae.Accepted, period: Period, manifest: Mapping[str, Any], place: Place) -> dict[Crime, int]:
    catalogue = editions.catalogue_of(manifest)
    rows = contributions(accepted, period, catalogue, place.table.name, place.keys, place.measure.name)
    return {tuple(str(row[name]) for name in KEY): int(row["n"]) for row in rows}


def _crimes(accepted: csae.Accepted, moved: Sequence[Crime]) -> dict[Crime, dict[str, Any]]:
    """The rows of the moved crimes."""
    wanted, found = set(moved), dict[Crime, dict[str, Any]]()
    for force, period in sorted({(force, period) for force, period, _ in moved}):
        files = accepted.returns.get(period, {}).get(force)
        for row in pq.read_table(files["crimes"]).to_pylist() if files else ():
            key = (force, period, str(row["crime_ref"]))
            if key in wanted:
                found[key] = row
    return found


def _why(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    counts: Mapping[str, Mapping[Crime, int]],
    key: Crime,
) -> str:
    """What became of one crime: new, gone, or the fields that changed; and what it adds now and added then."""
    adds = f"added {counts['old'].get(key, 0):,}, adds {counts['new'].get(key, 0):,}"
    if old is None or new is None:
        return f"{'new in the return' if old is None else 'no longer in the return'} ({adds})"
    fields = [name for name in new if old.get(name) != new[name]]
    said = [name if name in KEPT_BACK else f"{name} was {_word(old.get(name))}, is {_word(new[name])}" for name in fields]
    return f"{'; '.join(said) or 'its victims, suspects or relations changed'} ({adds})"


def _word(value: Any) -> str:
    return "empty" if value is None else str(value)
