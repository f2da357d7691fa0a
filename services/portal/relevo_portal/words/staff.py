"""What is said to staff: on their way in, and on their first page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.words import Passage

StaffMistake = Literal["none", "away", "too_many", "begin_again", "refused", "no_role"]
"""What can be wrong when somebody of the staff comes in: there is no way in here, the provider is away, too many began
from one address, what was begun is over, the provider does not let them in, or they have no part in the course."""
StaffNotice = Literal["left", "over"]
Role = Literal[
    "coordinator",
    "head_coordinator",
    "reviewer",
    "faculty",
    "expert",
    "travel",
    "attendance",
    "support_desk",
    "press",
    "auditor",
    "operator",
]
"""Every role of staff: those that are granted by edition, and those that the provider alone gives."""
ROLES: frozenset[str] = frozenset(get_args(Role))


class StaffDoorWords(Words):
    title: str
    lead: str
    button: str
    how: str
    not_staff: str
    people: str


class WayOutWords(Words):
    """The page that leads on to the provider."""

    title: str
    more: str
    button: str


class StaffHomeWords(Words):
    title: str
    above: str
    roles: str
    no_roles: str


class StaffWords(Words):
    door: StaffDoorWords
    mistakes: Mapping[StaffMistake, Passage]
    notices: Mapping[StaffNotice, Passage]
    out: WayOutWords
    role_names: Mapping[Role, str]
    home: StaffHomeWords


TEXTS = Texts(StaffWords, "relevo_portal", "staff")
