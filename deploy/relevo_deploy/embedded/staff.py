"""The provider at which the staff of a laptop's stack sign in, and who has an account there: development only.

It speaks in the desk's name: it signs with the desk's key, and the desk's discovery document names its endpoints. So
services trust one issuer, as they do in production, whether a token came by a sign-in or by command.
"""

from __future__ import annotations

from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.desk.tokens import private_key
from relevo_deploy.embedded.place import Place
from relevo_servers import Account, Client, OpenIdProvider

CLIENT_ID, CLIENT_SECRET = "relevo-portal", "oidc.secret"
ACCOUNTS = (
    Account("ana", "Coordinator", "Ana Ejemplo", ("coordinator",)),
    Account("bruno", "Head coordinator", "Bruno Exemplo", ("head_coordinator",)),
    Account("carla", "Reviewer", "Carla Ejemplo", ("reviewer",)),
    Account("dina", "Faculty", "Dina Exemple", ("faculty",)),
    Account("elsa", "Expert", "Elsa Ejemplo", ("expert",)),
    Account("felix", "Travel", "Felix Example", ("travel",)),
    Account("gabriela", "Auditor", "Gabriela Ejemplo", ("auditor",)),
    Account("olga", "Operator", "Olga Example", ("operator",)),
    Account("zoe", "Nobody in the course", "Zoe Exemple", ()),
)
_AUDIENCES = ("portal", "intake", "scheduling", "multiplier_tracking", "certification")


def provider(place: Place) -> OpenIdProvider:
    client = Client(
        CLIENT_ID,
        place.secrets.password(PORTAL, CLIENT_SECRET),
        (f"{place.site}/staff/back",),
        (f"{place.site}/staff/left",),
    )
    return OpenIdProvider(
        place.folder / "provider",
        client=client,
        accounts=ACCOUNTS,
        resources={f"urn:relevo:{each}": each for each in _AUDIENCES},
        port=place.ports["provider"],
        issuer=place.url("desk"),
        keys=[private_key(place.secrets.p256("desk", "signing-key.pem"))],
    )
