"""Search as a Django app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "vkpp.records.search"
    label = "search"

    def ready(self) -> None:
        from vkpp.records.search import commands  # noqa: F401  the index follows commands from the start
