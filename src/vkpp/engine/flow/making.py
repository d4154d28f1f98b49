"""What every product's flow gives: the edition, and what was said of the inputs and checks, ready to be frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.dissemination.edition import Edition, Provenance
from vkpp.engine.flow.checking import Checked
from vkpp.engine.shapes.findings import CheckRun, Reconciliation


@dataclass(frozen=True, slots=True)
class Program:
    """Which program makes an edition: its version and the hash of the lock file it was set up from."""

    version: str
    lock_hash: str


@dataclass(frozen=True, slots=True)
class Made:
    """An edition with what it rests on. `context` chooses wordings by code; `inputs` are sha256 by file name."""

    inputs: Mapping[str, str]
    reconciliations: tuple[Reconciliation, ...]
    checks: tuple[CheckRun, ...]
    context: Mapping[str, str]
    edition: Edition | None = None
    said: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, checked: Checked, context: Mapping[str, str]) -> Made:
        received = [staged.received for parts in checked.staged.values() for staged in parts]
        return cls({r.name: r.sha256 for r in received}, checked.result.reconciliations, checked.result.runs, dict(context))

    def with_edition(self, edition: Edition) -> Made:
        return replace(self, edition=edition)

    def document(self) -> dict[str, Any]:
        """As frozen beside the edition: everything but the edition itself."""
        return {
            "inputs": dict(self.inputs),
            "reconciliations": [asdict(r) for r in self.reconciliations],
            "checks": [asdict(c) for c in self.checks],
            "context": dict(self.context),
            "said": dict(self.said),
        }

    @classmethod
    def thawed(cls, document: Mapping[str, Any]) -> Made:
        return cls(
            inputs=document["inputs"],
            reconciliations=tuple(Reconciliation(**r) for r in document["reconciliations"]),
            checks=tuple(CheckRun(**c) for c in document["checks"]),
            context=document["context"],
            said=document.get("said", {}),
        )


def provenance(
    specification: Specification,
    catalogue: Catalogue,
    program: Program,
    inputs: Mapping[str, str],
    parameters: Mapping[str, str],
) -> Provenance:
    return Provenance(
        program_version=program.version,
        specification=specification.name,
        specification_edition=specification.edition,
        catalogue_digest=catalogue.digest,
        lock_hash=program.lock_hash,
        inputs=dict(inputs),
        parameters=dict(parameters),
        documents={"specification": specification.document},
    )
