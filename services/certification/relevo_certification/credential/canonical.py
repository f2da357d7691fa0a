"""A document as what is signed of it: its RDF dataset in canonical form, and nothing of what it shows left out.

JSON-LD drops what its contexts do not define, and RDF what has no place in it, both without a word. Whoever signs must
not sign less than is shown. So nothing may be dropped while the document is expanded, where each node is read under
its own context (term-, type- and property-scoped ones, ``@propagate``, ``@protected``; a nested proof or credential
brings its own), and what was expanded may hold nothing that RDF has no place for.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyoxigraph
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from relevo_certification.credential.contexts import ContextMissing, ContextNotShipped, shipped

MAX_CHARACTERS = 64 * 1024
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
_PROCESSED_MAX = 512

Document = Mapping[str, Any]


class Unsignable(ValueError):
    """The document is no JSON-LD that could be signed."""


class TermsLost(Unsignable):
    """The contexts do not define all that the document shows; signing it would sign less than it shows."""


class Canonicalizer:
    """Brings documents into canonical form, with the contexts that it is given by address, processed once."""

    def __init__(self, load: Callable[[str], dict[str, Any]]) -> None:
        self._load = load
        self._processed = _Processed()
        self._options = {
            "documentLoader": self._loaded,
            "contextResolver": _Resolver({}, self._loaded),
            "base": None,
            "processingMode": "json-ld-1.1",
            "rdfDirection": "i18n-datatype",
        }

    def canonical(self, document: Document) -> bytes:
        """The document's RDF dataset as canonical N-Quads (RDFC-1.0).

        Raises ``TermsLost``, ``Unsignable``, ``ContextNotShipped`` or ``ContextMissing``.
        """
        try:
            _must_be_short(document)
            expanded = _Lossless(self._processed).expand(document, self._options)
            _refuse_what_rdf_drops(expanded, in_graph=True)
            quads = _Expanded().to_rdf(expanded, {**self._options, "format": "application/n-quads"})
            dataset = pyoxigraph.Dataset(pyoxigraph.parse(quads.encode(), format=pyoxigraph.RdfFormat.N_QUADS))
        except RecursionError:
            raise Unsignable("the document is nested too deep") from None
        except jsonld.JsonLdError as error:
            raise _own_cause(error) or Unsignable(f"the document is no JSON-LD ({error.code or error.type})") from None
        except SyntaxError:
            raise Unsignable("the document has an address that is none") from None
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        serialized = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS) or b""
        return b"".join(sorted(serialized.splitlines(keepends=True)))

    def _loaded(self, url: str, options: Any = None) -> dict[str, Any]:
        document = self._load(url)
        self._processed.own(document)
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": document,
            "tag": "static",
        }


class _Processed:
    """What became of the contexts that have an address, and of those within them, so that each is processed once.

    Known by what they are and not by what they say: objects that are kept here, so that no other can take their
    place in memory. What documents bring along themselves is not kept.
    """

    def __init__(self) -> None:
        self._own: dict[int, Any] = {}
        self._active: dict[int, Any] = {}
        self._results: dict[tuple[Any, ...], Any] = {}

    def begin(self, active: Any) -> Any:
        """Remember the context that every document begins with."""
        return self._active.setdefault(id(active), active)

    def own(self, value: Any) -> None:
        """Remember the contexts within one that has an address."""
        if isinstance(value, dict):
            self._own[id(value)] = value
            for each in value.values():
                self.own(each)
        elif isinstance(value, list):
            for each in value:
                self.own(each)

    def once(self, active: Any, local: Any, how: Mapping[str, Any], process: Callable[[], Any]) -> Any:
        """What ``process`` makes of a context in the place of another, kept if both are known."""
        key = (id(active), self._known(local), *sorted(how.items()))
        if id(active) not in self._active or key[1] is None or not how.keys() <= {"propagate", "override_protected"}:
            return process()
        if key not in self._results:
            made = process()
            if len(self._results) >= _PROCESSED_MAX:
                return made
            self._results[key] = self._active[id(made)] = made
        return self._results[key]

    def _known(self, local: Any) -> Any:
        if isinstance(local, str):
            return local
        if isinstance(local, list):
            return tuple(local) if all(isinstance(each, str) for each in local) else None
        return id(local) if id(local) in self._own else None


class _Lossless(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """Expands, and refuses a document of which it would drop a value."""

    def __init__(self, processed: _Processed) -> None:
        super().__init__(on_property_dropped=_dropped)
        self._processed = processed

    def _expand(self, active_ctx: Any, active_property: Any, element: Any, options: Any, **how: Any) -> Any:
        expanded = super()._expand(active_ctx, active_property, element, options, **how)
        if expanded is None:
            place = active_property or "the document"
            raise TermsLost(f"{place} has a value that says nothing, or stands where none can")
        return expanded

    def _get_initial_context(self, options: Any) -> Any:
        return self._processed.begin(super()._get_initial_context(options))

    def _process_context(self, active_ctx: Any, local_ctx: Any, options: Any, **how: Any) -> Any:
        process = functools.partial(super()._process_context, active_ctx, local_ctx, options, **how)
        return self._processed.once(active_ctx, local_ctx, how, process)


class _Expanded(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """Takes documents that are expanded already."""

    def expand(self, input_: Any, options: Any) -> Any:
        return input_


class _Resolver(ContextResolver):  # type: ignore[misc]
    """Keeps the contexts that have an address; what documents bring along themselves is forgotten with them."""

    def _cache_resolved_context(self, key: Any, resolved: Any, tag: Any) -> Any:
        return resolved if key.startswith("{") else super()._cache_resolved_context(key, resolved, tag)


def _must_be_short(document: Document) -> None:
    try:
        length = len(json.dumps(document, allow_nan=False))
    except ValueError:
        raise Unsignable("the document has a number that is none") from None
    if length > MAX_CHARACTERS:
        raise Unsignable(f"the document is longer than {MAX_CHARACTERS} characters")


def _dropped(name: Any) -> None:
    raise TermsLost(f"no context defines {name}" if isinstance(name, str) else "a term is one that nothing defines")


def _refuse_what_rdf_drops(value: Any, *, in_graph: bool = False) -> None:
    """Whatever is in an expanded document has to be in its RDF dataset too.

    ``in_graph`` when it is a node of a graph and not the value of a property: then it has to say something itself.
    """
    if isinstance(value, list):
        for each in value:
            _refuse_what_rdf_drops(each, in_graph=in_graph)
    elif in_graph and not value.keys().isdisjoint(("@value", "@list")):
        raise TermsLost("a value stands where only an object can")
    elif "@value" in value:
        _refuse_literal(value)
    elif "@list" in value:
        _refuse_what_rdf_drops(value["@list"])
    else:
        _refuse_node(value, in_graph)
    if isinstance(value, dict) and "@index" in value:
        raise TermsLost("an @index is not part of what can be signed")


def _refuse_literal(literal: Document) -> None:
    datatype, language = literal.get("@type", "@json"), literal.get("@language", "und")
    if datatype != "@json" and not _ABSOLUTE.match(datatype):
        raise TermsLost("a value has a type that no context defines")
    if not _LANGUAGE.match(language):
        raise TermsLost("a value has a language that is none")


def _refuse_node(node: Document, in_graph: bool) -> None:
    if in_graph and not node.keys() - {"@id"}:
        raise TermsLost("an object says nothing")
    for name, inner in node.items():
        if name == "@id":
            _must_be_absolute([inner])
        elif name == "@type":
            _must_be_absolute(inner)
        elif name in ("@graph", "@included"):
            _refuse_what_rdf_drops(inner, in_graph=True)
        elif name == "@reverse":
            _refuse_node(inner, in_graph=False)
        elif name != "@index":
            _must_be_absolute([name])
            _refuse_what_rdf_drops(inner)


def _must_be_absolute(names: list[Any]) -> None:
    """Ids, types and properties that are relative, or known within the document alone, are lost on the way to RDF."""
    if not all(isinstance(each, str) and _ABSOLUTE.match(each) for each in names):
        raise TermsLost("an id, a type or a property is no absolute address, and no context makes it one")


def _own_cause(error: BaseException) -> Exception | None:
    """What was raised here, within what the library made of it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Unsignable | ContextNotShipped | ContextMissing):
            return cause
        cause = cause.__cause__
    return None


SHIPPED = Canonicalizer(shipped)
