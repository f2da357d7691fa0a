"""What no Containerfile of ours may do: each law says what it found where it is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.images.containerfiles import Instruction, commands, instructions, labels, last_stage

BASE = "docker.io/library/python:3.11-slim-bookworm"
PREFIX = "org.opencontainers.image."
_FETCHES = {"apt", "apt-get", "apk", "dnf", "curl", "wget", "git", "npm", "npx", "uv", "bash", "sh"}
_SECRET_NAME = re.compile(r"(PASSWORD|PASSPHRASE|SECRET|TOKEN|SEED|CREDENTIALS?|_KEY)\b", re.IGNORECASE)
_SECRET = re.compile(r"://[^/@\s]+@|PRIVATE KEY|\bS[AOUNC][A-Z2-7]{40,}|\beyJ[\w-]{20,}")
_SECRET_FILE = re.compile(r"(^|/)(var|\.git|secrets?)(/|$)|\.(env|creds|pem|key|seed|password)$", re.IGNORECASE)

Law = Callable[[Sequence[Instruction]], Iterator[str]]


def stands_on_the_same_base(read: Sequence[Instruction]) -> Iterator[str]:
    """Every stage of every image, so that a digest is pinned by one argument."""
    if read[:1] != [Instruction("ARG", f"BASE={BASE}")]:
        yield f"does not begin with ARG BASE={BASE}"
    for each in read:
        if each.verb == "FROM" and not re.fullmatch(r"\$\{BASE\}( AS \w+)?", each.rest):
            yield f"stands on {each.rest}"


def runs_as_nobody(read: Sequence[Instruction]) -> Iterator[str]:
    """By number, because a cluster that forbids root cannot tell whose a name is."""
    users = [each.rest for each in last_stage(read) if each.verb == "USER"]
    if users != ["10001:10001"]:
        yield f"runs as {', then '.join(users) or 'root'}"


def starts_without_a_shell(read: Sequence[Instruction]) -> Iterator[str]:
    """So that the service itself is told to stop."""
    starts = [each for each in last_stage(read) if each.verb in ("ENTRYPOINT", "CMD")]
    if [each.verb for each in starts] != ["ENTRYPOINT"] or not starts[0].rest.startswith('["/srv/relevo/bin/'):
        yield f"starts by {[each.rest for each in starts]}"


def adds_no_tools(read: Sequence[Instruction]) -> Iterator[str]:
    """Nothing is fetched but by pip and the pinned assets, and the image has what was built and folders of its own."""
    for words in commands(read):
        if words[0].rpartition("/")[2] in _FETCHES:
            yield f"runs {' '.join(words)}"
    for each in last_stage(read):
        if each.verb == "RUN" and {words[0] for words in commands([each])} - {"mkdir", "chown"}:
            yield f"runs {each.rest} in the image itself"
        if each.verb == "COPY" and each.rest.startswith("--from") and each.rest.split()[1:] != ["/srv/relevo"] * 2:
            yield f"takes {each.rest} from where it was built"
    yield from (f"has ADD {each.rest}" for each in read if each.verb == "ADD")


def installs_what_is_pinned(read: Sequence[Instruction]) -> Iterator[str]:
    """By hash and as wheels what others made, and nothing beside it; nkeys alone is built, of a source with a hash."""
    for words in commands(read):
        options = set(words)
        if "pip" not in words[0] or not options & {"install", "wheel", "download"}:
            continue
        others = {"--require-hashes", "--only-binary", ":all:", "-r"} <= options
        ours = "--no-deps" in options and bool(options & {"--no-index", "--no-build-isolation"})
        indexes = [each for each in words if each.startswith(("--index", "--extra-index", "--trusted", "-i", "-f"))]
        built = {after for word, after in pairwise(words) if word == "--no-binary"}
        if not (others or (ours and "-r" not in options)) or indexes or built - {"nkeys"}:
            yield f"installs what is not pinned: {' '.join(words)}"


def has_no_installer(read: Sequence[Instruction]) -> Iterator[str]:
    if ["python", "-m", "venv", "--without-pip", "/srv/relevo"] not in commands(read):
        yield "brings pip into /srv/relevo"


def is_built_alike(read: Sequence[Instruction]) -> Iterator[str]:
    """Wheels and what Python compiles bear the time of SOURCE_DATE_EPOCH and not that of the build."""
    before = [each for each in read if each.verb in ("ENV", "RUN")][:1]
    if not before or before[0].verb != "ENV" or not re.search(r"\bSOURCE_DATE_EPOCH=\d+", before[0].rest):
        yield "does not set SOURCE_DATE_EPOCH before it runs anything"
    for words in commands(read):
        if words[0] == "date":
            yield f"asks for the time: {' '.join(words)}"


def holds_no_secret(read: Sequence[Instruction]) -> Iterator[str]:
    """Neither written down nor handed in while it is built, where every layer keeps it."""
    for each in read:
        if each.verb in ("ARG", "ENV") and _SECRET_NAME.search(each.rest.replace("=", " ")):
            yield f"is given {each.rest}"
        if _SECRET.search(each.rest):
            yield f"has a secret in its {each.verb}"
        if each.verb == "COPY":
            strange = [
                source for source in each.rest.split()[:-1] if _SECRET_FILE.search(source) or source in (".", "./")
            ]
            yield from (f"copies {source}" for source in strange)


LAWS: tuple[Law, ...] = (
    stands_on_the_same_base,
    runs_as_nobody,
    starts_without_a_shell,
    adds_no_tools,
    installs_what_is_pinned,
    has_no_installer,
    is_built_alike,
    holds_no_secret,
)


def mislabelled(read: Sequence[Instruction], project: Mapping[str, Any]) -> Iterator[str]:
    """By the OCI's names, as its package has it; no source, since none is published, and no time of the build."""
    expected = {
        "title": project["name"],
        "description": project["description"],
        "version": project["version"],
        "licenses": project["license"],
        "revision": "${REVISION}",
        "base.name": "${BASE}",
    }
    found = labels(last_stage(read))
    for key in sorted(found.keys() ^ {f"{PREFIX}{name}" for name in expected}):
        yield f"{'has' if key in found else 'lacks'} the label {key}"
    for name, value in expected.items():
        if f"{PREFIX}{name}" in found and found[f"{PREFIX}{name}"] != value:
            yield f"says {found[f'{PREFIX}{name}']!r} of its {name}, which is {value!r}"
    arguments = [each.rest for each in last_stage(read) if each.verb == "ARG"]
    if sorted(arguments) != ["BASE", "REVISION=unknown"]:
        yield f"is given {arguments}"


def broken(text: str, project: Mapping[str, Any]) -> list[str]:
    """All that is wrong with a Containerfile of this package."""
    read = instructions(text)
    return [fault for law in LAWS for fault in law(read)] + list(mislabelled(read, project))
