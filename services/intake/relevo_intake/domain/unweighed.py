"""Why an application got no seat that was perhaps never weighed, because another of its contact may count (rule 1).

Whoever holds the contact is told what is so. Whoever only sent an application that names it is told what is true of
each that was not confirmed, weighed or not: from anything more a stranger who applied in a defender's name would learn
that the defender has applied.
"""

from __future__ import annotations

from typing import Literal

from relevo_intake.domain.contact import Contact, confirmed_at, superseded

Unweighed = Literal["another_counts", "not_confirmed"]


def why_unweighed(contact: Contact | None, application_id: str, *, has_contact: bool) -> Unweighed | None:
    """``None`` for one that was weighed, and of which that may be said."""
    if contact is None or not has_contact:
        return None
    if confirmed_at(contact, application_id) is None:
        return "not_confirmed"
    return "another_counts" if superseded(contact, application_id) else None
