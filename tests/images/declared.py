"""What installed packages declare of themselves: their licence, and what they ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.images.contents import IN_IMAGES

_OSI = "License :: OSI Approved"
_EXPRESSIONS = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD 3-Clause license": "BSD-3-Clause",
}
"""Words of licences that mean one expression of SPDX. 'BSD License' alone means several."""


def licence(name: str, version: str) -> str:
    """An expression of SPDX where the package declares one or means one, else its own words."""
    found = distribution(name)
    if found.version != version:
        raise PackageNotFoundError(f"{name} {version}; {found.version} is installed. Run `make setup`")
    for expression in found.metadata.get_all("License-Expression") or ():
        return str(expression)
    words = "".join(found.metadata.get_all("License") or ()).strip().partition("\n")[0]
    classifiers = {each.rpartition(" :: ")[2] for each in found.metadata.get_all("Classifier") or () if _OSI in each}
    classified = classifiers - {"OSI Approved"}
    if len(classified) == 1 and (meant := _EXPRESSIONS.get(min(classified))):
        return meant
    return _EXPRESSIONS.get(words, words) or ", ".join(sorted(classified))


def graph(ours: Iterable[str], present: set[str]) -> dict[str, set[str]]:
    """What each package that is present asks for, from ours on: with the extras that are asked of it, and no others."""
    edges, seen = defaultdict[str, set[str]](set), set[tuple[str, str]]()
    waiting = [(name, "") for name in ours]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for each in map(Requirement, distribution(name).requires or ()):
            wanted = canonicalize_name(each.name)
            if wanted in present and (each.marker is None or each.marker.evaluate({**IN_IMAGES, "extra": extra})):
                edges[name].add(wanted)
                waiting += [(wanted, asked) for asked in ("", *each.extras)]
    return dict(edges)
