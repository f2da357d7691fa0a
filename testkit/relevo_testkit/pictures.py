"""Pictures as people send them and as attackers do, made by hand from the formats' own words."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(width: int = 4, height: int = 3, *, bits: int = 8, colour: int = 2, chunks: bytes = b"") -> bytes:
    """A grey PNG of this size (RFC 2083): ``colour`` 0 is grey, 2 is RGB, 6 has transparency. A large one is small to
    send, which is what a decompression bomb is."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    line = b"\x00" + b"\x80" * (width * channels * bits // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + chunks + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
