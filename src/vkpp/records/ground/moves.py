"""States as a table: which moves exist, who asks in which words, and the diagram drawn from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vkpp.records.ground.problems import Refused


@dataclass(frozen=True, slots=True)
class Move:
    """One act that takes an object from one state to another. An origin of "" makes the object."""

    act: str
    origin: str
    target: str


@dataclass(frozen=True)
class States:
    """The states of one kind of object, each with its words for people, and every move that exists between them."""

    thing: str
    words: dict[str, str]
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        named = {m.origin for m in self.moves} | {m.target for m in self.moves}
        if unknown := named - self.words.keys() - {""}:
            raise ValueError(f"moves of {self.thing} name states without words: {sorted(unknown)}")
        if len({(m.act, m.origin) for m in self.moves}) != len(self.moves):
            raise ValueError(f"an act of {self.thing} leads two ways from one state")

    def acts_from(self, state: str) -> tuple[str, ...]:
        return tuple(move.act for move in self.moves if move.origin == state)

    def after(self, state: str, act: str) -> str:
        """The state that the act leads to. Raises Refused, in words, where no such move exists."""
        for move in self.moves:
            if move.origin == state and move.act == act:
                return move.target
        raise Refused(
            f"To {act} is not possible: {self.thing} is {self.words[state]}.",
            expected=self._possible(act),
            next_step="open the page again; somebody may have acted before you",
        )

    def _possible(self, act: str) -> str:
        origins = [self.words[m.origin] for m in self.moves if m.act == act and m.origin]
        return f"{self.thing} that is {' or '.join(origins)}" if origins else f"an act that {self.thing} knows"

    def choices(self) -> list[tuple[str, str]]:
        return list(self.words.items())

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, in the table's own order."""
        lines = ["stateDiagram-v2", *self._state_lines(), *self._move_lines()]
        return "\n".join(lines) + "\n"

    def _state_lines(self) -> Iterable[str]:
        return (f"  {state}: {words}" for state, words in self.words.items())

    def _move_lines(self) -> Iterable[str]:
        return (f"  {move.origin or '[*]'} --> {move.target}: {move.act}" for move in self.moves)
