"""Collections as a Django app, and what of it can be found."""

from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "vkpp.records.collections"
    label = "collections"

    def ready(self) -> None:
        from vkpp.records.collections.queries import findable
        from vkpp.records.search.rules import Source, register

        register(Source("round", "Round", findable.findable_rounds, findable.findable_rounds, "collections.round"))
        register(Source("return", "Return", findable.findable_returns, findable.findable_returns))
        register(Source("waiver", "Waiver", findable.findable_waivers, findable.findable_waivers, "collections.waiver"))
        register(Source("tasking", "Tasking", findable.findable_taskings, findable.findable_taskings, "collections.tasking"))
