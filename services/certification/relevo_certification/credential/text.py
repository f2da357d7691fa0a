"""What the credential says (Open Badges 3.0 on the W3C data model 2.0), before anything is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from relevo_certification.assets.pinned import CREDENTIALS_V2, OPEN_BADGES
from relevo_certification.calendar import day_begins_at, day_ends_at
from relevo_certification.credential.stated import evidence, result_descriptions, results
from relevo_certification.credential.urn import uuid_urn
from relevo_certification.domain.edition import EditionFacts, Language
from relevo_certification.domain.status_entry import STATUS_PURPOSES, StatusPurpose
from relevo_contracts import derived_id

OPEN_BADGE = ("VerifiableCredential", "OpenBadgeCredential")


class Issuer(NamedTuple):
    """Who vouches for the credential."""

    did: str
    public_url: str


class Entry(NamedTuple):
    """The place of a credential in a status list."""

    list_number: int
    position: int


class Particulars(NamedTuple):
    """What is this credential's own. ``name`` is the holder's, or ``None`` when it is not to appear.

    Then ``sealed_name`` is the hash of the ciphertext behind the link, which the paper opens.
    """

    credential_id: str
    subject_id: str
    entry: Entry
    valid_from: datetime
    language: Language
    name: str | None
    sealed_name: str | None = None


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def status_list_url(public_url: str, number: int, purpose: StatusPurpose) -> str:
    return f"{public_url}/status/{number}" + ("" if purpose == "revocation" else f"/{purpose}")


def credential(issuer: Issuer, edition_id: str, facts: EditionFacts, own: Particulars) -> dict[str, Any]:
    """The credential without proof. The subject's id is random; the name is in it only if it was passed."""
    words = facts.texts[own.language]
    made: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": uuid_urn(own.credential_id),
        "type": [*OPEN_BADGE],
        "name": words.title,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": words.issuer, "url": issuer.public_url},
        "validFrom": instant(own.valid_from),
        "credentialSubject": _subject(edition_id, facts, own),
        "evidence": evidence(facts, own.language),
        "credentialStatus": [status(issuer.public_url, own.entry, purpose) for purpose in STATUS_PURPOSES],
    }
    if own.sealed_name is not None:
        id, media = uuid_urn(derived_id("sealed_name", own.credential_id)), "application/octet-stream"
        made["relatedResource"] = [{"id": id, "digestSRI": own.sealed_name, "mediaType": media}]
    return made


def _subject(edition_id: str, facts: EditionFacts, own: Particulars) -> dict[str, Any]:
    words = facts.texts[own.language]
    subject: dict[str, Any] = {
        "id": uuid_urn(own.subject_id),
        "type": ["AchievementSubject"],
        "activityStartDate": instant(day_begins_at(facts, facts.first_on)),
        "activityEndDate": instant(day_ends_at(facts, facts.last_on)),
        "creditsEarned": facts.hours,
        "result": results(edition_id, facts),
        "achievement": {
            "id": uuid_urn(edition_id),
            "type": ["Achievement"],
            "achievementType": "Certificate",
            "name": words.title,
            "description": words.description,
            "criteria": {"narrative": words.criteria},
            "inLanguage": own.language,
            "creditsAvailable": facts.hours,
            "resultDescription": result_descriptions(edition_id, facts, own.language),
        },
    }
    if own.name is not None:
        identity = {"type": "IdentityObject", "identityHash": own.name, "identityType": "name", "hashed": False}
        subject["identifier"] = [identity]
    return subject


def status(public_url: str, entry: Entry, purpose: StatusPurpose) -> dict[str, Any]:
    """One for each purpose; first that by which verifiers who look at one only know what was revoked."""
    url = status_list_url(public_url, entry.list_number, purpose)
    return {
        "id": f"{url}#{entry.position}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(entry.position),
        "statusListCredential": url,
    }
