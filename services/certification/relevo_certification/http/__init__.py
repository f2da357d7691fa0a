"""The routes: coordinators and holders on one side, anybody who is shown a certificate on the other."""

from relevo_certification.http import (
    certificates,
    decisions,
    editions,
    invitations,
    issuances,
    issuer,
    own,
    own_invitations,
    public,
    public_invitations,
    wallet,
)
from relevo_certification.http.public_invitations import FORM, FORM_BYTES

BODIES = {FORM: FORM_BYTES}
ROUTERS = (
    editions.router,
    issuances.router,
    certificates.router,
    own.router,
    invitations.router,
    own_invitations.router,
    decisions.router,
    public.router,
    public_invitations.router,
    issuer.router,
    wallet.router,
)
