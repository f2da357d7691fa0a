"""The collections of certification, their indexes, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from relevo_certification.domain import ended
from relevo_certification.domain.certificate import Certificate, CertificateStanding, Issued, NoSuchCertificate
from relevo_certification.domain.count import Count
from relevo_certification.domain.edition import Edition, EditionFacts, NoSuchEdition
from relevo_certification.domain.invitation import Invitation, Invitations, Inviting
from relevo_certification.domain.issuance import Issuance, NoSuchIssuance
from relevo_certification.domain.kept import ASKED, CERTIFIED, INVITED, ISSUING, SIGNING
from relevo_certification.domain.sealed import RETENTIONS
from relevo_certification.domain.status_entry import BITS, StatusEntry, StatusPurpose
from relevo_certification.domain.wallet import WalletOffer
from relevo_chassis.delivery.change import Kind, Ref, Row
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.http.granted import GRANTED
from relevo_chassis.kept import KeptRows
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import Erased
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.certification import CertificateDataDestroyed

CERTIFICATE = Kind("certificate", Certificate)
EDITION = Kind("edition", Edition)
COUNT = Kind("count", Count)
STATUS_ENTRY = Kind("status_entry", StatusEntry)
ISSUANCE = Kind("issuance", Issuance)
INVITING = Kind("inviting", Inviting)
INVITATIONS = Kind("invitations", Invitations)
WALLET_OFFER = Kind("wallet_offer", WalletOffer)


async def _present(_: Store, participant_id: str) -> Sequence[Ref[Certificate]]:
    return [CERTIFICATE(participant_id)]


def _require(certificate: Certificate | None) -> None:
    if certificate is not None and certificate.erased:
        raise PersonErased(certificate.participant_id)


ENDING = Ending(CertificateDataDestroyed, RETENTIONS, ended.destroy, _present, _require)
"""How what is kept of a participant ends before they are erased."""

KINDS: tuple[Kind[Any], ...] = (
    *(CERTIFICATE, EDITION, COUNT, STATUS_ENTRY, ISSUANCE, INVITING, INVITATIONS, WALLET_OFFER, GRANTED),
    ENDING.kind,
)

LINKS = "links"
STATUS_LISTS = "status_lists"
IDENTITY_REQUESTS = "identity_requests"
ISSUE_ROWS = "issue_rows"
SIGNING_KEYS = "signing_keys"
INVITATION_LINKS = "invitation_links"
COLLECTIONS = (LINKS, STATUS_LISTS, IDENTITY_REQUESTS, ISSUE_ROWS, SIGNING_KEYS, INVITATION_LINKS)
ROWS: Mapping[str, Sequence[KeptRows]] = {
    LINKS: (KeptRows(CERTIFIED, ("participant_id", "certificate_id")),),
    STATUS_LISTS: (KeptRows(SIGNING, ("published_at", "credential", "jwt")),),
    IDENTITY_REQUESTS: (KeptRows(ASKED, ("participant_id", "purpose", "asked_at")),),
    ISSUE_ROWS: (KeptRows(ISSUING, ("participant_id", "outcome", "certificate_id", "problem", "issuance_id")),),
    INVITATION_LINKS: (KeptRows(INVITED, ("participant_id", "invitation_id")),),
    SIGNING_KEYS: (KeptRows(SIGNING, ("public", "published_at", "compromised_at")),),
}
"""Why what lies beside the aggregates is kept."""

IDENTITY_SET = "identity"
ANSWER_SET = "told"
"""What intake answered last."""
CHOICE_SET = "display"
PAPERS_SET = "papers"
SEALED_SETS = (IDENTITY_SET, ANSWER_SET, CHOICE_SET, PAPERS_SET)

ISSUED: tuple[CertificateStanding, ...] = ("issued", "revoked")
"""How a certificate stands that was issued."""

ERASED = Erased(CERTIFICATE, {"erased": True}, person_id="participant_id")
"""Whom the store knows to be erased (rule 14)."""

INDEXES: Mapping[str, Sequence[Index]] = {
    "certificate": (
        Index((("state.edition_id", 1), ("state.standing", 1), ("_id", 1))),
        Index((("state.identity", 1), ("_id", 1)), where={"state.identity": "wanted"}),
        Index((("state.standing", 1), ("state.issue_by_itself", 1), ("_id", 1)), where={"state.standing": "ready"}),
    ),
    "status_entry": (
        Index((("state.list_number", 1), ("state.revoked", 1))),
        Index((("state.list_number", 1), ("state.superseded", 1))),
    ),
    "wallet_offer": tuple(Index(((f"state.codes.{each}", 1),)) for each in ("address", "code", "token")),
    "issuance": (
        Index((("state.edition_id", 1), ("_id", 1))),
        Index((("state.asked_at", 1),), where={"state.finished_at": None}),
    ),
    IDENTITY_REQUESTS: (Index((("participant_id", 1), ("asked_at", 1))),),
    ISSUE_ROWS: (Index((("issuance_id", 1), ("outcome", 1), ("_id", 1))),),
}


class PublishedList(NamedTuple):
    """A status list in both securings; ``jwt`` is ``None`` for one that a version before this published."""

    published_at: datetime
    credential: str
    jwt: str | None


class Linked(NamedTuple):
    """The certificate that a verification link leads to, with all of its participant's."""

    certificate: Certificate
    issued: Issued


async def certificate_of(store: Store, participant_id: str) -> Certificate:
    found = await store.state(CERTIFICATE(participant_id))
    if found is None:
        raise NoSuchCertificate(participant_id=participant_id)
    return found


async def facts_of(store: Store, edition_id: str) -> EditionFacts:
    found = await store.state(EDITION(edition_id))
    if found is None:
        raise NoSuchEdition(edition_id=edition_id)
    return found.facts


async def issuable(store: Store, edition_id: str, after: str | None, limit: int) -> list[Certificate]:
    """Those of an edition that are ready to be issued or were issued, by participant."""
    where = {"edition_id": edition_id, "standing": {"$in": ["ready", *ISSUED]}}
    return await store.select(CERTIFICATE, where, after=after, limit=limit)


async def ready_since(store: Store, issuance: Issuance, limit: int) -> list[Certificate]:
    """Those that an issuing has still before it: who became ready after it was asked for is none of them."""
    where = {"edition_id": issuance.edition_id, "standing": "ready", "ready_at": {"$lte": issuance.asked_at}}
    return await store.select(CERTIFICATE, where, after=issuance.reached, limit=limit)


async def issuance_of(store: Store, edition_id: str, issuance_id: str) -> Issuance:
    found = await store.state(ISSUANCE(issuance_id))
    if found is None or found.edition_id != edition_id:
        raise NoSuchIssuance(edition_id=edition_id, issuance_id=issuance_id)
    return found


async def unfinished(store: Store) -> list[Issuance]:
    """The issuing that was asked for first of those that are not done."""
    return await store.select(ISSUANCE, {"finished_at": None}, sort=[("asked_at", 1)], limit=1)


async def list_with_room(store: Store, bits: int = BITS) -> int:
    """The number of the status list that new places are drawn from: a list is left when it is half full."""
    return 1 + await store.count(STATUS_ENTRY, {}) // (bits // 2)


async def positions(store: Store, list_number: int, purpose: StatusPurpose) -> list[int]:
    """The places of a list for which the purpose holds."""
    flag = "revoked" if purpose == "revocation" else "superseded"
    entries = await store.select(STATUS_ENTRY, {"list_number": list_number, flag: True})
    return [entry.position for entry in entries]


async def published_list(store: Store, list_number: int, purpose: StatusPurpose) -> PublishedList | None:
    """A status list as it was published last."""
    row = await store.row(STATUS_LISTS, _list_id(list_number, purpose))
    return PublishedList(row["published_at"], row["credential"], row.get("jwt")) if row else None


async def linked(store: Store, link_hash: str) -> Linked | None:
    """What a verification link leads to, or ``None``."""
    row = await store.row(LINKS, link_hash)
    if row is None:
        return None
    certificate = await store.state(CERTIFICATE(row["participant_id"]))
    issued = certificate.issue_of(row["certificate_id"]) if certificate else None
    return Linked(certificate, issued) if certificate and issued else None


async def invitation_behind(store: Store, link_hash: str) -> tuple[str, Invitation] | None:
    """Whose invitation a code leads to, by the participant's id, and the invitation; or ``None``."""
    row = await store.row(INVITATION_LINKS, link_hash)
    if row is None:
        return None
    kept = await store.state(INVITATIONS(row["participant_id"]))
    return (kept.participant_id, kept.of(row["invitation_id"])) if kept else None


async def wallet_offer_by(store: Store, which: Literal["address", "code", "token"], hashed: str) -> WalletOffer | None:
    """The offer to a wallet that one of its codes leads to; whether it stands is not looked at."""
    found = await store.select(WALLET_OFFER, {f"codes.{which}": hashed}, limit=1)
    return found[0] if found else None


def invitation_link_row(link_hash: str, participant_id: str, invitation_id: str) -> Row:
    return Row(INVITATION_LINKS, link_hash, {"participant_id": participant_id, "invitation_id": invitation_id})


def link_row(link_hash: str, participant_id: str, certificate_id: str) -> Row:
    return Row(LINKS, link_hash, {"participant_id": participant_id, "certificate_id": certificate_id})


def identity_request_row(request_id: str, participant_id: str, asked_at: datetime) -> Row:
    """The record that intake was asked who a participant is, and what for."""
    return Row(
        IDENTITY_REQUESTS,
        request_id,
        {"participant_id": participant_id, "purpose": "certificate", "asked_at": asked_at},
    )


def issue_row(issuance_id: str, participant_id: str, row: Mapping[str, Any]) -> Row:
    """What became of one participant's certificate in an issuing."""
    return Row(ISSUE_ROWS, f"{issuance_id}/{participant_id}", {**row, "issuance_id": issuance_id})


async def outcomes(store: Store, issuance_id: str, outcome: str) -> int:
    """How many came out so."""
    return await store.count_rows(ISSUE_ROWS, {"issuance_id": issuance_id, "outcome": outcome})


def status_list_row(list_number: int, purpose: StatusPurpose, published: PublishedList) -> Row:
    return Row(STATUS_LISTS, _list_id(list_number, purpose), published._asdict())


def _list_id(list_number: int, purpose: StatusPurpose) -> str:
    return str(list_number) if purpose == "revocation" else f"{list_number}/{purpose}"
