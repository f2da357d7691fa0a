"""The rules of certificates that can be broken, by name."""

from __future__ import annotations

from relevo_chassis.delivery.change import Refusal


class NoSuchCertificate(Refusal):
    """There is no such certificate."""

    status = 404


class NoSuchEdition(Refusal):
    """The facts of this edition's certificates were not set; set them with PUT /editions/{edition_id}."""

    status = 404


class CertificateReplaced(Refusal):
    """This certificate was replaced, and its papers are not handed out any more; take those of the one that stands."""

    status = 410


class NoSuchIssuance(Refusal):
    """There is no such issuing of this edition."""

    status = 404


class NoSuchStatusList(Refusal):
    """There is no such status list."""

    status = 404


class NothingIssued(Refusal):
    """No certificate was issued to this participant."""


class AlreadyRevoked(Refusal):
    """The certificate is revoked; nothing more can be done with it."""


class TooManyVerifications(Refusal):
    """Too many verifications from one address; wait a moment."""

    status = 429


class DisplayChangedTooOften(Refusal):
    """Who sees the name was changed often within a day; wait a day. A name that is shown can be hidden at any time."""

    status = 429


class NothingUnderReview(Refusal):
    """The certificate is not under review."""


class NameNeeded(Refusal):
    """A corrected name has to be given when the name is what is corrected."""

    status = 422
    where = "body.name"


class NameCannotBeTypeset(Refusal):
    """The name cannot be printed on a certificate; write it in another way. ``reason`` says why, ``character`` where.

    ``character``: no font has it. ``marks``: too many on one letter. ``too_long``: a word, or all of it.
    ``page``: it does not fit on the page beside the facts of the edition.
    """

    status = 422
    where = "body.name"


class FactsDoNotFit(Refusal):
    """The facts do not fit on a certificate of one page, or have characters that its fonts cannot show."""

    status = 422
    where = "body.texts"
