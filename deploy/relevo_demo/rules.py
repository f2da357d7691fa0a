"""What the figures of a run have to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relevo_demo.edition import Edition


def broken(report: Mapping[str, Any], edition: Edition, applications: int) -> list[str]:
    """The rules that the report breaks, a line for each; none when all is as it must be."""
    selection, onsite, multiplier = report["selection"], report["onsite"], report["multiplier"]
    certificates, events, privacy = report["certificates"], report["events"], report["privacy"]
    wanted = {
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
        "issued, as fulfilled": (certificates["issued"], multiplier["fulfilled"]),
        "verified, as issued": (certificates["verified"], certificates["issued"]),
        "revoked": (certificates["revoked"], 1),
        "superseded: corrected by staff and by themselves, hidden, shown": (certificates["superseded"], 4),
        "lost": (events["lost"], 0),
        "duplicated effects": (events["duplicated_effects"], 0),
        "dead letters": (events["dead_letters"], 0),
        "canaries found": (privacy["found"], 0),
        "records that are not whole": (privacy["records_broken"], 0),
    }
    return [f"{name}: {found}, not {right}" for name, (found, right) in wanted.items() if found != right]
