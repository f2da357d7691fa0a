"""What the figures of a run have to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relevo_contracts import SERVICES
from relevo_demo.edition import Edition
from relevo_demo.portal.visitors import TITLE

VISITORS = 3
_EVERYWHERE = ("decisions", "readings", "record_checkpoints", "vault", "vault_keys", "outbox")
MUST_BE_SEARCHED = frozenset(
    {
        *(f"{service}.{name}" for service in SERVICES for name in _EVERYWHERE),
        *(f"intake.{name}" for name in ("letters", "details", "gate", "selection", "selection_outcomes")),
        *(f"intake.{name}" for name in ("needs", "thread")),
        "portal.sessions",
        *("scheduling.roster", "multiplier_tracking.commitment"),
        *(f"certification.{name}" for name in ("certificate", "invitations", "invitation_links")),
    }
)
"""Collections in which a person's data would be most at home, records of decisions and letters among them."""


def broken(report: Mapping[str, Any], edition: Edition, applications: int) -> list[str]:
    """The rules that the report breaks, a line for each; none when all is as it must be."""
    wanted = {**_of_people(report, edition, applications), **_of_what_is_left(report), **_of_deeds(report)}
    unsearched = MUST_BE_SEARCHED - {*report["privacy"]["collections"]}
    return [
        *(f"{name}: {found}, not {right}" for name, (found, right) in wanted.items() if found != right),
        *(f"{name} was not searched for canaries" for name in sorted(unsearched)),
        *(f"{deed}: never done" for deed, done in report["done"].items() if not done),
    ]


_Wanted = Mapping[str, tuple[object, object]]
"""What a figure is and what it has to be, by its name."""


def _of_people(report: Mapping[str, Any], edition: Edition, applications: int) -> _Wanted:
    selection, onsite, multiplier = report["selection"], report["onsite"], report["multiplier"]
    certificates = report["certificates"]
    return {
        "applications submitted": (report["applications"]["submitted"], applications),
        "reviews recorded, as told": (report["reviews"]["recorded"], report["reviews"]["told"]),
        "seats": (selection["seats"], edition.seats),
        "enrolled": (selection["enrolled"], edition.seats),
        "travel grants": (selection["travel_grants"], 7),
        "selection status": (selection["status"], "optimal"),
        "selection reproduced": (selection["reproduced"], True),
        "completed + not completed": (onsite["completed"] + onsite["not_completed"], edition.seats),
        "commitments, as completed": (multiplier["commitments"], onsite["completed"]),
        "fulfilled + lapsed, as commitments": (
            multiplier["fulfilled"] + multiplier["lapsed"],
            multiplier["commitments"],
        ),
        "people reached, as multiplier tracking counts them": (
            multiplier["people_reached_as_told"],
            multiplier["people_reached"],
        ),
        "issued, as fulfilled": (certificates["issued"], multiplier["fulfilled"]),
        "verified, as issued": (certificates["verified"], certificates["issued"]),
        "revoked": (certificates["revoked"], 1),
        "superseded, as corrected, hidden and shown afterwards": (certificates["superseded"], _replaced(report)),
        "superseded, to the independent verifier": (certificates["superseded_verified"], certificates["superseded"]),
    }


def _of_what_is_left(report: Mapping[str, Any]) -> _Wanted:
    events, privacy, reasons = report["events"], report["privacy"], report["reasons"]
    portal = report["portal"]
    before, pictures = report["before_the_week"], report["multiplier"]["pictures_still_kept"]
    return {
        "lost": (events["lost"], 0),
        "duplicated effects": (events["duplicated_effects"], 0),
        "dead letters": (events["dead_letters"], 0),
        "figures told outside that are not in tens": (events["figures_not_in_tens"], 0),
        "canaries found": (privacy["found"], 0),
        "records that are not whole": (privacy["records_broken"], 0),
        "needs that are kept after their time": (before["needs_still_kept"], 0),
        "invitations whose name is compared after their time": (before["invitations_with_a_name"], 0),
        "pictures that are kept after their decision": (pictures, 0),
        "people who used the portal's pages": (portal["people"], VISITORS),
        "languages in which they were used": (len(portal["languages"]), VISITORS),
        "titles of their windows": (portal["titles"], [TITLE]),
        "sealed reasons that are what was given": (reasons["stand"], reasons["sealed"]),
        "names given up and sealed words to be seen from outside": (privacy["found_outside"], 0),
        "own papers that bear a hidden name": (privacy["own_papers_that_bear_them"], privacy["names_hidden"]),
    }


def _of_deeds(report: Mapping[str, Any]) -> _Wanted:
    course = report["course"]
    return {f"{deed}, as the services say": (course[deed], done) for deed, done in report["done"].items()}


def _replaced(report: Mapping[str, Any]) -> int:
    """How many certificates others took the place of, by what was done."""
    afterwards = ("name_corrected_after", "name_hidden_after", "name_shown_after")
    return sum(report["done"][deed] for deed in afterwards)
