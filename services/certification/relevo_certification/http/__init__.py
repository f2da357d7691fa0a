"""The routes: coordinators and holders on one side, anybody who is shown a certificate on the other."""

from relevo_certification.http import certificates, decisions, editions, issuances, issuer, own, public

ROUTERS = (
    editions.router,
    issuances.router,
    certificates.router,
    own.router,
    decisions.router,
    public.router,
    issuer.router,
)
