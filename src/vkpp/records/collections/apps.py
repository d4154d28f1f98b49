"""Collections as a Django app."""

from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "vkpp.records.collections"
    label = "collections"
