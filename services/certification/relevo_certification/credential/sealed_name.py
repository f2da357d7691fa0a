"""The name of a holder who does not show it, sealed so that the paper alone opens it.

The key travels in the fragment of the link in that paper's QR code, which no browser sends to anybody. The ciphertext
lies behind the link, its hash in the signed credential: whoever holds the paper can compare the name on it with the one
that was certified, and whoever has only the link learns nothing, not even how long the name is.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relevo_certification.domain.sealed import SealedName

KEY_BYTES = 16
LENGTH = 1024
"""Of the name in UTF-8 with zeros behind it. The page's script takes them off again."""
_NONCE_BYTES = 12


def seal(name: str) -> SealedName:
    """A name under a fresh key, which seals nothing else."""
    padded = name.encode().ljust(LENGTH, b"\0")
    if len(padded) > LENGTH:
        raise ValueError(f"a name of more than {LENGTH} bytes")
    key, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE_BYTES)
    return SealedName(key=encoded(key), ciphertext=encoded(nonce + AESGCM(key).encrypt(nonce, padded, None)))


def digest(sealed: SealedName) -> str:
    """What the credential says of the ciphertext (Subresource Integrity)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(decoded(sealed.ciphertext)).digest()).decode()


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
