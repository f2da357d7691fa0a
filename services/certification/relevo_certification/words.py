"""What a certificate and its verification page say in each of the four languages."""

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


class PageWords(NamedTuple):
    """The fixed words of the verification page."""

    heading: str
    valid: str
    valid_more: str
    revoked: str
    revoked_more: str
    superseded: str
    superseded_more: str
    see_new: str
    unknown: str
    unknown_more: str
    too_many: str
    too_many_more: str
    holder: str
    holder_withheld: str
    holder_gone: str
    holder_sealed: str
    name_compare: str
    name_wrong: str
    name_unable: str
    name_script: str
    course: str
    issuer: str
    onsite: str
    hours: str
    criteria: str
    issued: str
    revoked_on: str
    reason: str
    compare: str
    downloads: str
    download_credential: str
    download_jwt: str
    download_pdf: str
    how: str
    language: str
    reasons: Mapping[str, str]


def month(on: date, language: Language) -> str:
    """A month and its year, as the public page tells when a certificate was issued."""
    name = _MONTHS[language][on.month - 1]
    return f"{name} de {on.year}" if language in ("es", "pt") else f"{name} {on.year}"


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

PAGE: Mapping[Language, PageWords] = MappingProxyType({
    "es": PageWords(
        heading="Verificación de un certificado",
        valid="Certificado válido",
        valid_more="Este certificado fue expedido por la institución que se indica y sigue vigente.",
        revoked="Certificado revocado",
        revoked_more="Este certificado fue expedido y después revocado. Ya no acredita lo que dice.",
        superseded="Sustituido por un certificado corregido",
        superseded_more="Este certificado no fue revocado: existe una versión corregida que ocupa su lugar.",
        see_new="Ver el certificado vigente",
        unknown="No hay ningún certificado que mostrar",
        unknown_more="El enlace está incompleto o no corresponde a ningún certificado. "
        "Ábralo de nuevo desde el código QR o pida el enlace a quien se lo mostró.",
        too_many="Demasiadas consultas",
        too_many_more="Espere un minuto y vuelva a abrir el enlace.",
        holder="Titular",
        holder_withheld="No se muestra: así lo decidió su titular",
        holder_gone="Ya no se conserva",
        holder_sealed="No se muestra aquí. Quien tenga el documento puede comprobar el nombre impreso "
        "en él: abra el enlace de su código QR.",
        name_compare="Compare este nombre, letra por letra, con el del documento: es el que se "
        "imprimió en el original.",
        name_wrong="El código de este enlace no abre el nombre impreso. Puede que el documento haya "
        "sido alterado o que el enlace esté incompleto.",
        name_unable="Este navegador no puede comprobar el nombre impreso. Ábralo en otro, y con https.",
        name_script="Para comprobar el nombre impreso esta página necesita JavaScript, que está "
        "desactivado en este navegador.",
        course="Curso",
        issuer="Institución",
        onsite="Programa presencial",
        hours="{hours}\u00a0horas",
        criteria="Requisitos cumplidos",
        issued="Expedido en",
        revoked_on="Revocado el",
        reason="Motivo",
        compare="Compare estos datos con el documento que le mostraron: lo que vale es lo que dice esta página.",
        downloads="Para verificar por medios propios",
        download_credential="Credencial (Open Badges 3.0)",
        download_jwt="Credencial en JWT",
        download_pdf="Certificado en PDF",
        how="Este enlace no caduca. No se guarda registro de quién lo consulta.",
        language="Idioma",
        reasons={
            "issued_in_error": "expedido por error",
            "requirements_not_met": "no se cumplieron los requisitos",
            "misuse": "uso indebido",
            "asked_by_holder": "a petición de su titular",
            "key_compromised": "la clave de firma dejó de ser segura",
            "other": "otro motivo",
        },
    ),
    "en": PageWords(
        heading="Verification of a certificate",
        valid="Valid certificate",
        valid_more="This certificate was issued by the institution named below and stands.",
        revoked="Revoked certificate",
        revoked_more="This certificate was issued and later revoked. It no longer attests what it says.",
        superseded="Replaced by a corrected certificate",
        superseded_more="This certificate was not revoked: a corrected one has taken its place.",
        see_new="See the current certificate",
        unknown="There is no certificate to show",
        unknown_more="The link is incomplete or belongs to no certificate. "
        "Open it again from the QR code, or ask whoever showed it to you for the link.",
        too_many="Too many requests",
        too_many_more="Wait a minute and open the link again.",
        holder="Holder",
        holder_withheld="Not shown, as its holder decided",
        holder_gone="No longer kept",
        holder_sealed="Not shown here. Whoever has the document can check the name printed on it: open "
        "the link of its QR code.",
        name_compare="Compare this name, letter by letter, with the one on the document: it is what "
        "was printed on the original.",
        name_wrong="The code in this link does not open the printed name. The document may have "
        "been altered, or the link is incomplete.",
        name_unable="This browser cannot check the printed name. Open the link in another one, and over https.",
        name_script="To check the printed name this page needs JavaScript, which is off in this browser.",
        course="Course",
        issuer="Institution",
        onsite="On-site programme",
        hours="{hours}\u00a0hours",
        criteria="Requirements met",
        issued="Issued in",
        revoked_on="Revoked on",
        reason="Reason",
        compare="Compare these facts with the document you were shown: what counts is what this page says.",
        downloads="To verify with tools of your own",
        download_credential="Credential (Open Badges 3.0)",
        download_jwt="Credential as JWT",
        download_pdf="Certificate as PDF",
        how="This link never expires. No record is kept of who opens it.",
        language="Language",
        reasons={
            "issued_in_error": "issued in error",
            "requirements_not_met": "the requirements were not met",
            "misuse": "misuse",
            "asked_by_holder": "at the holder’s request",
            "key_compromised": "the signing key was no longer safe",
            "other": "another reason",
        },
    ),
    "pt": PageWords(
        heading="Verificação de um certificado",
        valid="Certificado válido",
        valid_more="Este certificado foi emitido pela instituição indicada e continua em vigor.",
        revoked="Certificado revogado",
        revoked_more="Este certificado foi emitido e depois revogado. Já não atesta o que diz.",
        superseded="Substituído por um certificado corrigido",
        superseded_more="Este certificado não foi revogado: há uma versão corrigida que ocupa o seu lugar.",
        see_new="Ver o certificado em vigor",
        unknown="Não há nenhum certificado a mostrar",
        unknown_more="O link está incompleto ou não corresponde a nenhum certificado. "
        "Abra-o novamente pelo código QR ou peça o link a quem o mostrou.",
        too_many="Consultas demais",
        too_many_more="Aguarde um minuto e abra o link novamente.",
        holder="Titular",
        holder_withheld="Não é mostrado, por decisão de seu titular",
        holder_gone="Já não é conservado",
        holder_sealed="Não é mostrado aqui. Quem tiver o documento pode conferir o nome impresso nele: "
        "abra o link do seu código QR.",
        name_compare="Compare este nome, letra por letra, com o do documento: é o que foi impresso no original.",
        name_wrong="O código deste link não abre o nome impresso. O documento pode ter sido "
        "alterado ou o link está incompleto.",
        name_unable="Este navegador não consegue conferir o nome impresso. Abra o link em outro, e por https.",
        name_script="Para conferir o nome impresso esta página precisa de JavaScript, que está "
        "desativado neste navegador.",
        course="Curso",
        issuer="Instituição",
        onsite="Programa presencial",
        hours="{hours}\u00a0horas",
        criteria="Requisitos cumpridos",
        issued="Emitido em",
        revoked_on="Revogado em",
        reason="Motivo",
        compare="Compare estes dados com o documento que lhe mostraram: o que vale é o que diz esta página.",
        downloads="Para verificar por meios próprios",
        download_credential="Credencial (Open Badges 3.0)",
        download_jwt="Credencial em JWT",
        download_pdf="Certificado em PDF",
        how="Este link não expira. Não se guarda registro de quem o consulta.",
        language="Idioma",
        reasons={
            "issued_in_error": "emitido por engano",
            "requirements_not_met": "os requisitos não foram cumpridos",
            "misuse": "uso indevido",
            "asked_by_holder": "a pedido de seu titular",
            "key_compromised": "a chave de assinatura deixou de ser segura",
            "other": "outro motivo",
        },
    ),
    "fr": PageWords(
        heading="Vérification d’un certificat",
        valid="Certificat valide",
        valid_more="Ce certificat a été délivré par l’institution indiquée et reste en vigueur.",
        revoked="Certificat révoqué",
        revoked_more="Ce certificat a été délivré puis révoqué. Il n’atteste plus ce qu’il indique.",
        superseded="Remplacé par un certificat corrigé",
        superseded_more="Ce certificat n’a pas été révoqué\u00a0: une version corrigée a pris sa place.",
        see_new="Voir le certificat en vigueur",
        unknown="Aucun certificat à afficher",
        unknown_more="Le lien est incomplet ou ne correspond à aucun certificat. "
        "Ouvrez-le de nouveau à partir du code QR ou demandez-le à la personne qui vous l’a montré.",
        too_many="Trop de consultations",
        too_many_more="Attendez une minute, puis ouvrez de nouveau le lien.",
        holder="Titulaire",
        holder_withheld="Non affiché, selon le choix de son titulaire",
        holder_gone="N’est plus conservé",
        holder_sealed="Non affiché ici. Qui a le document peut vérifier le nom qui y est "
        "imprimé\u00a0: ouvrez le lien de son code QR.",
        name_compare="Comparez ce nom, lettre par lettre, avec celui du document\u00a0: c’est celui "
        "qui a été imprimé sur l’original.",
        name_wrong="Le code de ce lien n’ouvre pas le nom imprimé. Le document a peut-être été "
        "modifié, ou le lien est incomplet.",
        name_unable="Ce navigateur ne peut pas vérifier le nom imprimé. Ouvrez le lien dans un autre, et en https.",
        name_script="Pour vérifier le nom imprimé, cette page a besoin de JavaScript, qui est "
        "désactivé dans ce navigateur.",
        course="Formation",
        issuer="Institution",
        onsite="Programme en présentiel",
        hours="{hours}\u00a0heures",
        criteria="Conditions remplies",
        issued="Délivré en",
        revoked_on="Révoqué le",
        reason="Motif",
        compare="Comparez ces données avec le document qu’on vous a montré\u00a0: "
        "seul fait foi ce qu’indique cette page.",
        downloads="Pour vérifier par vos propres moyens",
        download_credential="Attestation (Open Badges 3.0)",
        download_jwt="Attestation au format JWT",
        download_pdf="Certificat en PDF",
        how="Ce lien n’expire pas. Aucune trace n’est gardée des personnes qui le consultent.",
        language="Langue",
        reasons={
            "issued_in_error": "délivré par erreur",
            "requirements_not_met": "les conditions n’étaient pas remplies",
            "misuse": "usage abusif",
            "asked_by_holder": "à la demande de son titulaire",
            "key_compromised": "la clé de signature n’était plus sûre",
            "other": "autre motif",
        },
    ),
})  # fmt: skip
