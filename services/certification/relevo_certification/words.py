"""What a certificate says in each of the four languages, and how days are said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from relevo_certification.domain.edition import Language

_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "pt": (
        "janeiro", "fevereiro", "março", "abril", "maio", "junho",
        "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
}  # fmt: skip

# Three patterns for a span of days: within a month, within a year, across years.
_SPANS: Mapping[Language, tuple[str, str, str]] = {
    "es": ("del {d1} al {d2} de {m2} de {y2}", "del {d1} de {m1} al {d2} de {m2} de {y2}",
           "del {d1} de {m1} de {y1} al {d2} de {m2} de {y2}"),
    "en": ("from {d1} to {d2} {m2} {y2}", "from {d1} {m1} to {d2} {m2} {y2}", "from {d1} {m1} {y1} to {d2} {m2} {y2}"),
    "pt": ("de {d1} a {d2} de {m2} de {y2}", "de {d1} de {m1} a {d2} de {m2} de {y2}",
           "de {d1} de {m1} de {y1} a {d2} de {m2} de {y2}"),
    "fr": ("du {d1} au {d2} {m2} {y2}", "du {d1} {m1} au {d2} {m2} {y2}", "du {d1} {m1} {y1} au {d2} {m2} {y2}"),
}  # fmt: skip


class CertificateWords(NamedTuple):
    """The fixed words on the certificate. ``{…}`` are filled with the edition's facts."""

    document_title: str
    certifies: str
    completed: str
    onsite: str
    passed_on: str
    support: str
    issued: str
    verify: str
    qr_alt: str
    attachment: str


def day(on: date, language: Language) -> str:
    name = _MONTHS[language][on.month - 1]
    number = _ordinal(on.day, language)
    return f"{number} de {name} de {on.year}" if language in ("es", "pt") else f"{number} {name} {on.year}"


def span(first_on: date, last_on: date, language: Language) -> str:
    """From the first to the last day, both of them included; one day alone is told as a day."""
    if first_on == last_on:
        return {"es": "el ", "en": "on ", "pt": "em ", "fr": "le "}[language] + day(first_on, language)
    same_year = first_on.year == last_on.year
    pattern = _SPANS[language][0 if same_year and first_on.month == last_on.month else 1 if same_year else 2]
    return pattern.format(
        d1=_ordinal(first_on.day, language), m1=_MONTHS[language][first_on.month - 1], y1=first_on.year,
        d2=_ordinal(last_on.day, language), m2=_MONTHS[language][last_on.month - 1], y2=last_on.year,
    )  # fmt: skip


def _ordinal(number: int, language: Language) -> str:
    if number != 1:
        return str(number)
    return {"es": "1", "en": "1", "pt": "1º", "fr": "1er"}[language]


CERTIFICATE: Mapping[Language, CertificateWords] = MappingProxyType({
    "es": CertificateWords(
        document_title="Certificado",
        certifies="certifica que",
        completed="ha completado satisfactoriamente",
        onsite="Programa presencial en {place}, {span}, de {hours}\u00a0horas.",
        passed_on="Transmitió luego sus contenidos a por lo menos {people}\u00a0personas "
        "en una formación de al menos {hours}\u00a0horas.",
        support="Con el apoyo de: {supporter}",
        issued="Expedido el {day}",
        verify="Verifique este certificado",
        qr_alt="Código QR que lleva a la página de verificación de este certificado",
        attachment="La credencial verificable que corresponde a este certificado",
    ),
    "en": CertificateWords(
        document_title="Certificate",
        certifies="certifies that",
        completed="has successfully completed",
        onsite="On-site programme in {place}, {span}, {hours}\u00a0hours.",
        passed_on="Then passed its contents on to at least {people}\u00a0people "
        "in a training of at least {hours}\u00a0hours.",
        support="With the support of: {supporter}",
        issued="Issued on {day}",
        verify="Verify this certificate",
        qr_alt="QR code that leads to the verification page of this certificate",
        attachment="The verifiable credential that belongs to this certificate",
    ),
    "pt": CertificateWords(
        document_title="Certificado",
        certifies="certifica que",
        completed="concluiu com êxito",
        onsite="Programa presencial em {place}, {span}, com duração de {hours}\u00a0horas.",
        passed_on="Transmitiu depois seus conteúdos a pelo menos {people}\u00a0pessoas "
        "em uma formação de no mínimo {hours}\u00a0horas.",
        support="Com o apoio de: {supporter}",
        issued="Emitido em {day}",
        verify="Verifique este certificado",
        qr_alt="Código QR que leva à página de verificação deste certificado",
        attachment="A credencial verificável que corresponde a este certificado",
    ),
    "fr": CertificateWords(
        document_title="Certificat",
        certifies="certifie que",
        completed="a suivi avec succès",
        onsite="Programme en présentiel\u00a0: {place}, {span}, {hours}\u00a0heures.",
        passed_on="En a ensuite transmis le contenu à au moins {people}\u00a0personnes "
        "lors d’une formation d’au moins {hours}\u00a0heures.",
        support="Avec le soutien de\u00a0: {supporter}",
        issued="Délivré le {day}",
        verify="Vérifier ce certificat",
        qr_alt="Code QR menant à la page de vérification de ce certificat",
        attachment="L’attestation vérifiable correspondant à ce certificat",
    ),
})  # fmt: skip
