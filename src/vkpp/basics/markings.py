"""Security markings: what stands at the top and foot of a page, and which of two is the stricter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vkpp.basics.problems import UsageProblem


class Level(IntEnum):
    """The two levels that this service may hold, the stricter one larger. It may hold nothing above them."""

    OFFICIAL = 1
    OFFICIAL_SENSITIVE = 2

    @property
    def words(self) -> str:
        return self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Marking:
    """A level and, where there is one, a handling instruction in words ("For the force named only")."""

    level: Level = Level.OFFICIAL
    handling: str = ""

    @classmethod
    def parse(cls, text: str) -> Marking:
        """OFFICIAL, OFFICIAL-SENSITIVE, or either followed by ": handling words". Raises UsageProblem on anything else."""
        name, _, handling = text.partition(":")
        folded = "_".join(name.upper().replace("-", " ").split())
        if folded not in Level.__members__:
            raise UsageProblem(
                f"{text!r} is not a marking that this service may hold.",
                expected="OFFICIAL or OFFICIAL-SENSITIVE, with handling words after a colon if there are any",
            )
        return cls(Level[folded], handling.strip())

    def __str__(self) -> str:
        return f"{self.level.words}: {self.handling}" if self.handling else self.level.words


OFFICIAL = Marking()
_BETWEEN = "; "


def strictest(*markings: Marking) -> Marking:
    """What a document made of several parts carries: the strictest level, and all handling words in their order, each once.

    A part may be such a document itself.
    """
    level = max((m.level for m in markings), default=Level.OFFICIAL)
    handling = dict.fromkeys(words for m in markings if m.handling for words in m.handling.split(_BETWEEN))
    return Marking(level, _BETWEEN.join(handling))
