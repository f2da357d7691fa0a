"""A nats-server, a mongod and an OpenID provider of one's own: for a laptop and for tests, never for production.

Each listens on loopback alone, keeps its data in a folder it is given, is ended by its own process id and dies with
the process that started it, even when that one is killed. ``start`` returns when the server answers.
"""

from relevo_servers.mongo import (
    REPLICA_SET,
    TRANSACTION_SECONDS,
    MongoServer,
    ensure_admin,
    find_mongod,
    mongo_url,
    replica_set_config,
    set_up_alone,
    start_mongo_set,
)
from relevo_servers.nats import NatsServer, find_nats_server
from relevo_servers.openid import Account, Client, OpenIdProvider
from relevo_servers.process import (
    LOOPBACK,
    Process,
    Server,
    ServerDidNotStart,
    ServerMissing,
    free_port,
    is_free,
    owner_only,
)

__all__ = [
    "LOOPBACK",
    "REPLICA_SET",
    "TRANSACTION_SECONDS",
    "Account",
    "Client",
    "MongoServer",
    "NatsServer",
    "OpenIdProvider",
    "Process",
    "Server",
    "ServerDidNotStart",
    "ServerMissing",
    "ensure_admin",
    "find_mongod",
    "find_nats_server",
    "free_port",
    "is_free",
    "mongo_url",
    "owner_only",
    "replica_set_config",
    "set_up_alone",
    "start_mongo_set",
]
