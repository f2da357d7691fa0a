"""Bills of materials in CycloneDX: what is in an image, under which licence, and by which digest it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.utils import canonicalize_name
from tests.images.containerfiles import project, project_in
from tests.images.contents import Contents, Pin, contents
from tests.images.declared import graph, licence
from tests.images.laws import BASE

_LICENCES = LicenseFactory()
_SCHEMA = JsonStrictValidator(SchemaVersion.V1_6)


def bill(image: str, revision: str, at: datetime) -> str:
    """The bill of an image as JSON: the same for the same revision, whose time ``at`` is."""
    inside = contents(image)
    root = _root(image, revision)
    base = _base()
    ours = [_ours(canonicalize_name(project_in(each)["name"]), project_in(each)) for each in inside.ours]
    run = [_from_pypi(each) for each in inside.run]
    laid = [_from_npm(each) for each in inside.laid]
    tools = [_from_pypi(each, ComponentScope.EXCLUDED) for each in inside.tools if each not in inside.run]
    made = Bom(metadata=BomMetaData(component=root, timestamp=at), components=[base, *ours, *run, *laid, *tools])
    made.register_dependency(root, [base, *ours, *tools])
    _connect(made, [*ours, *run], inside)
    made.register_dependency(ours[-1], laid)
    made.serial_number = UUID(int=0)
    made.serial_number = uuid5(NAMESPACE_OID, JsonV1Dot6(made).output_as_string())
    return str(JsonV1Dot6(made).output_as_string(indent=2)) + "\n"


def _connect(made: Bom, components: Iterable[Component], inside: Contents) -> None:
    by_name = {each.name: each for each in components}
    edges = graph([canonicalize_name(project_in(each)["name"]) for each in inside.ours], set(by_name))
    for name, component in by_name.items():
        made.register_dependency(component, [by_name[each] for each in sorted(edges.get(name, ()))])


def faults(text: str) -> list[str]:
    """Where a bill is none by the schema of CycloneDX 1.6, read strictly."""
    return [str(each) for each in _SCHEMA.validate_str(text, all_errors=True) or ()]


def _root(image: str, revision: str) -> Component:
    package = project(image)
    return Component(
        type=ComponentType.CONTAINER,
        name=package["name"],
        version=package["version"],
        description=package["description"],
        bom_ref=f"image:{package['name']}",
        licenses=[_LICENCES.make_from_string(package["license"])],
        properties=[Property(name="org.opencontainers.image.revision", value=revision)],
    )


def _base() -> Component:
    """One component: which packages of Debian a digest holds, a scanner of the built image tells."""
    name, _, tag = BASE.rpartition(":")
    return Component(
        type=ComponentType.CONTAINER,
        name=name,
        version=tag,
        bom_ref="base",
        purl=PackageURL("docker", name="python", version=tag),
        licenses=[_LICENCES.make_from_string("PSF-2.0")],
        description="Debian and Python; what is in them is not listed here",
    )


def _ours(name: str, package: Mapping[str, Any]) -> Component:
    return Component(
        name=name,
        version=package["version"],
        description=package["description"],
        bom_ref=f"{name}@{package['version']}",
        licenses=[_LICENCES.make_from_string(package["license"])],
        scope=ComponentScope.REQUIRED,
    )


def _from_pypi(pin: Pin, scope: ComponentScope = ComponentScope.REQUIRED) -> Component:
    """Any of the digests may be that of what is installed: each system has a wheel of its own."""
    purl = PackageURL("pypi", name=pin.name, version=pin.version)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in pin.digests]
    return Component(
        name=pin.name,
        version=pin.version,
        purl=purl,
        bom_ref=str(purl),
        scope=scope,
        licenses=[_declared(licence(pin.name, pin.version))],
        external_references=[
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(str(purl)), hashes=hashes)
        ],
    )


def _from_npm(pin: Pin) -> Component:
    namespace, _, name = pin.name.rpartition("/")
    purl = PackageURL("npm", namespace=namespace or None, name=name, version=pin.version)
    return Component(
        group=namespace or None,
        name=name,
        version=pin.version,
        purl=purl,
        bom_ref=str(purl),
        scope=ComponentScope.REQUIRED,
        licenses=[_declared(pin.licence)],
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(str(purl)),
                hashes=[HashType(alg=HashAlgorithm.SHA_512, content=each) for each in pin.digests],
            )
        ],
    )


def _declared(words: str) -> License:
    return _LICENCES.make_from_string(words, license_acknowledgement=LicenseAcknowledgement.DECLARED)
