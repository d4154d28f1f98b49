"""Who is who, for a named viewer; who the viewer is; and the library's door for sign-in."""

from vkpp.records.people.queries.compartments import (
    CompartmentRow,
    compartments,
    inside,
)
from vkpp.records.people.queries.organisations import (
    OrganisationRow,
    areas,
    organisations,
    successor,
)
from vkpp.records.people.queries.reviews import (
    DueReview,
    ReviewRow,
    review_lines,
    reviews,
    reviews_due,
)
from vkpp.records.people.queries.viewers import (
    SignIn,
    holders,
    invited,
    newcomer,
    viewer_of,
)
from vkpp.records.people.queries.who import (
    Acts,
    PersonRow,
    RoleRow,
    my_roles,
    people,
    person,
    roles_of,
)

__all__ = [
    "Acts",
    "CompartmentRow",
    "DueReview",
    "OrganisationRow",
    "PersonRow",
    "ReviewRow",
    "RoleRow",
    "SignIn",
    "areas",
    "compartments",
    "holders",
    "inside",
    "invited",
    "my_roles",
    "newcomer",
    "organisations",
    "people",
    "person",
    "review_lines",
    "reviews",
    "reviews_due",
    "roles_of",
    "successor",
    "viewer_of",
]
