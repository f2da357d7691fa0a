"""Which certificates are revoked, told as one list of bits in which nobody can be found (Bitstring Status List 1.0)."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from relevo_certification.credential.contexts import CREDENTIALS_V2
from relevo_certification.credential.keys import Keys
from relevo_certification.credential.proof import secured
from relevo_certification.credential.text import Issuer, instant, status_list_url

BITS = 131_072


def encoded(revoked: Iterable[int]) -> str:
    """The list of bits, bit 0 left-most, as gzip in base64url without padding after a ``u``."""
    bits = bytearray(BITS // 8)
    for index in revoked:
        if not 0 <= index < BITS:
            raise ValueError(f"{index} is not in a list of {BITS} bits")
        bits[index // 8] |= 0x80 >> index % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def credential(issuer: Issuer, keys: Keys, number: int, revoked: Iterable[int], at: datetime) -> dict[str, Any]:
    """The signed list as it stood at ``at``, good for seven days: a service that is down does not unmake it at once."""
    url = status_list_url(issuer.public_url, number)
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
            "statusPurpose": "revocation",
            "encodedList": encoded(revoked),
        },
    }
    return secured(document, keys, at)


def slot_start(now: datetime, every: timedelta) -> datetime:
    """The start of the interval that ``now`` falls in; lists are published at such moments only."""
    epoch = datetime.fromtimestamp(0, now.tzinfo)
    return epoch + (now - epoch) // every * every
