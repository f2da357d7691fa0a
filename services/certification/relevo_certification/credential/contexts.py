"""JSON-LD with contexts that are shipped and pinned, so that what is signed is what is shown."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import pyoxigraph
from pyld import jsonld

from relevo_certification.assets import CONTEXTS

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
MAX_CHARACTERS = 64 * 1024
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

Document = Mapping[str, Any]


class Pinned(NamedTuple):
    """A context that is shipped; ``sha256`` is that of its JSON with sorted keys and no blanks."""

    url: str
    file: str
    sha256: str


PINNED = (
    Pinned(CREDENTIALS_V2, "credentials-v2.json", "b463c8d6a066214123ddd9827b135e1b50e1fc73322cc52a9b12a4f1fc7d86cf"),
    Pinned(OPEN_BADGES, "open-badges-3.0.3.json", "c5e555a91a5cf48e32ae0a05674c61ddd5c053b680b5643b2f57f9965e386d99"),
)


class TermsLost(ValueError):
    """The document has terms that its contexts do not define; signing it would sign less than it shows."""


class ContextMissing(RuntimeError):
    """The shipped contexts are missing or not those pinned; run ``python -m relevo_certification.assets``."""


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def canonical(document: Document) -> bytes:
    """The document's RDF dataset as canonical N-Quads (RDFC-1.0). Raises ``TermsLost`` or ``ContextMissing``."""
    if len(json.dumps(document)) > MAX_CHARACTERS:
        raise TermsLost(f"the document is longer than {MAX_CHARACTERS} characters")
    for url in document["@context"]:
        shipped(url)
    expanded = jsonld.expand(document, _options())
    refuse_if_lost(document, expanded)
    quads = jsonld.to_rdf(expanded, {**_options(), "format": "application/n-quads"})
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(quads.encode(), format=pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    serialized = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS) or b""
    return b"".join(sorted(serialized.splitlines(keepends=True)))


def refuse_if_lost(document: Document, expanded: Any) -> None:
    """Compact what was expanded back under the same contexts: it has to be the document again, term for term.

    An id or type that stays relative comes back unharmed, and is lost only on the way to RDF: there must be none.
    """
    compacted = jsonld.compact(expanded, {"@context": document["@context"]}, _options())
    given = {name: value for name, value in document.items() if name != "@context"}
    kept = {name: value for name, value in compacted.items() if name != "@context"}
    if _plain(given) != _plain(kept) or not all(_ABSOLUTE.match(each) for each in _names(expanded)):
        raise TermsLost("the contexts do not define every term of the document; it cannot be signed")


def _names(expanded: Any) -> Iterator[str]:
    """Every id and type in an expanded document."""
    if isinstance(expanded, list):
        for each in expanded:
            yield from _names(each)
    elif isinstance(expanded, Mapping):
        for name, value in expanded.items():
            if name in ("@id", "@type"):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _names(value)


def _plain(value: Any) -> Any:
    """JSON-LD makes no difference between a value and a list of just that value."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return _plain(value[0]) if len(value) == 1 else [_plain(each) for each in value]
    return value


@cache
def shipped(url: str) -> dict[str, Any]:
    """The pinned context for an address. Raises ``ContextMissing``."""
    for each in PINNED:
        if each.url == url:
            try:
                content = (CONTEXTS / each.file).read_bytes()
            except FileNotFoundError as missing:
                raise ContextMissing(ContextMissing.__doc__) from missing
            if sha256_of(content) != each.sha256:
                raise ContextMissing(ContextMissing.__doc__)
            found: dict[str, Any] = json.loads(content)
            return found
    raise TermsLost(f"the context {url} is not shipped; documents may use {CREDENTIALS_V2} and {OPEN_BADGES}")


def _load(url: str, options: Any = None) -> dict[str, Any]:
    return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json", "document": shipped(url)}


def _options() -> dict[str, Any]:
    loader: Callable[..., dict[str, Any]] = _load
    return {"documentLoader": loader, "base": None, "processingMode": "json-ld-1.1"}
