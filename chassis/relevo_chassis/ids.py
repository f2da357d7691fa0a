"""Ids and codes that nobody can guess: 128 random bits each."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_id() -> str:
    """128 random bits in lower-case hexadecimal."""
    return secrets.token_hex(16)


def new_code() -> str:
    """128 random bits to be read aloud and typed in: Crockford's base 32, in groups of four."""
    bits = secrets.randbits(128)
    digits = "".join(_ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def normalised(code: str) -> str:
    """The code as it is hashed and compared: case, spaces, hyphens, O for 0 and I or L for 1 are forgiven.

    Total: whatever is no code at all comes back as something that matches none.
    """
    return "".join(code.upper().split()).translate(_FORGIVEN)
