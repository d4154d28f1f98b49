"""Who is looking or acting, as plain values: made once a request by people.queries, passed to every query and command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person (or the service itself) as facts on one day.

    `id` is what the trail keeps: a person's id, or "system:" and the name of a job. `permits` holds (permission, organisation);
    an organisation of None means everywhere.
    """

    id: str
    on: date
    organisations: frozenset[UUID] = frozenset()
    permits: frozenset[tuple[str, UUID | None]] = frozenset()
    compartments: frozenset[UUID] = frozenset()

    def may(self, permission: str, organisation: UUID | None = None) -> bool:
        """Whether a role in force gives the permission there. Without an organisation: everywhere."""
        return (permission, None) in self.permits or (organisation is not None and (permission, organisation) in self.permits)

    def may_anywhere(self, permission: str) -> bool:
        return any(held == permission for held, _ in self.permits)

    def where(self, permission: str) -> frozenset[UUID] | None:
        """The organisations in which the permission is held; None says everywhere."""
        if (permission, None) in self.permits:
            return None
        return frozenset(place for held, place in self.permits if held == permission and place is not None)


def system(job: str, on: date) -> Viewer:
    """The service itself, doing a job of its own: it stands on the trail by the job's name and sees nothing by scope."""
    return Viewer(id=f"system:{job}", on=on)
