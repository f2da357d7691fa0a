"""Why an application got no seat that was perhaps never weighed, because another of its contact may count (rule 1).

Whoever holds the contact is told what is so. Whoever only sent an application that names it is told what is true of
each that was not confirmed, weighed or not: from anything more a stranger who applied in a defender's name would learn
that the defender has applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from relevo_intake.domain import contact as contacts
from relevo_intake.domain.contact import Contact
from relevo_intake.domain.dossier import Language

Unweighed = Literal["another_counts", "not_confirmed"]


def why_unweighed(contact: Contact | None, application_id: str, *, has_contact: bool) -> Unweighed | None:
    """``None`` for one that was weighed, and of which that may be said: see ``WORDS``."""
    if contact is None or not has_contact:
        return None
    if contacts.confirmed_at(contact, application_id) is None:
        return "not_confirmed"
    return "another_counts" if contacts.superseded(contact, application_id) else None


WORDS: Mapping[Unweighed, Mapping[Language, str]] = {
    "another_counts": {
        "es": "Cuenta otra solicitud del mismo contacto, que usted confirmó después; esta no se valoró.",
        "en": "Another application of the same contact counts, which you confirmed later; this one was not weighed.",
        "pt": "Conta outra candidatura do mesmo contato, que você confirmou depois; esta não foi avaliada.",
        "fr": "Une autre candidature du même contact compte, que vous avez confirmée ensuite ; celle-ci n'a pas été "
        "examinée.",
    },
    "not_confirmed": {
        "es": "No se confirmó desde el contacto que indica. Una así solo cuenta si es la única de ese contacto, y "
        "entonces no obtuvo lugar en la selección. Con el enlace de nuestra carta sabrá cuál de las dos cosas.",
        "en": "It was not confirmed from the contact that it names. Such a one counts only if it is the only one of "
        "that contact, and then it got no seat in the selection. The link in our letter tells you which.",
        "pt": "Não foi confirmada a partir do contato que indica. Uma assim só conta se for a única desse contato, e "
        "então não obteve lugar na seleção. Pelo link da nossa carta saberá qual das duas coisas.",
        "fr": "Elle n'a pas été confirmée depuis le contact indiqué. Une telle candidature ne compte que si elle est "
        "la seule de ce contact, et alors elle n'a pas obtenu de place. Le lien de notre lettre vous dira lequel.",
    },
}
