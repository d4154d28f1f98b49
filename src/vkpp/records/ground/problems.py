"""The troubles of records: what a person is refused, for now or at all, and two faults of ours that must never be silent."""

from __future__ import annotations

from vkpp.basics.problems import Problem, RefusedByRule


class NotThere(Problem):
    """What was asked for is not there for this viewer. The words are the same whether it exists or not."""

    def __init__(self) -> None:
        super().__init__(
            "There is nothing here under that address for you.",
            expected="an address from one of your own lists",
            next_step="go back to the list, or ask whoever sent you the address",
        )


class Refused(RefusedByRule):
    """A rule of records refuses an act, in the words that the page shows too."""


class RefusedForNow(Refused):
    """The same will be taken later: in `seconds`, which the words say in their own way."""

    def __init__(self, saw: str, *, seconds: int, next_step: str) -> None:
        super().__init__(saw, next_step=next_step)
        self.seconds = seconds


class UnscopedRead(Exception):
    """Ours: records were read without naming a viewer."""


class WriteOutsideCommand(Exception):
    """Ours: records were written outside a command, so nothing would stand on the trail."""
