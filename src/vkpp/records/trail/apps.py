"""The trail as a Django app."""

from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "vkpp.records.trail"
    label = "trail"
