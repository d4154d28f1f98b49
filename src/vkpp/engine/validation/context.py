"""What checks need beside the table itself: code lists, the period of the return, other tables, the benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from vkpp.basics.identifiers import fold
from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem
from vkpp.engine.shapes.national import National
from vkpp.engine.validation.vocabulary import CannotRun

_Given = TypeVar("_Given")


class CodeList(Protocol):
    """What is asked of a code list of the catalogue."""

    @property
    def codes(self) -> Mapping[str, str]: ...
    @property
    def accepts(self) -> Mapping[str, str]: ...


class Catalogue(Protocol):
    """What is asked of the catalogue: `vkpp.catalogue.load.Catalogue` gives it, and tests give less."""

    def code_list(self, name: str) -> CodeList: ...


class NotApplicable(Problem):
    """A check has nothing to judge in this delivery: no period was named, no earlier returns were given. It does not block."""


@dataclass(frozen=True, slots=True)
class Context:
    """One delivery's surroundings, the same for both engines."""

    catalogue: Catalogue
    period: Period | None = None
    nation: National | None = None

    def accepted(self, name: str) -> Mapping[str, str]:
        """Folded text to code. Raises CannotRun when the catalogue has no such list."""
        return self._list(name).accepts

    def codes(self, name: str) -> Mapping[str, str]:
        """Code to title."""
        return self._list(name).codes

    def folded_codes(self, name: str) -> frozenset[str]:
        return frozenset(fold(code) for code in self.codes(name))

    def the_period(self) -> Period:
        if self.period is None:
            raise NotApplicable("No period was named.", next_step="name the period of the return")
        return self.period

    def recorded_everywhere(self, check: str) -> Mapping[str, Decimal]:
        """The codes that nearly every force recorded, for a check of this id, with their shares of all records."""
        return _printed(check, self._nation().everywhere)

    def national_share(self, check: str) -> Decimal:
        return _printed(check, self._nation().shares)

    def _nation(self) -> National:
        if self.nation is None:
            raise NotApplicable("The signed national aggregates were not given.", next_step="name them with --national")
        return self.nation

    def _list(self, name: str) -> CodeList:
        try:
            return self.catalogue.code_list(name)
        except (KeyError, Problem) as unknown:
            raise CannotRun(f"The catalogue has no list {name!r}.", next_step="correct the name, or add the list") from unknown


def _printed(check: str, given: Mapping[str, _Given]) -> _Given:
    if check not in given:
        raise NotApplicable("The national aggregates have nothing that may be printed for this check.")
    return given[check]
