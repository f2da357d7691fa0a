"""The figures of the report: counted in the stores and the streams after the run, not kept by the replay."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from relevo_contracts import CONTRACTS
from relevo_contracts.model import figures_of
from relevo_demo.audit import Findings
from relevo_demo.deeds import WORDS
from relevo_demo.evidence import Evidence
from relevo_demo.inspection import Inspected, Records, Used
from relevo_demo.outside import Read
from relevo_demo.privacy import Searched
from relevo_demo.replay import Played
from relevo_demo.verification import Verified

Figures = dict[str, Any]

_FIGURES = {each.type: figures_of(each.model) for each in CONTRACTS}


def figures(played: Played, inspected: Inspected, verified: Verified) -> Figures:
    """All figures, in the shape of the report."""
    evidence, findings = inspected.evidence, inspected.findings
    by_type = findings.by_type
    return {
        "applications": _applications(played, evidence, by_type),
        "reviews": _reviews(played, evidence, by_type),
        "selection": _selection(played, evidence),
        "before_the_week": _before_the_week(evidence),
        "onsite": _onsite(played, evidence, by_type),
        "multiplier": _multiplier(evidence, by_type) | {"people_reached_as_told": inspected.answered.people_reached},
        "certificates": _certificates(evidence, verified),
        "events": _events(findings) | _released(evidence),
        "privacy": _privacy(inspected.searched) | _records(inspected.records) | _outside(inspected.read),
        "portal": _portal(inspected.visitors),
        "course": {deed: inspected.answered.deeds[deed] for deed in WORDS},
        "done": {deed: played.deeds[deed] for deed in WORDS},
        "reasons": {"sealed": inspected.answered.reasons, "stand": inspected.answered.reasons_unaltered},
    }


def _applications(played: Played, evidence: Evidence, by_type: Mapping[str, int]) -> Figures:
    linked = [state for state in evidence.states("intake", "contact") if len(state["linked"]) > 1]
    applied = played.applied
    return {
        "submitted": by_type.get("ApplicationSubmitted", 0),
        "linked": sum(len(state["linked"]) for state in linked),
        "contacts_with_several": len(linked),
        "confirmed_by_link": applied.confirmed,
        "decided_by_coordinator": applied.decided,
        "withdrawn": by_type.get("ApplicationWithdrawn", 0),
        "from_drafts": len(applied.cast.drafted),
        "late_with_code": sum(bool(state["late"]) for state in evidence.states("intake", "application")),
        "countries": len({person.country for person in applied.cast.people}),
        "languages": dict(sorted(Counter(person.language for person in applied.cast.people).items())),
    }


def _reviews(played: Played, evidence: Evidence, by_type: Mapping[str, int]) -> Figures:
    by_application = [len(state["reviews"]) for state in evidence.states("intake", "application")]
    return {
        "recorded": sum(by_application),
        "applications_reviewed": sum(count > 0 for count in by_application),
        "reviewers": played.reviewed.reviewers,
        "conflicts_declared": played.reviewed.declared + played.reviewed.stepped_aside,
        "told": by_type.get("ApplicationReviewed", 0),
    }


def _selection(played: Played, evidence: Evidence) -> Figures:
    offers_made = [offer for state in evidence.states("intake", "seating") for offer in state["offers"]]
    offers = Counter(offer["state"] for offer in offers_made)
    selection = played.selected.selection
    return {
        "seats": played.selected.seating["seats"],
        "considered": selection["considered"],
        "offered": len({offer["application_id"] for offer in offers_made}),
        "declined": offers["declined"],
        "expired": offers["expired"],
        "enrolled": sum(state["state"] == "enrolled" for state in evidence.states("intake", "participant")),
        "waitlisted": selection["waitlisted"],
        "turned_down": selection["turned_down"],
        "travel_grants": played.selected.seating["travel_grants"],
        "status": selection["status"],
        "objective": selection["merit"],
        "bound": selection["bound"],
        "reproduced": played.selected.reproduced,
        "shares": selection["shares"],
    }


def _before_the_week(evidence: Evidence) -> Figures:
    """What was stated is gone 14 days after the week, and so is what a name on an invitation is compared with."""
    needs = [*evidence.states("intake", "needs")]
    invitations = [made for state in evidence.states("certification", "invitations") for made in state["made"]]
    return {
        "needs_stated": len(needs),
        "needs_still_kept": _count(state["changed_at"] is not None for state in needs),
        "invitations": len(invitations),
        "invitations_with_a_name": _count(made["name_hash"] is not None for made in invitations),
    }


def _onsite(played: Played, evidence: Evidence, by_type: Mapping[str, int]) -> Figures:
    outcomes = Counter(
        state["outcome"]["completed"] for state in evidence.states("scheduling", "attendance") if state["outcome"]
    )
    return {
        "sessions": played.week.sessions,
        "attendance_records": by_type.get("AttendanceRecorded", 0),
        "completed": outcomes[True],
        "not_completed": outcomes[False],
        "completed_by_late_correction": by_type.get("OnsiteCorrected", 0),
    }


def _multiplier(evidence: Evidence, by_type: Mapping[str, int]) -> Figures:
    """A session that two held together is counted once."""
    commitments = [
        state
        for state in evidence.states("multiplier_tracking", "commitment")
        if state["opened_at"] and state["state"] != "not_due"
    ]
    states = Counter(state["state"] for state in commitments)
    verified = [
        session["report"]
        for state in commitments
        for session in state["sessions"]
        if session["state"] == "verified" and session["together_with"] is None
    ]
    return {
        "commitments": len(commitments),
        "planned": by_type.get("MultiplierSessionPlanned", 0),
        "reported": by_type.get("MultiplierSessionReported", 0),
        "returned": by_type.get("MultiplierSessionReturned", 0),
        "rejected": by_type.get("MultiplierSessionRejected", 0),
        "verified": len(verified),
        "fulfilled": states["fulfilled"],
        "extended": sum(bool(state["extended"]) for state in commitments),
        "paused": by_type.get("CommitmentPaused", 0),
        "lapsed": states["lapsed"],
        "reopened": by_type.get("CommitmentReopened", 0),
        "people_reached": sum(report["people"] for report in verified),
        "reminders": by_type.get("CommitmentDeadlineNear", 0),
        "questions_answered": by_type.get("SupportAnswered", 0),
        "pictures_rejected": by_type.get("EvidenceRejected", 0),
        "pictures_still_kept": sum(len(session["pictures"]) for state in commitments for session in state["sessions"]),
    }


def _certificates(evidence: Evidence, verified: Verified) -> Figures:
    found = [state for state in evidence.states("certification", "certificate") if state["issued"]]
    return {
        "issued": len(found),
        "verified": verified.people,
        "revoked": _count(state["standing"] == "revoked" for state in found),
        "superseded": _count(bool(each["superseded_by_id"]) for state in found for each in state["issued"]),
        "superseded_verified": verified.superseded,
        "files_verified": verified.files,
    }


def _events(findings: Findings) -> Figures:
    return {
        "published": findings.published,
        "by_type": dict(findings.by_type),
        "dead_letters": findings.dead_letters,
        "lost": len(findings.lost),
        "duplicated_effects": len(findings.duplicated),
        "repeats": findings.repeats,
    }


def _released(evidence: Evidence) -> Figures:
    """Figures about people in events that anybody may have: told, not told, and told otherwise than they are to be."""
    numbers = [json.loads(each.body)[name] for each in evidence.events for name in _FIGURES.get(each.type, ())]
    return {
        "figures_told": _count(number > 0 for number in numbers),
        "figures_held_back": _count(number == 0 for number in numbers),
        "figures_not_in_tens": _count(number % 10 > 0 for number in numbers),
    }


def _records(records: Records) -> Figures:
    """How often sealed data was opened and something decided on record, and how many of the records are not whole."""
    broken = (each["broken_at"] is not None or each["forged"] > 0 for found in records.values() for each in found)
    return {
        **{record: sum(each["entries"] for each in found) for record, found in records.items()},
        "records_broken": _count(broken),
    }


def _privacy(searched: Searched) -> Figures:
    return {
        "canaries_planted": searched.planted,
        "found": len(searched.found),
        "places_searched": sum(searched.places.values()),
        "by_kind": dict(searched.places),
        "collections": list(searched.collections),
    }


def _outside(read: Read) -> Figures:
    """What was read of what anybody can read, and of the papers that holders can still fetch."""
    return {
        "names_given_up": read.former_names,
        "sealed_words": read.sealed_words,
        "found_outside": len(read.found),
        "names_hidden": read.hidden,
        "own_papers_that_bear_them": read.own,
        "public_routes": read.routes,
        "public_answers": read.answers,
        "papers": read.papers,
    }


def _portal(used: Used) -> Figures:
    """How many used the portal's pages, by what, in which languages, and how many windows they opened."""
    return {
        "in": "forms" if used.because else "browser",
        "because": used.because,
        "people": len(used.left),
        "languages": sorted({each.language for each in used.left}),
        "pages": sum(len(each.titles) for each in used.left),
        "titles": sorted({title for each in used.left for title in each.titles}),
    }


def _count(marks: Iterable[bool]) -> int:
    return sum(marks)
