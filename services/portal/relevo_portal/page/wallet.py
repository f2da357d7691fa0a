"""The pages of the certificate in a wallet: both ways, and the code once it is made."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import segno

from relevo_chassis.languages.days import instant
from relevo_portal.page.frame import Frame, made
from relevo_portal.services.certification import WalletOffer
from relevo_portal.words import Passage, paper
from relevo_portal.words.wallet import TEXTS

FILES: tuple[paper.File, ...] = ("document.json", "document.jwt")
"""What wallets open."""


class Scan(NamedTuple):
    """A QR code as it is drawn: so many squares on each side, and the path around the dark ones."""

    size: int
    path: str


def scanned(text: str) -> Scan:
    """The QR code of a text."""
    rows = segno.make(text, error="m", micro=False).matrix
    path = list[str]()
    for y, row in enumerate(rows):
        for is_dark, squares in groupby(enumerate(row), key=lambda each: bool(each[1])):
            run = [x for x, _ in squares]
            path += [f"M{run[0]} {y}h{len(run)}v1h-{len(run)}z"] if is_dark else []
    return Scan(len(rows), "".join(path))


def wallet_page(frame: Frame, once: str, problem: str | None = None) -> str:
    """What it reveals, the files, and the button for a code; with what stood in the way on top."""
    return made(
        "wallet.html",
        frame,
        wallet=TEXTS[frame.language],
        paper=paper.TEXTS[frame.language],
        once=once,
        problem=problem,
        files=FILES,
        offered=None,
    )


def offer_page(frame: Frame, offered: WalletOffer, once: str) -> str:
    """The code, the digits, and until when."""
    words = TEXTS[frame.language]
    at = instant(offered.over_at, frame.language)
    return made(
        "wallet.html",
        frame,
        wallet=words,
        paper=paper.TEXTS[frame.language],
        once=once,
        problem=None,
        ready=Passage(title=words.scan.made.title, more=words.scan.made.more.format(at=at)),
        scan=scanned(offered.offer),
        offered=offered,
    )
