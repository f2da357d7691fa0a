"""A certificate on its way into its holder's wallet: offered at a press, for ten minutes, once.

One participant has one offer at a time, and another press takes its place. What is kept of its codes are keyed hashes.
Whatever changes the certificate or what is known of its holder ends it: a correction, a revocation, another choice of
who sees the name, an erasure, and word that somebody is in danger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from relevo_certification.domain.certificate import AlreadyRevoked, Certificate, NoSuchCertificate, NothingIssued
from relevo_certification.domain.kept import OFFERED, OFFERED_ONCE
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen

OFFERED_FOR = timedelta(minutes=10)
HANDED_OUT_FOR = timedelta(minutes=5)
"""How long a wallet that gave the codes may fetch the credential: again too, where the line breaks."""
WRONG_AT_MOST = 5
"""Transaction codes that may be wrong before the offer is over."""


class OfferedInDanger(Refusal):
    """Nothing is offered to a wallet while its holder is in danger; say first that the danger is over (rule 25)."""


class NameBeingAsked(Refusal):
    """What is known of the holder was changed a moment ago and is being asked for; try again in a minute."""

    retry_after_seconds = 60


class WalletOfferIsOver(Refusal):
    """This offer is over: it was used, another took its place, or its time is over; ask for another."""


class NoSuchWalletOffer(Refusal):
    """There is no such offer."""

    status = 404


class NoWalletToken(Refusal):
    """The access token of an offer is missing or opens nothing any more; its holder can make another offer."""

    status = 401


class Codes(Frozen):
    """What stands for the codes of an offer: for its address, for the code in it, and for the token that follows."""

    address: str
    code: str
    token: str


class WalletOffer(Frozen):
    """What is offered to the wallet of one participant now; nothing without ``codes``.

    ``amendments`` is that of the certificate, which tells whether anything about its holder changed since.
    """

    kept: ClassVar[Kept] = OFFERED

    participant_id: Annotated[str, OFFERED_ONCE]
    certificate_id: str | None = None
    amendments: int = 0
    codes: Codes | None = None
    over_at: datetime | None = None
    is_exchanged: bool = False
    wrong: int = 0


def offer(certificate: Certificate | None, codes: Codes, now: datetime) -> WalletOffer:
    """Offer the certificate that stands. Raises ``NoSuchCertificate``, ``NothingIssued``, ``AlreadyRevoked`` or
    ``NameBeingAsked``."""
    if certificate is None or certificate.erased:
        raise NoSuchCertificate()
    if certificate.standing == "revoked":
        raise AlreadyRevoked(participant_id=certificate.participant_id)
    if certificate.current is None:
        raise NothingIssued(participant_id=certificate.participant_id)
    if certificate.identity == "wanted":
        raise NameBeingAsked(participant_id=certificate.participant_id)
    return WalletOffer(
        participant_id=certificate.participant_id,
        certificate_id=certificate.current.certificate_id,
        amendments=certificate.amendments,
        codes=codes,
        over_at=now + OFFERED_FOR,
    )


def is_open(offered: WalletOffer | None, certificate: Certificate | None, now: datetime) -> bool:
    """Whether the offer stands, and the certificate as it was when it was offered."""
    if offered is None or certificate is None or offered.over_at is None or now >= offered.over_at:
        return False
    current = certificate.current
    if current is None or certificate.standing != "issued" or certificate.erased:
        return False
    return (current.certificate_id, certificate.amendments) == (offered.certificate_id, offered.amendments)


def exchange(offered: WalletOffer, is_right: bool, now: datetime) -> tuple[WalletOffer, bool]:
    """Exchange the codes of an open offer for a token, once; whether it was. ``is_right`` is the transaction code.

    Codes that are sent a second time end what came of the first, for one of both senders is not the holder.
    """
    if offered.is_exchanged:
        return close(offered), False
    if not is_right:
        wrong = offered.wrong + 1
        after = offered.model_copy(update={"wrong": wrong})
        return (close(offered) if wrong >= WRONG_AT_MOST else after), False
    return offered.model_copy(update={"is_exchanged": True, "over_at": now + HANDED_OUT_FOR}), True


def close(offered: WalletOffer) -> WalletOffer:
    """Nothing is offered any more, and nothing of it is kept."""
    return WalletOffer(participant_id=offered.participant_id)
