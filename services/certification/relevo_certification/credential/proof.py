"""The embedded proof: Data Integrity with the cryptosuite eddsa-rdfc-2022 (W3C vc-di-eddsa 1.0)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import base58

from relevo_certification.credential.canonical import SHIPPED, Canonicalizer
from relevo_certification.credential.keys import Keys
from relevo_certification.credential.text import instant

_SOME_INSTANT = "2000-01-01T00:00:00Z"


def secured(
    document: Mapping[str, Any], keys: Keys, created_at: datetime, canonicalizer: Canonicalizer = SHIPPED
) -> dict[str, Any]:
    """The document with its proof, as a list of one. Raises ``TermsLost`` when it would sign less than it shows."""
    signer = keys.signer()
    config = {
        "type": "DataIntegrityProof",
        "created": instant(created_at),
        "verificationMethod": signer.proof_method,
        "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod",
    }
    of_config = _config_hash(canonicalizer, document["@context"], config)
    signature = signer.proof.sign(of_config + hashlib.sha256(canonicalizer.canonical(document)).digest())
    return {**document, "proof": [{**config, "proofValue": "z" + base58.b58encode(signature).decode()}]}


def _config_hash(canonicalizer: Canonicalizer, context: Any, config: Mapping[str, str]) -> bytes:
    """The hash of the proof's configuration, which is read under the document's contexts.

    From one certificate to the next nothing in it changes but the instant; so its canonical form is made once.
    """
    if isinstance(context, str) or not all(isinstance(each, str) for each in context):
        return hashlib.sha256(canonicalizer.canonical({"@context": context, **config})).digest()
    stable = tuple((name, value) for name, value in config.items() if name != "created")
    before, after = _around_created(canonicalizer, tuple(context), stable)
    return hashlib.sha256(before + config["created"].encode() + after).digest()


@lru_cache(maxsize=64)
def _around_created(
    canonicalizer: Canonicalizer, context: tuple[str, ...], stable: tuple[tuple[str, str], ...]
) -> tuple[bytes, bytes]:
    """The canonical form of a configuration, before and after its instant: each of its lines has its own property, so
    that the instant does not decide on their order."""
    whole = canonicalizer.canonical({"@context": list(context), **dict(stable), "created": _SOME_INSTANT})
    before, _, after = whole.partition(_SOME_INSTANT.encode())
    return before, after
