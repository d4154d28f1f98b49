"""Work to be done later, as a Django app."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "vkpp.records.work"
    label = "work"
