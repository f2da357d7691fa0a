"""The embedded proof: Data Integrity with the cryptosuite eddsa-rdfc-2022 (W3C vc-di-eddsa 1.0)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import base58

from relevo_certification.credential.contexts import canonical
from relevo_certification.credential.keys import Keys
from relevo_certification.credential.text import instant


def secured(document: Mapping[str, Any], keys: Keys, created_at: datetime) -> dict[str, Any]:
    """The document with its proof, as a list of one. Raises ``TermsLost`` when it would sign less than it shows."""
    config = {
        "type": "DataIntegrityProof",
        "created": instant(created_at),
        "verificationMethod": keys.proof_method,
        "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod",
    }
    signature = keys.proof.sign(_signed_bytes(document, config))
    return {**document, "proof": [{**config, "proofValue": "z" + base58.b58encode(signature).decode()}]}


def _signed_bytes(document: Mapping[str, Any], config: Mapping[str, Any]) -> bytes:
    """The hash of the proof's configuration first, then that of the document."""
    with_context = {"@context": document["@context"], **config}
    return hashlib.sha256(canonical(with_context)).digest() + hashlib.sha256(canonical(document)).digest()
