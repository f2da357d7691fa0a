"""The ciphertext of a printed name tells nothing of it."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relevo_certification.credential.sealed_name import decoded, seal


def opened(ciphertext: str, key: str) -> str:
    sealed = decoded(ciphertext)
    return AESGCM(decoded(key)).decrypt(sealed[:12], sealed[12:], None).rstrip(b"\0").decode()


def test_rule_18_the_ciphertext_tells_nothing_of_the_name_not_even_its_length() -> None:
    short, long = seal("A"), seal("ஔ" * 200)
    assert len(short.ciphertext) == len(long.ciphertext)
    assert opened(long.ciphertext, long.key) == "ஔ" * 200
    with pytest.raises(InvalidTag):
        opened(short.ciphertext, long.key)
    with pytest.raises(ValueError, match="more than"):
        seal("😀" * 300)
