"""The learning thread as a Django app, and what of it can be found."""

from django.apps import AppConfig


class ThreadConfig(AppConfig):
    name = "vkpp.records.thread"
    label = "thread"

    def ready(self) -> None:
        from vkpp.records.search.rules import Source, register
        from vkpp.records.thread.queries import findable_findings, findable_recommendations

        register(Source("finding", "Finding", findable_findings))
        register(Source("recommendation", "Recommendation", findable_recommendations))
