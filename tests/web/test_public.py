"""What anybody may read: each collection's purpose, lawful basis, fields, readers and retention, before the first return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.records.nation import Nation
from tests.web.test_national import text_of
from vkpp.catalogue.load import load_catalogue

Clients = Callable[[UUID | None], Any]


@pytest.mark.parametrize("name", load_catalogue().collections)
def test_a_collection_says_why_on_what_basis_what_and_for_how_long(nation: Nation, client_of: Clients, name: str) -> None:
    found = load_catalogue().specification(name)
    said = " ".join(text_of(client_of(None).get(f"/what-is-collected/{name}/")).split())
    for words in (found.purpose, found.lawful_basis, found.retention or "Not stated yet."):
        assert words in said
    for table in found.tables:
        for field in table.fields:
            assert f">{field.title}</th>" in said.replace("</th >", "</th>")
    asked = found.burden["hours_per_force"] > 0  # what is published already is asked of nobody, and no force's return is seen
    for role in ("National analyst", "Certifier of a force", "Regional analyst"):
        assert (role in said) is asked
    assert ("Nothing. " in said, "blank.xlsx" in said) == (not asked, asked)
    assert "You " not in said.split("<main")[1].split("</main>")[0]  # the reader may be anybody
    assert "Access manager" not in said  # who cannot see returns is not among who can


def test_the_list_leads_to_each_and_nothing_else_is_there(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    listed = text_of(client.get("/what-is-collected/"))
    for name in load_catalogue().collections:
        assert f"/what-is-collected/{name}/" in listed
    assert client.get("/what-is-collected/nonsense/").status_code == 404
    assert "Eastmere" not in listed and client.post("/what-is-collected/").status_code == 405
    assert "What is collected" in text_of(client_of(nation.east).get("/what-is-collected/"))


@pytest.mark.parametrize("name", load_catalogue().collections)
def test_what_a_page_says_never_takes_the_place_of_the_frame(nation: Nation, client_of: Clients, name: str) -> None:
    """The page lists who sees returns under a name that the frame once used for who is signed in."""
    client = client_of(nation.east)
    heads = [
        text_of(client.get(address)).split("vkpp-header__who")[1].split("</span>")[0]
        for address in ("/", f"/what-is-collected/{name}/")
    ]
    assert heads[0] == heads[1] and "Eastmere" in heads[0]
