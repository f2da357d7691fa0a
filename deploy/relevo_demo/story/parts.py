"""The parts of those to whom something of their own happens, from the application to the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from relevo_demo.people import Person, with_canaries, with_name_to_give_up
from relevo_deploy.embedded.desk.mailbox import REFUSED_DOMAIN

Part = Literal[
    "carrier", "second_carrier", "misspelt", "addressless", "unreached", "moves", "is_moved", "hides_early",
    "shows_early", "renamed_early", "hides_late", "shows_late", "renamed_late", "corrected_late",
]  # fmt: skip
PARTS: Mapping[Part, str] = {
    "carrier": "carries a canary in every personal field, falls ill for a day of the week, and has the days paused",
    "second_carrier": "carries a canary in every personal field",
    "misspelt": "misspelt the own name, and corrects it before the close",
    "addressless": "gave no e-mail address, and has the receipt code alone",
    "unreached": "gave an address that refuses letters; staff put another forward, and its holder confirms it",
    "moves": "gives another address in the sixty days; the old one is told",
    "is_moved": "asks staff by telephone for another address, which its holder confirms; the old one is told",
    "hides_early": "showed the name, and hides it before the certificate",
    "shows_early": "hid the name, and shows it before the certificate",
    "renamed_early": "corrects the own name before the certificate",
    "hides_late": "showed the name, and hides it after the certificate",
    "shows_late": "hid the name, and shows it after the certificate",
    "renamed_late": "corrects the own name after the certificate",
    "corrected_late": "has the name corrected by staff after the certificate",
}
CARRIERS: tuple[Part, ...] = ("carrier", "second_carrier")
CORRECTED: frozenset[str] = frozenset({"misspelt", "renamed_early", "renamed_late", "corrected_late"})
"""Whose name is another in the end."""
HIDDEN: frozenset[str] = frozenset({"hides_early", "hides_late"})
"""Whose name is nobody's business in the end; their own papers bear it."""


def in_part(person: Person, part: Part, seed: int) -> Person:
    """The person as the part wants them, and so good an applicant that they get a seat."""
    if part in CARRIERS:
        return replace(with_canaries(person, seed), part=part)
    gives_up_name = part in CORRECTED | HIDDEN
    one = with_name_to_give_up(person, seed) if gives_up_name else person
    display = "named" if gives_up_name else "unnamed" if part.startswith("shows_") else one.display
    contact = {"addressless": "", "unreached": refused(person)}.get(part, one.contact)
    return replace(one, part=part, quality=1.0, display=display, contact=contact)


def refused(person: Person) -> str:
    """An address of theirs that the mail server refuses for good."""
    return f"{person.contact.partition('@')[0]}@{REFUSED_DOMAIN}"


def moved(person: Person) -> str:
    """Another address of theirs, at which letters arrive."""
    name, _, domain = person.contact.partition("@")
    return f"{name}.2@{'correo.example' if domain == REFUSED_DOMAIN else domain}"
