"""What some forces' systems give before it is prepared: one row a pair of people, with names, addresses and birth dates.

All of it invented. `prepare` must turn it into the four tables: ages at the offence from dates of birth, kinds of place, and
without the columns that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from vkpp.catalogue.example import example_catalogue
from vkpp.ops.example.draws import Draws
from vkpp.ops.example.nation import Respondent
from vkpp.ops.example.writing import write_text

_CRIME = {
    "crime_ref": "Crime number",
    "offence_code": "HO code",
    "offence_class": "HO class",
    "offence_title": "Offence",
    "offence_edition": "List edition",
    "recorded": "Date recorded",
    "offence_from": "Committed from",
    "offence_to": "Committed to",
    "outcome": "Outcome",
    "outcome_date": "Date of outcome",
    "place": "District",
    "address": "Location address",
    "place_kind": "Location type",
    "csa_flag": "CSA flag",
    "cse_flag": "CSE flag",
    "online_flag": "Online flag",
    "group_based": "Group-based",
    "group_criteria": "Group-based criterion",
    "victim_by_design": "Victim type",
    "children_under_10": "Under 10s",
    "status": "Crime status",
    "other_force": "Transferred to",
}
_PERSON = {
    "person_ref": "{} URN",
    "name": "{} name",
    "born": "{} date of birth",
    "sex": "{} sex",
    "ethnicity_self": "{} self-defined ethnicity",
    "ethnicity_officer": "{} IC code",
    "nationality": "{} nationality",
}


def pair_level(tables: Mapping[str, pl.DataFrame], force: Respondent, draws: Draws) -> pl.DataFrame:
    """The pair-level extract of one force's tables (NationYear.of_force): a crime without people has one row."""
    kinds = example_catalogue().code_list("kinds_of_place").codes
    crimes = _with_addresses(tables["crimes"], draws).with_columns(pl.col("place_kind").replace(kinds))
    offence = crimes.select("crime_ref", "offence_from")
    victims = _people(tables["victims"], offence, "Victim", draws)
    suspects = _people(tables["suspects"], offence, "Suspect", draws)
    related = tables["relations"].rename(
        {"victim_ref": "Victim URN", "suspect_ref": "Suspect URN", "relationship": "Relationship"}
    )
    rows = crimes.join(victims, on="crime_ref", how="left", maintain_order="left_right")
    rows = rows.join(suspects, on="crime_ref", how="left", maintain_order="left_right")
    rows = rows.join(related, on=("crime_ref", "Victim URN", "Suspect URN"), how="left", maintain_order="left")
    people = [c for c in rows.columns if c.startswith(("Victim ", "Suspect "))]
    return rows.select(*_CRIME, *people, "Relationship").rename(_CRIME)


def write_pair_level(path: Path, tables: Mapping[str, pl.DataFrame], force: Respondent, draws: Draws) -> int:
    """Writes the extract as text in the force's dialect and says how many rows it has."""
    rows = pair_level(tables, force, draws)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, rows, force.format)
    return len(rows)


def _with_addresses(crimes: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    number = pl.Series(draws.whole(1, 180, len(crimes))).cast(pl.String)
    named = pl.when(pl.col("place").is_in(["outside our area"])).then(None).otherwise(pl.col("place"))
    return crimes.with_columns(address=number + " Invented Road, " + named)


def _people(people: pl.DataFrame, offence: pl.DataFrame, who: str, draws: Draws) -> pl.DataFrame:
    """People with an invented name, and a date of birth that gives their age on the first day of the offence."""
    earlier = pl.Series(draws.whole(0, 364, len(people)).astype(np.int32))
    joined = people.join(offence, on="crime_ref", how="left", maintain_order="left")
    birthday = pl.col("offence_from").dt.offset_by(pl.format("-{}y", pl.col("age")))
    born = pl.when(pl.col("age").is_null()).then(None).otherwise(birthday.dt.offset_by(pl.format("-{}d", pl.lit(earlier))))
    named = joined.with_columns(name=pl.format(f"Invented {who} {{}}", pl.col("person_ref").str.slice(1)), born=born)
    return named.select("crime_ref", *(pl.col(c).alias(h.format(who)) for c, h in _PERSON.items()))
