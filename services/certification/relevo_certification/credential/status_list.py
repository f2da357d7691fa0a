"""How certificates stand, told as lists of bits in which nobody can be found (Bitstring Status List 1.0).

There is one list for each purpose: what is revoked, and what another took the place of.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from relevo_certification.assets.pinned import CREDENTIALS_V2
from relevo_certification.credential import jwt
from relevo_certification.credential.keys import Keys
from relevo_certification.credential.proof import secured
from relevo_certification.credential.text import Issuer, instant, status_list_url
from relevo_certification.domain.status_entry import BITS, StatusPurpose


class SignedList(NamedTuple):
    """One list in its two securings: with an embedded proof, as JSON, and as JWT."""

    credential: str
    jwt: str


def encoded(positions: Iterable[int]) -> str:
    """The list of bits, bit 0 left-most, as gzip in base64url without padding after a ``u``."""
    bits = bytearray(BITS // 8)
    for index in positions:
        if not 0 <= index < BITS:
            raise ValueError(f"{index} is not in a list of {BITS} bits")
        bits[index // 8] |= 0x80 >> index % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def signed(
    issuer: Issuer, keys: Keys, number: int, purpose: StatusPurpose, positions: Iterable[int], at: datetime
) -> SignedList:
    """The list as it stood at ``at``, good for seven days: a service that is down does not unmake it at once."""
    url = status_list_url(issuer.public_url, number, purpose)
    document = {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": instant(at),
        "validUntil": instant(at + timedelta(days=7)),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded(positions),
        },
    }
    return SignedList(json.dumps(secured(document, keys, at)), jwt.enveloped(document, keys))


def slot_start(now: datetime, every: timedelta) -> datetime:
    """The start of the interval that ``now`` falls in; lists are published at such moments only."""
    epoch = datetime.fromtimestamp(0, now.tzinfo)
    return epoch + (now - epoch) // every * every
