"""People and organisations as a Django app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "vkpp.records.people"
    label = "people"
