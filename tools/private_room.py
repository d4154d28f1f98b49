"""An import contract: a room such as models.py is imported only inside its own app."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PrivateRoom(Contract):
    """Every module `<root>...<app>.<room>` (and below it) may be imported only by modules of the same app."""

    root = fields.StringField()
    rooms = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        rooms = set(self.rooms)  # type: ignore[call-overload]
        broken: list[tuple[str, str]] = []
        for module in sorted(graph.modules):
            app = self._app_of(module, rooms)
            if app is None:
                continue
            for importer in sorted(graph.find_modules_that_directly_import(module)):
                if importer != app and not importer.startswith(app + "."):
                    broken.append((importer, module))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, module in check.metadata["broken"]:
            output.print_error(f"{importer} may not import {module}: that room is private to its app", bold=False)

    def _app_of(self, module: str, rooms: set[str]) -> str | None:
        if not module.startswith(f"{self.root}."):
            return None
        parts = module.split(".")
        for index, part in enumerate(parts):
            if part in rooms:
                return ".".join(parts[:index])
        return None
