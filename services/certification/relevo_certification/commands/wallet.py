"""Handing a certificate over to its holder's wallet (OpenID4VCI 1.0, the flow with a pre-authorised code).

Every code of an offer follows from the one before it and from a key of this service alone, and the first from the
Idempotency-Key of the press: so the holder can be told again what is kept nowhere.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from relevo_certification.commands.amending import commit_as_read, must_be_the_same
from relevo_certification.commands.office import Office, spelled
from relevo_certification.commands.papers import SeePapers, see_papers
from relevo_certification.commands.readings import record_reading
from relevo_certification.deadlines import wallet_offer_rows
from relevo_certification.domain.certificate import Certificate, CertificateReplaced, NoSuchCertificate
from relevo_certification.domain.sealed import Identity, Papers
from relevo_certification.domain.wallet import Codes, OfferedInDanger, WalletOffer, exchange, is_open, offer
from relevo_certification.store import ANSWER_SET, CERTIFICATE, WALLET_OFFER, wallet_offer_by
from relevo_chassis.delivery.change import Asked, Change, Decision, Found, New, Repeat, unrepeated
from relevo_chassis.people.vault import PersonErased

DIGITS = 6
"""Of a transaction code."""
THE_WALLET = "wallet"
"""Who fetches what a holder had offered to it: nobody knows more of it."""
Which = Literal["address", "code", "token"]


class Secrets(NamedTuple):
    """What an offer is known by: its address, the code in it, the transaction code on its holder's page alone, and the
    token that a wallet gets for both."""

    address: str
    code: str
    transaction_code: str
    token: str


def secrets_of(office: Office, participant_id: str, once: str) -> Secrets:
    """Those of the offer that was asked for with this Idempotency-Key."""
    return _from_address(office, spelled(office.vault.keyed_hash("wallet-address", participant_id, once)))


@dataclass(frozen=True, slots=True)
class OfferToWallet:
    participant_id: str
    secrets: Secrets = field(repr=False)


async def offer_to_wallet(office: Office, command: OfferToWallet, asked: Asked) -> Certificate | Repeat:
    """Offer the certificate that stands to a wallet, in the place of whatever was offered before.

    Raises ``NoSuchCertificate``, ``NothingIssued``, ``AlreadyRevoked``, ``NameBeingAsked``, ``OfferedInDanger`` or
    ``PersonErased``.
    """
    return await commit_as_read(office, command, asked, _offering)


async def open_offer(office: Office, participant_id: str, address: str, now: datetime) -> WalletOffer | None:
    """What the address leads to while it can still be used."""
    offered = await office.store.state(WALLET_OFFER(participant_id))
    return await _if_open(office, offered, "address", address, now)


async def offer_behind(office: Office, address: str, now: datetime) -> Secrets | None:
    """The offer that anybody finds who has its address; ``None`` for an unknown one and for one that is over."""
    offered = await wallet_offer_by(office.store, "address", _hashed(office, "address", address))
    return _from_address(office, address) if await _if_open(office, offered, "address", address, now) else None


@dataclass(frozen=True, slots=True)
class ExchangeCode:
    code: str = field(repr=False)
    transaction_code: str = field(repr=False)


async def exchange_code(office: Office, command: ExchangeCode, asked: Asked) -> str | None:
    """The token for these codes, once; ``None`` for codes that open nothing, whatever the cause."""
    hashed = _hashed(office, "code", command.code)
    known = await wallet_offer_by(office.store, "code", hashed)
    if known is None:
        return None
    ref, certificate = WALLET_OFFER(known.participant_id), CERTIFICATE(known.participant_id)
    expected = _transaction_code(office, command.code)
    is_right = hmac.compare_digest(expected.encode(), command.transaction_code.encode())

    def decide(found: Found) -> Decision[bool]:
        offered = found[ref]
        if offered is None or offered.codes is None or offered.codes.code != hashed:
            return Decision(answer=False)
        if not is_open(offered, found[certificate], asked.now):
            return Decision(answer=False)
        after, is_exchanged = exchange(offered, is_right, asked.now)
        return Decision([New(ref, after)], rows=wallet_offer_rows(after), answer=is_exchanged)

    granted = unrepeated(await office.commits.commit(asked.change([ref, certificate], decide)))
    return _token(office, command.code) if granted else None


@dataclass(frozen=True, slots=True)
class HandOver:
    token: str = field(repr=False)


async def hand_over(office: Office, command: HandOver, asked: Asked) -> Papers | None:
    """The papers for whoever has the token; that they are opened goes on record. ``None`` when it opens nothing."""
    offered = await wallet_offer_by(office.store, "token", _hashed(office, "token", command.token))
    if offered is None or not offered.is_exchanged:
        return None
    if await _if_open(office, offered, "token", command.token, asked.now) is None:
        return None
    query = SeePapers(offered.participant_id, offered.certificate_id, "own")
    try:
        return (await see_papers(office, query, asked))[0]
    except (CertificateReplaced, NoSuchCertificate, PersonErased):
        return None


async def _offering(office: Office, command: OfferToWallet, asked: Asked) -> Change[Certificate]:
    participant_id = command.participant_id
    ref, certificate = WALLET_OFFER(participant_id), CERTIFICATE(participant_id)
    read = await office.store.state(certificate)
    offered = offer(read, _codes(office, command.secrets), asked.now)
    await record_reading(office.commits, asked, "own", [ANSWER_SET], [participant_id])
    answered = await office.vault.open(participant_id, ANSWER_SET, Identity)
    if answered is not None and answered.in_danger:
        raise OfferedInDanger(participant_id=participant_id)

    def decide(found: Found) -> Decision[Certificate]:
        before = found[certificate]
        if read is None or before is None:
            raise NoSuchCertificate()
        must_be_the_same(before, read)
        return Decision([New(ref, offered)], rows=wallet_offer_rows(offered), answer=before)

    return asked.change([ref, certificate], decide)


async def _if_open(
    office: Office, offered: WalletOffer | None, which: Which, value: str, now: datetime
) -> WalletOffer | None:
    """An offer, if it is the one that the code is of and stands; one that was used has no address any more."""
    if offered is None or offered.codes is None or getattr(offered.codes, which) != _hashed(office, which, value):
        return None
    certificate = await office.store.state(CERTIFICATE(offered.participant_id))
    is_used = offered.is_exchanged and which == "address"
    return offered if is_open(offered, certificate, now) and not is_used else None


def _from_address(office: Office, address: str) -> Secrets:
    code = spelled(office.vault.keyed_hash("wallet-code", address))
    return Secrets(address, code, _transaction_code(office, code), _token(office, code))


def _transaction_code(office: Office, code: str) -> str:
    return f"{int(office.vault.keyed_hash('wallet-transaction-code', code), 16) % 10**DIGITS:0{DIGITS}d}"


def _token(office: Office, code: str) -> str:
    return spelled(office.vault.keyed_hash("wallet-token", code))


def _codes(office: Office, secrets: Secrets) -> Codes:
    return Codes(
        address=_hashed(office, "address", secrets.address),
        code=_hashed(office, "code", secrets.code),
        token=_hashed(office, "token", secrets.token),
    )


def _hashed(office: Office, which: Which, value: str) -> str:
    return office.vault.keyed_hash(f"wallet-{which}-hash", value)
