"""``relevo partner``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import Parameter

from relevo_contracts.partners import PUBLIC
from relevo_deploy.failed import Failed
from relevo_deploy.parameters import AsJson
from relevo_deploy.partners import files
from relevo_deploy.partners.examples import RUN, Language, example
from relevo_deploy.partners.files import Begin, events_of
from relevo_deploy.partners.status import as_text, statuses, strangers
from relevo_deploy.topology.files import PartnerFile
from relevo_deploy.topology.reach import EMBEDDED, RELEASED, Files, Where

Name = Annotated[str, Parameter(help="Its name on the bus.")]
Example = Annotated[Language, Parameter(name="--example", help="The language of the example.")]


class _Partners(NamedTuple):
    """The folder of partners, and who is in it."""

    folder: Path
    known: Mapping[str, PartnerFile]

    def named(self, name: str) -> PartnerFile:
        if name not in self.known:
            there_are = f"there are {', '.join(self.known)}" if self.known else "there is none"
            raise Failed(f"there is no partner {name} in {self.folder}; {there_are}")
        return self.known[name]


async def add(
    name: Name,
    /,
    *,
    types: Annotated[
        tuple[str, ...],
        Parameter(
            consume_multiple=True,
            negative=(),
            metavar="EVENT ...",
            show_default=False,
            help="Which public events, such as CallOpened (default: all of them).",
        ),
    ] = (),
    begin: Annotated[
        Begin, Parameter(name="--from", help="Where its durables begin: the oldest event that is kept, or now.")
    ] = "oldest",
    language: Example = "python",
    where: Where = EMBEDDED,
    files_of_release: Files = RELEASED,
) -> int:
    """Give a system outside an account on the bus, durables and credentials.

    It takes effect at once, and no server restarts. Of public events alone: other systems may have nothing else. Safe
    to repeat: what was broken off is completed. With other --types, a partner that is there has those from then on,
    and keeps its place and its credentials.
    """
    asked, partners = files.public(types), _partners(where)
    files.check_name(name, files_of_release.read().identities)
    old, now = partners.known.get(name), datetime.now(UTC)
    if old is None:
        file = files.new_partner(name, asked or PUBLIC, begin, now)
    else:
        file = files.with_events(old, asked, begin, now) if asked else old
    topology = files_of_release.read(partners.folder)
    async with where.bus(topology) as bus:
        keys = where.keys.bus
        if old is None:  # nobody gets what was left of one who had the name before
            await bus.remove(name, topology)
            keys.forget(name)
        if file != old:
            files.write(partners.folder, file)
        topology = files_of_release.read(partners.folder)
        done = await bus.apply_identity(name, topology)
        removed = await bus.remove_durables(name, topology)
        credentials = keys.credentials(name, topology)
    print(*done, *(f"- {each}" for each in removed), sep="\n") if done or removed else print("nothing to do")
    if done or removed or file != old:
        where.note("added a partner", partner=name, events=",".join(events_of(file.subjects)))
    print(_handed_over(name, credentials, where.address, language))
    print(_example(file, language), end="")
    return 0


async def listed(*, as_json: AsJson = False, where: Where = EMBEDDED, files_of_release: Files = RELEASED) -> int:
    """List the partners: which events each has, and how its durables stand.

    How many events wait, how many are out and not answered, and when the last was delivered and acknowledged.

    Exit codes: 0 all is as the files say, 1 something is not, 2 it could not look.
    """
    partners = _partners(where)
    topology = files_of_release.read(partners.folder)
    async with where.bus(topology) as bus:
        found = await statuses(bus, partners.known, topology)
        unknown = await strangers(bus, topology)
    if as_json:
        answer = {"partners": [each.as_json() for each in found], "in_no_file": unknown}
        print(json.dumps(answer, default=datetime.isoformat, indent=2))
    else:
        print(as_text(found, datetime.now(UTC)) if found else f"no partners in {partners.folder}")
        for each in found:
            for differs in each.differs:
                print(f"{differs}; do: relevo partner add {each.name}")
        for stranger in unknown:
            print(f"{stranger} has an account and is in no file; do: relevo partner remove {stranger}")
    return 1 if unknown or any(each.differs for each in found) else 0


async def show(
    name: Name,
    /,
    *,
    language: Annotated[
        Language | None, Parameter(name="--example", help="Print a program in this language, and nothing else.")
    ] = None,
    where: Where = EMBEDDED,
) -> int:
    """Show what a partner may have and where its credentials are, or a program for it.

    Credentials themselves are never printed.
    """
    file = _partners(where).named(name)
    if language:
        print(_example(file, language), end="")
        return 0
    print(f"{name}, since {file.added_at:%Y-%m-%d %H:%M} UTC")
    for each in file.consumers:
        print(f"  {each['name']} of {each['stream']}: {', '.join(events_of(each['filter_subjects']))}")
    print(f"credentials: {where.keys.path(name, 'nats.creds')}")
    return 0


async def rotate(name: Name, /, *, where: Where = EMBEDDED, files_of_release: Files = RELEASED) -> int:
    """Give a partner new credentials; all before are worth nothing at once.

    Whoever is connected with those is cut off. Its durables stay, and their place. Safe to repeat: what was broken off
    is completed.
    """
    partners = _partners(where)
    partners.named(name)
    topology = files_of_release.read(partners.folder)
    async with where.bus(topology) as bus:
        credentials = where.keys.bus.rotate(name, topology)
        await bus.apply_identity(name, topology)
    print(f"credentials: {credentials}\nThose before are worth nothing any more. Hand over this file.")
    where.note("rotated a partner's credentials", partner=name)
    return 0


async def remove(name: Name, /, *, where: Where = EMBEDDED, files_of_release: Files = RELEASED) -> int:
    """Take a partner off the bus, with its durables and credentials.

    Whoever is connected as this partner is cut off. Safe to repeat: what was broken off is completed.
    """
    release, partners = files_of_release.read(), _partners(where)
    files.check_name(name, release.identities)
    async with where.bus(release) as bus:
        keys = where.keys
        was_there = files.remove(partners.folder, name)
        removed = await bus.remove(name, files_of_release.read(partners.folder))
        had_keys = keys.path("bus", f"{name}.json").exists()
        keys.bus.forget(name)
    if not (was_there or removed or had_keys):
        partners.named(name)
    print(*(f"- {each}" for each in removed), f"- partner {name}", sep="\n")
    where.note("removed a partner", partner=name)
    return 0


def _partners(where: Where) -> _Partners:
    folder = where.partners_folder
    if folder is None:
        raise Failed("where are the partners? name the folder of their files with --partners")
    return _Partners(folder, files.kept_in(folder))


def _handed_over(name: str, credentials: Path, address: str, language: Language) -> str:
    run = RUN[language].format(name=name)
    return (
        f"credentials: {credentials}\n"
        f"Hand over this file, the name {name} and the address of the bus; nobody else should see the file.\n"
        f"With the file beside it as {name}.creds this works: NATS_URL={address} {run}\n"
    )


def _example(file: PartnerFile, language: Language) -> str:
    services: Sequence[str] = [each["name"].removeprefix(f"{file.identity.name}_") for each in file.consumers]
    return example(language, file.identity.name, services)
