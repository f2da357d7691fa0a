"""``relevo signing-keys``: the keys by which certificates are signed, made, retired and marked as compromised.

What the files are called and mean is said in services/certification/README.md.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cyclopts import Parameter

from relevo_deploy.failed import Failed
from relevo_deploy.parameters import Flag, Folder, Instant, one_of
from relevo_servers import owner_only

SigningKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
WHAT = one_of("What to do")
NAME = re.compile(r"(key-(\d{4})-(\d{1,4}))(\.pub|\.compromised)?\.pem")


class KeyFile(NamedTuple):
    """One key of a folder, with the file that stands for it."""

    name: str
    year: int
    number: int
    path: Path
    kind: str
    """``""`` for a private key, ``.pub`` for a retired one, ``.compromised`` for one that others may have."""


async def signing_keys(
    folder: Annotated[Folder, Parameter(help="E.g. SECRETS/certification/signing-keys.")],
    /,
    *,
    new: Annotated[Flag, Parameter(group=WHAT, help="Make one of each algorithm; the newest signs.")] = False,
    retire: Annotated[
        str | None, Parameter(group=WHAT, metavar="KEY", help="Keep its public half, which verifies what it signed.")
    ] = None,
    compromised: Annotated[
        str | None,
        Parameter(group=WHAT, metavar="KEY", help="Others may have it: it is to verify nothing any more."),
    ] = None,
    since: Annotated[Instant | None, Parameter(metavar="INSTANT", help="With --compromised (default: now).")] = None,
) -> int:
    """Show, make, retire or revoke the certificates' keys.

    Without an option it shows them. With one it makes a pair, retires a key or marks it as compromised, then shows
    them.
    """
    if new:
        await asyncio.to_thread(new_pair, folder, datetime.now(UTC).year)
    elif retire:
        await asyncio.to_thread(_give_up, folder, retire, ".pub", "")
    elif compromised:
        at = (since or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        await asyncio.to_thread(_give_up, folder, compromised, ".compromised", f"compromised since {at}\n")
    for line in await asyncio.to_thread(lambda: list(_lines(folder))):
        print(line)
    return 0


def new_pair(folder: Path, year: int) -> list[Path]:
    """Make one key of each algorithm, numbered after those that are there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    start = 1 + max((each.number for each in key_files(folder) if each.year == year), default=0)
    fresh: tuple[SigningKey, ...] = (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))
    paths = []
    for number, key in enumerate(fresh, start=start):
        paths.append(folder / f"key-{year}-{number}.pem")
        _write(paths[-1], private_pem(key))
    return paths


def private_pem(key: SigningKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def key_files(folder: Path) -> list[KeyFile]:
    """The keys of a folder, the oldest first."""
    named = [(NAME.fullmatch(path.name), path) for path in folder.iterdir()] if folder.is_dir() else []
    found = [KeyFile(each[1], int(each[2]), int(each[3]), path, each[4] or "") for each, path in named if each]
    return sorted(found, key=lambda each: (each.year, each.number))


def _give_up(folder: Path, name: str, kind: str, line: str) -> None:
    """Keep the public half alone. Raises ``Failed`` when nothing would be left to sign with."""
    files = key_files(folder)
    found = [each for each in files if each.name == name]
    if not found or found[-1].kind == ".compromised" or (kind == ".pub" and found[-1].kind):
        raise Failed(f"{folder} has no {name} that could be given up so; its keys are shown without an option")
    public = _public(found[0].path)
    others = [_public(each.path) for each in files if each.name != name and not each.kind]
    if not any(type(each) is type(public) for each in others):
        kind_of_key = _algorithm(public)
        raise Failed(f"{name} is the only {kind_of_key} key that signs; first: relevo signing-keys {folder} --new")
    _write(folder / f"{name}{kind}.pem", line + _public_pem(public))
    for each in found:
        each.path.unlink()


def _lines(folder: Path) -> Iterator[str]:
    files = key_files(folder)
    if not files:
        raise Failed(f"{folder} has no signing keys; make the first: relevo signing-keys {folder} --new")
    newest = {_algorithm(_public(each.path)): each.name for each in files if not each.kind}
    for each in files:
        algorithm = _algorithm(_public(each.path))
        if each.kind == ".compromised":
            state = "compromised: verifies nothing"
        elif each.kind:
            state = "retired: verifies what it signed"
        elif newest[algorithm] == each.name:
            state = "signs, once it was shown for six minutes"
        else:
            state = "signs until a newer one does; then retire it"
        yield f"{each.name:<14} {algorithm:<8} {state}"


def _public(path: Path) -> PublicKey:
    content = path.read_bytes()
    try:
        if b"PRIVATE" in content:
            private = serialization.load_pem_private_key(content, None)
            if isinstance(private, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
                return private.public_key()
        public = serialization.load_pem_public_key(content)
        if isinstance(public, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
            return public
    except (ValueError, TypeError):
        pass
    raise Failed(f"{path} is no key of this kind")


def _algorithm(key: PublicKey) -> str:
    return "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "P-256"


def _public_pem(key: PublicKey) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _write(path: Path, content: str) -> None:
    """A file that its owner alone can read, who is the owner of the folder."""
    with open(path, "x", opener=owner_only, encoding="ascii") as file:
        file.write(content)
    owner = path.parent.stat()
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)
