"""What the verification page says in each of the four languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from relevo_certification.domain.edition import Language


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
    about: str
    about_more: str
    issuer_id: str
    issuer_keys: str
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
    criteria_revoked: str
    passed_on: str
    passed_on_value: str
    supporter: str
    signed_by: str
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
        about="Aquí se verifican certificados",
        about_more="Abra el enlace o el código QR del certificado que le mostraron: la página dirá si es "
        "válido y qué certifica. No hay lista ni buscador de certificados.",
        issuer_id="Identificador de quien los expide",
        issuer_keys="Claves con las que están firmados (DID)",
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
        criteria_revoked="El certificado decía",
        passed_on="Efecto multiplicador",
        passed_on_value="a por lo menos {people}\u00a0personas, en al menos {hours}\u00a0horas",
        supporter="Con el apoyo de",
        signed_by="Firman",
        issued="Expedido el",
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
        about="Certificates are verified here",
        about_more="Open the link or the QR code of the certificate you were shown: the page says "
        "whether it is valid and what it certifies. There is no list of certificates and no search.",
        issuer_id="Identifier of the issuer",
        issuer_keys="Keys they are signed with (DID)",
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
        criteria_revoked="The certificate said",
        passed_on="Multiplier effect",
        passed_on_value="at least {people}\u00a0people, for at least {hours}\u00a0hours",
        supporter="With the support of",
        signed_by="Signed by",
        issued="Issued on",
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
        about="Aqui se verificam certificados",
        about_more="Abra o link ou o código QR do certificado que lhe mostraram: a página dirá se é "
        "válido e o que certifica. Não há lista nem busca de certificados.",
        issuer_id="Identificador de quem os emite",
        issuer_keys="Chaves com que são assinados (DID)",
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
        criteria_revoked="O certificado dizia",
        passed_on="Efeito multiplicador",
        passed_on_value="a pelo menos {people}\u00a0pessoas, em no mínimo {hours}\u00a0horas",
        supporter="Com o apoio de",
        signed_by="Assinam",
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
        about="Ici se vérifient des certificats",
        about_more="Ouvrez le lien ou le code QR du certificat qu’on vous a montré\u00a0: la page dira "
        "s’il est valide et ce qu’il certifie. Il n’y a ni liste ni recherche de certificats.",
        issuer_id="Identifiant de l’émetteur",
        issuer_keys="Clés avec lesquelles ils sont signés (DID)",
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
        criteria_revoked="Le certificat disait",
        passed_on="Effet multiplicateur",
        passed_on_value="à au moins {people}\u00a0personnes, pendant au moins {hours}\u00a0heures",
        supporter="Avec le soutien de",
        signed_by="Signataires",
        issued="Délivré le",
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
