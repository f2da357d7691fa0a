"""What the portal says of taking the certificate into a wallet, in every language: see ``texts/wallet/``."""

from __future__ import annotations

from collections.abc import Sequence

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.words import Passage


class FileWords(Words):
    title: str
    lead: str


class ScanWords(Words):
    """The code that a wallet scans: before it is made, and once it is there."""

    title: str
    lead: str
    make: str
    made: Passage
    picture: str
    digits: str
    open: str
    open_hint: str
    then: Sequence[str]
    again: str
    not_done: str
    declined: str


class WalletWords(Words):
    link: str
    link_hint: str
    title: str
    lead: str
    reveals_title: str
    reveals: Sequence[str]
    file: FileWords
    scan: ScanWords


TEXTS = Texts(WalletWords, "relevo_portal", "wallet")
