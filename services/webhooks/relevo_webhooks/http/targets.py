"""Where endpoints may be: what can be said of a URL before its host is looked up, which is done at each connection."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from relevo_chassis.wrong import Wrong
from relevo_webhooks.sending.addresses import Networks, is_allowed

MOST_CHARACTERS = 2_000
FIRST_FREE_PORT = 1024
_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")


def target(url: str, *, allowed: Networks = (), plain_http: bool = False) -> str:
    """The URL, if something may be sent there. Raises ``Wrong``.

    Over TLS, on the port of HTTPS or one above those that systems keep for themselves, without account and fragment. A
    host is a name, or an address written in the one usual way: numbers of another form name an address, and no check
    would see which.
    """
    schemes = ("https://", "http://") if plain_http else ("https://",)
    if not _VISIBLE.match(url) or not url.startswith(schemes) or "\\" in url:
        raise _no_url()
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise _no_url() from None
    if "@" in parts.netloc:
        raise Wrong("names_account", "holds a name or a password before its host; leave that out")
    if "#" in url:
        raise Wrong("has_fragment", "holds a part after #, which is sent nowhere; leave that out")
    if port is not None and port < FIRST_FREE_PORT and port != 443 and parts.scheme == "https":
        raise Wrong("port_not_allowed", "names a port other than 443 below {first}", first=FIRST_FREE_PORT)
    _check_host(host, allowed)
    return url


def _check_host(host: str, allowed: Networks) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        if not _NAME.match(host):
            raise Wrong("host_not_public", "does not lead to a host that is on the public internet") from None
        return
    if not is_allowed(address, allowed):
        raise Wrong("host_not_public", "does not lead to a host that is on the public internet")


def _no_url() -> Wrong:
    return Wrong("no_https_url", "is not a URL that begins with https:// and has no blanks")
