"""What an identity may do, as the claims of its account.

Streams are in one account, ``STREAMS``. NATS holds a publisher to its permissions for the subject it publishes to and
not for the reply that it names, and JetStream answers there with the server's own rights: whoever shares an account
with the streams can have any answer sent to any subject, which is a request again. So every identity has an account of
its own without JetStream, which imports exactly what the identity may ask for. An answer comes back into the account of
whoever asked, and what is published there reaches nothing but these imports.

Accounts are signed by the key of the bus and kept by the servers, so that partners come and go without touching any
server's configuration. Exports are open patterns, because nobody but the holder of that key can import anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from relevo_contracts.table import LOOK
from relevo_deploy.topology.files import Consumer, Identity, Topology

STREAMS = "STREAMS"
SYSTEM = "SYSTEM"
ANSWERS_SECONDS = 60
"""A pull may wait no longer than this: an answer that comes later finds nobody."""

Claims = Mapping[str, Any]
_ENDLESS = {"subs": -1, "data": -1, "payload": -1}
_LIMITS = {**_ENDLESS, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": 0}
_JETSTREAM = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1, "disallow_bearer": True}
_INFO = ("CONSUMER.INFO.*.*", "STREAM.INFO.*")


def claims_of(identity: Identity, topology: Topology, accounts: Mapping[str, str], signer: str) -> Claims:
    """The account of one identity. ``accounts`` maps names to the ids of accounts; ``signer`` signs its users.

    Users carry no rights of their own: they have those of the signer's role, so that a change reaches whoever is
    connected and needs no new credentials.
    """
    durables = [each for each in topology.consumers if each.name in identity.take]
    services = [*identity.publish, *_used_by(durables), *(f"$JS.API.DIRECT.GET.{each}" for each in identity.read)]
    under_look = [*_looked_at(durables, everything=identity.look), *map(_next, durables)]
    publish = [*services, *(f"{LOOK}.{each}" for each in under_look)]
    imported = {subject: publisher for wanted in identity.hear for publisher, subject in _publishers(wanted, topology)}
    return _account(
        imports=[
            *(_import(accounts[STREAMS], each) for each in services),
            *(_import(accounts[STREAMS], f"$JS.API.{each}", f"{LOOK}.{_numbered(each)}") for each in under_look),
            *(_import(accounts[publisher], subject, kind="stream") for subject, publisher in imported.items()),
        ],
        exports=[{"name": each, "subject": each, "type": "stream"} for each in identity.publish if _is_event(each)],
        signing_keys=[_role(identity.name, signer, publish, [f"_INBOX_{identity.name}.>", *identity.hear])],
    )


def streams_claims(signer: str) -> Claims:
    """The account that holds the streams: what others may import of it, and the role of who administers it."""
    answers: dict[str, object] = {"response_type": "Stream", "response_threshold": ANSWERS_SECONDS * 10**9}
    once: dict[str, object] = {"response_type": "Singleton"}
    open_to_imports = {
        "events.>": once,
        "dlq.*": once,
        "$JS.ACK.*.*.>": once,
        "$JS.API.CONSUMER.MSG.NEXT.*.*": answers,
        "$JS.API.DIRECT.GET.*": answers,
        **{f"$JS.API.{each}": once for each in _INFO},
    }
    return _account(
        exports=[
            {"name": subject, "subject": subject, "type": "service", **how} for subject, how in open_to_imports.items()
        ],
        signing_keys=[_role("administrator", signer, [">"], [">"])],
        mappings={f"{LOOK}.{each}": [{"subject": f"$JS.API.{_numbered(each)}", "weight": 100}] for each in _INFO},
        limits={**_LIMITS, **_JETSTREAM},
    )


def system_claims(signer: str) -> Claims:
    """The servers' own account, in which accounts are given to them and asked for."""
    return _account(signing_keys=[_role(SYSTEM.lower(), signer, [">"], [">"])])


def _account(**parts: Any) -> Claims:
    return {"type": "account", "version": 2, "limits": _LIMITS, **{name: part for name, part in parts.items() if part}}


def _used_by(durables: Iterable[Consumer]) -> Iterable[str]:
    for each in durables:
        yield f"$JS.API.{_next(each)}"
        yield f"$JS.ACK.{each.stream}.{each.name}.>"


def _next(durable: Consumer) -> str:
    return f"CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}"


def _looked_at(durables: Iterable[Consumer], *, everything: bool) -> Sequence[str]:
    return _INFO if everything else [f"CONSUMER.INFO.{each.stream}.{each.name}" for each in durables]


def _publishers(wanted: str, topology: Topology) -> Iterable[tuple[str, str]]:
    """Who publishes what is to be heard: the name of the identity, and which of its subjects."""
    for identity in topology.identities:
        for published in filter(_is_event, identity.publish):
            if _covers(published, wanted):
                yield identity.name, wanted
            elif _covers(wanted, published):
                yield identity.name, published


def _covers(wide: str, narrow: str) -> bool:
    """Whether all subjects of one pattern are subjects of the other; a pattern ends in ``>`` or is one subject."""
    return narrow == wide or (wide.endswith(".>") and narrow.startswith(wide[:-1]))


def _is_event(subject: str) -> bool:
    return subject.startswith("events.")


def _import(account: str, subject: str, local: str = "", kind: str = "service") -> Mapping[str, str]:
    entry = {"name": local or subject, "subject": subject, "account": account, "type": kind}
    return {**entry, "local_subject": local} if local else entry


def _role(name: str, signer: str, publish: Sequence[str], subscribe: Sequence[str]) -> Mapping[str, Any]:
    """What users signed by this key may do. An empty list of what is allowed would allow everything."""
    rights = {"pub": {"allow": publish} if publish else {"deny": [">"]}, "sub": {"allow": subscribe}}
    return {"kind": "user_scope", "key": signer, "role": name, "template": {**rights, **_ENDLESS}}


def _numbered(pattern: str) -> str:
    """The pattern with its wildcards by number, as the other side of a mapping names them."""
    pieces = pattern.split("*")
    return pieces[0] + "".join(f"${number}{piece}" for number, piece in enumerate(pieces[1:], 1))
