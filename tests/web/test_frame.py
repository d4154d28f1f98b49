"""The frame of a page belongs to the frame: a view's own names cannot change who is signed in, or where the page leads."""

from __future__ import annotations

from django.test import RequestFactory

from vkpp.web.parts.frame import frame


def test_the_frame_gives_two_names_and_only_the_marking_may_be_a_views(records: None) -> None:
    request = RequestFactory().get("/")
    assert set(frame(request)) == {"frame", "marking"}
    assert frame(request)["frame"]["who"] == ""
